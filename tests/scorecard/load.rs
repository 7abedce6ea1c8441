//! Many who ask at once, as fast as they are answered or at a rate.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use data_encoding::BASE64URL_NOPAD;
use futures::future::join_all;
use tokio::time::{Instant, sleep_until};

use crate::{
    harness::spawn,
    wire::{Answer, Connection},
};

/// One request and what came of it.
pub(crate) struct Sample {
    pub(crate) number: usize,
    pub(crate) took: Duration,
    /// 0 where the connection broke.
    pub(crate) status: u16,
    pub(crate) retry_after: String,
    /// The code of a problem, empty where there is none.
    pub(crate) code: String,
}

/// Who asks whom.
#[derive(Clone)]
pub(crate) struct Load {
    pub(crate) server: SocketAddr,
    pub(crate) clients: usize,
    /// The name of the client with this number.
    pub(crate) name: fn(usize) -> String,
    /// The number of the next request.
    next: Arc<AtomicUsize>,
}

impl Load {
    pub(crate) fn new(server: SocketAddr, clients: usize, name: fn(usize) -> String) -> Self {
        let next = Arc::new(AtomicUsize::new(0));
        Self {
            server,
            clients,
            name,
            next,
        }
    }

    /// The same with more clients, whose requests are numbered on.
    pub(crate) fn with(&self, clients: usize) -> Self {
        Self {
            clients,
            ..self.clone()
        }
    }

    /// All ask as fast as they are answered, so many requests together.
    pub(crate) async fn requests(&self, requests: usize) -> Vec<Sample> {
        let left = Arc::new(AtomicUsize::new(requests));
        self.all(None, move || {
            let one_less = |left: usize| left.checked_sub(1);
            let order = Ordering::Relaxed;
            left.fetch_update(order, order, one_less).is_ok()
        })
        .await
    }

    /// All ask as fast as they are answered, for this time.
    pub(crate) async fn during(&self, time: Duration) -> Vec<Sample> {
        let ends = Instant::now() + time;
        self.all(None, move || Instant::now() < ends).await
    }

    /// All together ask so often a second, whether they are answered or not.
    pub(crate) async fn paced(&self, rate: f64, time: Duration) -> Vec<Sample> {
        let ends = Instant::now() + time;
        let clients = u32::try_from(self.clients).unwrap();
        let interval = Duration::from_secs_f64(f64::from(clients) / rate);
        self.all(Some(interval), move || Instant::now() < ends)
            .await
    }

    async fn all(
        &self,
        interval: Option<Duration>,
        goes_on: impl Fn() -> bool + Clone + Send + 'static,
    ) -> Vec<Sample> {
        let begin = Instant::now();
        let clients = (0..self.clients).map(|client| {
            let (load, goes_on) = (self.clone(), goes_on.clone());
            // Not all at the same moment.
            let share = |it: Duration| it.mul_f64(rand::random());
            let begin = begin + interval.map_or(Duration::ZERO, share);
            spawn(async move { load.client(client, begin, interval, goes_on).await })
        });
        let samples = join_all(clients).await.into_iter();
        samples.flat_map(Result::unwrap).collect()
    }

    async fn client(
        &self,
        client: usize,
        mut due: Instant,
        interval: Option<Duration>,
        goes_on: impl Fn() -> bool,
    ) -> Vec<Sample> {
        let token = token(&(self.name)(client));
        let mut connection = Connection::open(self.server).await.unwrap();
        let mut samples = Vec::new();
        while goes_on() {
            if let Some(interval) = interval {
                sleep_until(due).await;
                due += interval;
            }
            let number = self.next.fetch_add(1, Ordering::Relaxed);
            let request = format!(
                "GET /me HTTP/1.1\r\nhost: x\r\nauthorization: {token}\r\n\
                 x-request-id: {number}\r\n\r\n"
            );
            let asked = Instant::now();
            let answer = connection.ask(request.as_bytes()).await;
            samples.push(Sample::new(number, asked.elapsed(), answer.as_ref().ok()));
            if answer.is_err() {
                connection = Connection::open(self.server).await.unwrap();
            }
        }
        samples
    }
}

impl Sample {
    fn new(number: usize, took: Duration, answer: Option<&Answer>) -> Self {
        let status = answer.map_or(0, |answer| answer.status);
        let problem = answer.filter(|answer| answer.status >= 400);
        let code = problem.map(|answer| answer.json()["code"].as_str().map(str::to_owned));
        Self {
            number,
            took,
            status,
            retry_after: answer.map_or("", |it| it.header("retry-after")).to_owned(),
            code: code.flatten().unwrap_or_default(),
        }
    }

    pub(crate) fn is_good(&self) -> bool {
        self.status == 200
    }

    /// Why this is no proper refusal; none where it is one.
    pub(crate) fn complaint(&self) -> Option<String> {
        let seconds: Option<u64> = self.retry_after.parse().ok();
        let is_proper = matches!(
            (self.status, self.code.as_str()),
            (503, "overloaded") | (429, "rate_limited")
        ) && seconds.is_some_and(|seconds| (1..=60).contains(&seconds));
        let Self { status, code, .. } = self;
        let after = &self.retry_after;
        (!is_proper).then(|| format!("answered {status} {code}, Retry-After {after:?}"))
    }
}

/// The time within which this part of the requests was answered.
pub(crate) fn quantile<'a>(samples: impl Iterator<Item = &'a Sample>, part: f64) -> Duration {
    let mut times: Vec<Duration> = samples.map(|sample| sample.took).collect();
    times.sort_unstable();
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index of samples"
    )]
    let index = (times.len() as f64 * part) as usize;
    times.get(index).copied().unwrap_or(Duration::MAX)
}

/// The same name for all.
pub(crate) fn one(_: usize) -> String {
    "one".to_owned()
}

/// A name of its own for each.
pub(crate) fn each(client: usize) -> String {
    format!("client-{client}")
}

fn token(name: &str) -> String {
    let claims = serde_json::json!({ "sub": name }).to_string();
    format!("Bearer e30.{}.x", BASE64URL_NOPAD.encode(claims.as_bytes()))
}
