//! Circuit breakers: what fails again and again is not asked for a while.
//!
//! One caller's calls never close the door to others. That no connection can be
//! made has nothing to do with who asks or for what, and opens the circuit of an
//! origin. All else may have: a call that takes too long, a connection that
//! breaks, a 503 for one tenant's cluster. It opens the circuit of that caller
//! at that origin alone. What the control plane refuses (401, 403, 404) is an
//! answer, and counts as success.

mod state;

use std::{
    hash::{BuildHasher, RandomState},
    sync::Arc,
    time::{Duration, Instant},
};

use http::{HeaderName, HeaderValue, Request};
use moka::sync::Cache;

use self::state::{Circuit, Options, Pass};
use crate::{config, metrics::Metrics};

/// How many origins and callers are kept in mind, and for how long: those that
/// nobody asks for are forgotten first.
const ORIGINS: u64 = 1_000;
const CALLERS: u64 = 10_000;
const KEPT_FOR: Duration = Duration::from_mins(10);

/// Whose calls a circuit stops, for people and as a word.
#[derive(Clone, Copy)]
struct Whose {
    whom: &'static str,
    word: &'static str,
}

const EVERYONE: Whose = Whose {
    whom: "everyone",
    word: "everyone",
};
const ONE_CALLER: Whose = Whose {
    whom: "one caller",
    word: "caller",
};

/// All circuits.
#[derive(Clone)]
pub(super) struct Circuits(Arc<Inner>);

struct Inner {
    options: Options,
    born: Instant,
    hasher: RandomState,
    origins: Cache<String, Arc<Circuit>>,
    /// Of callers at an origin; made when a call fails.
    callers: Cache<u64, Arc<Circuit>>,
    metrics: Metrics,
}

/// What became of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// There is an answer, whatever it says.
    Answered,
    /// The answer is that there will be none: 503.
    Unavailable,
    /// No connection could be made.
    Unconnected,
    /// The connection broke, or spoke no HTTP.
    Broken,
}

/// A call that is being made. Where it is dropped its caller has gone away, or
/// its time was over.
pub(super) struct Attempt {
    circuits: Circuits,
    origin: String,
    of_origin: Option<(Arc<Circuit>, Pass)>,
    caller: u64,
    of_caller: Option<(Arc<Circuit>, Pass)>,
    /// When the call has taken about as long as it may; `None` for a stream.
    ends: Option<Instant>,
}

impl Circuits {
    /// All circuits, closed.
    pub(super) fn new(limits: &config::Limits, metrics: &Metrics) -> Self {
        let cache = |most| Cache::builder().max_capacity(most).time_to_idle(KEPT_FOR);
        let millis = |time: Duration| u64::try_from(time.as_millis()).unwrap_or(u64::MAX);
        Self(Arc::new(Inner {
            options: Options {
                failures: u32::try_from(limits.circuit_failures).unwrap_or(u32::MAX),
                pause: millis(limits.circuit_pause),
                longest_probe: millis(limits.upstream_timeout),
            },
            born: Instant::now(),
            hasher: RandomState::new(),
            origins: cache(ORIGINS).build(),
            callers: Cache::builder()
                .max_capacity(CALLERS)
                .time_to_idle(KEPT_FOR)
                .build(),
            metrics: metrics.clone(),
        }))
    }

