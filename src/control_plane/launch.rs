//! Starting a run, whatever it is started from: one for each request, or one
//! for a key however often it is asked for.

use std::time::Duration;

use flyte_webhook_core::{
    id::{RunName, Scope},
    idempotency::{Digest, Identity},
};
use jiff::Timestamp;

use super::{Caller, ControlPlane, Error as CallError, Launched, NewRun, RunId, Start};
use crate::config::RunEnvironment;

/// How many runs one key may have, of which all but the last ended without success.
const MOST_ATTEMPTS: u32 = 8;

/// Where runs are started, and how.
#[derive(Clone, Copy)]
pub struct Launcher<'a> {
    /// Where they are started.
    pub control_plane: &'a ControlPlane,
    /// On whose behalf.
    pub caller: &'a Caller,
    /// Where they will live.
    pub scope: &'a Scope,
    /// What variables they get.
    pub environment: &'a RunEnvironment,
    /// How long one may be queued before it is sent again.
    pub requeue_after: Duration,
    /// The time.
    pub now: Timestamp,
}

/// What makes one request the repetition of another.
#[derive(Clone, Debug)]
pub struct Once {
    /// What the run's name is derived from.
    pub identity: Identity,
    /// What the run is known by to be of this request.
    pub digest: Digest,
}

/// What it comes to when a run is to be started.
pub enum Launch {
    /// There is one.
    Known(Known),
    /// It is to be started.
    New(NewLaunch),
}

/// A run that was started.
#[derive(Clone, Debug)]
pub struct Known {
    /// The run.
    pub run: RunId,
    /// What was last seen of it, where it was looked up.
    pub seen: Option<Launched>,
}

/// A run to start.
pub struct NewLaunch {
    run: RunId,
    /// Only where there is a key.
    digest: Option<Digest>,
    /// Only where it is there, and never reached the queue.
    stuck: Option<Launched>,
}

/// Why there is no run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The control plane did not do what was asked of it.
    #[error(transparent)]
    Call(CallError),
    /// The same for a request with a key, which may be sent again without harm.
    #[error(transparent)]
    Repeatable(CallError),
    /// The key was used for another request before.
    #[error("another request had this key")]
    KeyReused,
    /// All runs that a key may have ended without success.
    #[error("{0} runs of this key ended without success")]
    TooManyAttempts(u32),
}

impl Launcher<'_> {
    /// A run of its own.
    pub fn new_run(&self) -> NewLaunch {
        self.launch(RunName::from_entropy(rand::random()), None)
    }

    /// The run of a key, or what to start. One that ended without success is
    /// started anew where that is asked for.
    pub async fn once(&self, once: &Once, retries_failed: bool) -> Result<Launch, Error> {
        let mut failed = None;
        for attempt in 0..MOST_ATTEMPTS {
            match self.attempt(once, attempt).await? {
                Launch::New(launch) if launch.stuck.is_some() => return Ok(Launch::New(launch)),
                Launch::New(launch) if failed.is_none() || retries_failed => {
                    return Ok(Launch::New(launch));
                }
                Launch::New(_) => break,
                Launch::Known(known) if known.has_failed() => failed = Some(known),
                known @ Launch::Known(_) => return Ok(known),
            }
        }
        match failed {
            Some(known) if !retries_failed => Ok(Launch::Known(known)),
            _ => Err(Error::TooManyAttempts(MOST_ATTEMPTS)),
        }
    }

    /// The run of a key's attempt, whatever came of it, or what to start. The
    /// control plane is always asked first: some start a name anew whose run has
    /// ended.
    pub async fn attempt(&self, once: &Once, attempt: u32) -> Result<Launch, Error> {
        let digest = Some(once.digest.clone());
        let launch = self.launch(once.identity.run_name(attempt), digest);
        let Some(found) = launch.find(self, &once.digest).await? else {
            return Ok(Launch::New(launch));
        };
        if found.is_stuck(self.now, self.requeue_after) {
            let stuck = Some(found);
            return Ok(Launch::New(NewLaunch { stuck, ..launch }));
        }
        Ok(Launch::Known(Known {
            run: launch.run,
            seen: Some(found),
        }))
    }

    fn launch(&self, name: RunName, digest: Option<Digest>) -> NewLaunch {
        let scope = self.scope.clone();
        NewLaunch {
            run: RunId { scope, name },
            digest,
            stuck: None,
        }
    }
}

impl Known {
    fn has_failed(&self) -> bool {
        let seen = self.seen.as_ref();
        seen.is_some_and(|seen| seen.phase.has_failed())
    }

    /// Whether something has begun to run it, so that it cannot be forgotten in
    /// the queue any more.
    pub fn has_left_the_queue(&self) -> bool {
        let seen = self.seen.as_ref();
        seen.is_some_and(|seen| !seen.is_in_queue())
    }
}

impl NewLaunch {
    /// The version of the task, where an earlier request has settled it.
    pub fn version(&self) -> Option<&str> {
        self.stuck.as_ref()?.version.as_deref()
    }

    /// Starts the run, unless another request under its key is faster.
    pub async fn start(self, launcher: &Launcher<'_>, start: Start<'_>) -> Result<Known, Error> {
        let new = NewRun {
            id: &self.run,
            start,
            environment: launcher.environment,
            digest: self.digest.as_ref(),
            is_resent: self.stuck.is_some(),
        };
        // Boxed, since it is large, and whoever starts a run would carry it.
        let created = launcher.control_plane.create_run(launcher.caller, new);
        let created = Box::pin(created).await;
        let Some(digest) = &self.digest else {
            created.map_err(Error::Call)?;
            let run = self.run;
            return Ok(Known { run, seen: None });
        };
        match created {
            Err(error) if !error.is_already_exists() => Err(failed(error)),
            // Another request may have been first, to which some control planes say OK.
            _ => match self.find(launcher, digest).await? {
                Some(seen) => Ok(Known {
                    run: self.run,
                    seen: Some(seen),
                }),
                None => Err(failed(CallError::unknown_run())),
            },
        }
    }

    /// The run under this name, if it is of this request.
    async fn find(
        &self,
        launcher: &Launcher<'_>,
        digest: &Digest,
    ) -> Result<Option<Launched>, Error> {
        let found = launcher.control_plane.launched(launcher.caller, &self.run);
        match found.await {
            Ok(Some(found)) if !found.is_of(digest) => Err(Error::KeyReused),
            found => found.map_err(failed),
        }
    }
}

/// Whatever was started is found by its name when the request is sent again.
fn failed(error: CallError) -> Error {
    if error.is_certain() {
        Error::Call(error)
    } else {
        Error::Repeatable(error.repeatable())
    }
}