    /// Begins a call, or says after what time one may be made.
    pub(super) fn begin<B>(
        &self,
        request: &Request<B>,
        time: Option<Duration>,
    ) -> Result<Attempt, Duration> {
        let Inner {
            options,
            hasher,
            origins,
            callers,
            ..
        } = &*self.0;
        let uri = request.uri();
        let origin = match (uri.scheme_str(), uri.authority()) {
            (Some(scheme), Some(authority)) => [scheme, "://", authority.as_str()].concat(),
            _ => String::new(),
        };
        // Credentials are marked so, whatever headers they come in.
        let is_credential = |(_, value): &(_, &HeaderValue)| value.is_sensitive();
        let headers = request.headers().iter();
        let credentials: Vec<(&HeaderName, &HeaderValue)> = headers.filter(is_credential).collect();
        let now = self.now();
        let admit = |circuit: &Circuit| match time {
            Some(_) => circuit.admit(now, *options),
            None => circuit.admit_long(now, *options),
        };
        let mut attempt = Attempt {
            circuits: self.clone(),
            caller: hasher.hash_one((&origin, credentials)),
            origin,
            of_origin: None,
            of_caller: None,
            // Not all of it, since whoever ends the call counts from a moment before.
            ends: time.map(|time| Instant::now() + time.mul_f64(0.9)),
        };
        // What is refused by the second gives up, when it is dropped, what the
        // first let through.
        if let Some(circuit) = callers.get(&attempt.caller) {
            let pass = admit(&circuit).map_err(Duration::from_millis)?;
            attempt.of_caller = Some((circuit, pass));
        }
        let circuit = origins.get_with_by_ref(&attempt.origin, Arc::default);
        let pass = admit(&circuit).map_err(Duration::from_millis)?;
        attempt.of_origin = Some((circuit, pass));
        Ok(attempt)
    }

    /// Never 0, which stands for a closed circuit.
    fn now(&self) -> u64 {
        let since = self.0.born.elapsed().as_millis();
        u64::try_from(since).unwrap_or(u64::MAX - 1) + 1
    }
}

impl Attempt {
    /// Notes what became of the call.
    pub(super) fn ended(mut self, outcome: Outcome) {
        self.note(outcome);
    }

    fn note(&mut self, outcome: Outcome) {
        let (now, options) = (self.circuits.now(), self.circuits.0.options);
        if let Some((circuit, pass)) = self.of_origin.take() {
            match outcome {
                Outcome::Answered | Outcome::Unavailable => {
                    self.tell_closed(circuit.succeeded(), EVERYONE);
                }
                Outcome::Unconnected => {
                    self.tell_open(circuit.failed(pass, now, options), EVERYONE);
                }
                Outcome::Broken => circuit.given_up(pass, now),
            }
        }
        match (outcome, self.of_caller.take()) {
            (Outcome::Answered, Some((circuit, _))) => {
                self.tell_closed(circuit.succeeded(), ONE_CALLER);
            }
            (Outcome::Unconnected, Some((circuit, pass))) => circuit.given_up(pass, now),
            (Outcome::Answered | Outcome::Unconnected, None) => {}
            (Outcome::Unavailable | Outcome::Broken, known) => {
                let callers = &self.circuits.0.callers;
                let fresh = || (callers.get_with(self.caller, Arc::default), Pass::Ordinary);
                let (circuit, pass) = known.unwrap_or_else(fresh);
                self.tell_open(circuit.failed(pass, now, options), ONE_CALLER);
            }
        }
    }

    fn tell_open(&self, opened: bool, Whose { whom, word }: Whose) {
        if opened {
            self.circuits.0.metrics.circuit_changed(word, true);
            let (address, pause) = (self.origin.as_str(), self.circuits.0.options.pause);
            tracing::warn!(
                upstream.address = address,
                "Calls failed again and again; none is made for {whom} for {pause} ms"
            );
        }
    }

    fn tell_closed(&self, closed: bool, Whose { whom, word }: Whose) {
        if closed {
            self.circuits.0.metrics.circuit_changed(word, false);
            let address = self.origin.as_str();
            tracing::info!(
                upstream.address = address,
                "Calls are made again for {whom}"
            );
        }
    }
}

impl Drop for Attempt {
    fn drop(&mut self) {
        if self.of_origin.is_some() && self.ends.is_some_and(|ends| Instant::now() >= ends) {
            // It took too long, for whatever reason.
            return self.note(Outcome::Broken);
        }
        let now = self.circuits.now();
        for (circuit, pass) in [self.of_origin.take(), self.of_caller.take()]
            .into_iter()
            .flatten()
        {
            circuit.given_up(pass, now);
        }
    }
}
