//! Many who ask the same, as fast as they are answered or at a rate.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::Context;
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};
use tokio::{
    task::yield_now,
    time::{Instant, sleep},
};

use crate::wire::Connection;

/// What `bench.py` wants to know.
#[derive(Deserialize)]
pub(crate) struct Plan {
    address: String,
    /// The requests, whole; they are sent in turn.
    requests: Vec<String>,
    connections: usize,
    seconds: f64,
    /// How many requests a second all connections send together; else as many as they can.
    rate: Option<f64>,
    /// The connections stay open without a request after the first.
    #[serde(default)]
    idle: bool,
    /// It ends with the last of the requests, none of which is sent again.
    #[serde(default)]
    once: bool,
}

#[derive(Serialize)]
pub(crate) struct Measured {
    requests: usize,
    /// Answers that were no success, and connections that broke.
    errors: usize,
    /// The status of the last of them.
    error: Option<String>,
    seconds: f64,
    /// In microseconds.
    p50: f64,
    p99: f64,
    p999: f64,
}

struct Client {
    plan: Arc<Plan>,
    next: Arc<AtomicUsize>,
    clock: Arc<Clock>,
    ends: Duration,
    took: Vec<Duration>,
    errors: usize,
    error: Option<String>,
}

/// The time for which this thread's core has run. It stands still for milliseconds where the
/// machine is a virtual one, when nobody could ask or see an answer; no server is to blame.
struct Clock {
    began: Instant,
    /// Whether the thread never sleeps of its own accord.
    is_awake: bool,
    /// When it was looked at last, and how long it stood still by then; in nanoseconds.
    last: AtomicU64,
    lost: AtomicU64,
}

/// Longer than all that this thread ever does at once.
const STILL: u64 = 500_000;

impl Clock {
    fn new(is_awake: bool) -> Self {
        Self {
            began: Instant::now(),
            is_awake,
            last: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    /// Since the clock was made.
    fn now(&self) -> Duration {
        let now = self.began.elapsed().as_nanos() as u64;
        let since = now - self.last.swap(now, Ordering::Relaxed);
        if self.is_awake && since > STILL {
            self.lost.fetch_add(since, Ordering::Relaxed);
        }
        Duration::from_nanos(now - self.lost.load(Ordering::Relaxed))
    }
}

pub(crate) async fn run(plan: Plan) -> anyhow::Result<Measured> {
    let plan = Arc::new(plan);
    let mut connections = Vec::new();
    for _ in 0..plan.connections {
        connections.push(
            Connection::open(&plan.address)
                .await
                .context(plan.address.clone())?,
        );
    }
    let clock = Arc::new(Clock::new(!plan.idle));
    let awake = clock
        .is_awake
        .then(|| tokio::spawn(stay_awake(clock.clone())));
    let next = Arc::new(AtomicUsize::new(0));
    let clients = connections
        .into_iter()
        .enumerate()
        .map(|(number, connection)| {
            let client = Client {
                plan: plan.clone(),
                next: next.clone(),
                clock: clock.clone(),
                ends: Duration::from_secs_f64(plan.seconds),
                took: Vec::new(),
                errors: 0,
                error: None,
            };
            tokio::spawn(client.run(number, connection))
        });
    let clients = join_all(clients).await;
    if let Some(awake) = awake {
        awake.abort();
    }
    let clients = clients.into_iter().collect::<Result<Vec<_>, _>>()?;
    let mut took: Vec<_> = clients
        .iter()
        .flat_map(|it| it.took.iter().copied())
        .collect();
    took.sort_unstable();
    Ok(Measured {
        requests: took.len(),
        errors: clients.iter().map(|it| it.errors).sum(),
        error: clients.into_iter().find_map(|it| it.error),
        seconds: clock.began.elapsed().as_secs_f64(),
        p50: quantile(&took, 0.5),
        p99: quantile(&took, 0.99),
        p999: quantile(&took, 0.999),
    })
}

/// Keeps the thread from sleeping: who wakes it is the kernel on behalf of whoever sends an
/// answer, which would be charged to the server that is measured.
async fn stay_awake(clock: Arc<Clock>) {
    loop {
        clock.now();
        yield_now().await;
    }
}

impl Client {
    async fn run(mut self, number: usize, mut connection: Connection) -> Self {
        let every = self
            .plan
            .rate
            .map(|rate| Duration::from_secs_f64(self.plan.connections as f64 / rate));
        let mut due = self.clock.now();
        if let Some(every) = every {
            // Not all at the same moment.
            due += every.mul_f64(number as f64 / self.plan.connections as f64);
        }
        while self.clock.began.elapsed() < self.ends && !self.is_through() {
            let mut since = self.clock.now();
            if let Some(every) = every {
                // A request that had to wait for the one before waited; that this thread had
                // other things to do is no fault of the server's.
                if since < due {
                    since = self.until(due).await;
                } else {
                    since = due;
                }
                due += every;
            }
            let asked = self.ask(&mut connection).await;
            match asked {
                Ok(200 | 202) => self.took.push(self.clock.now() - since),
                Ok(status) => self.failed(status.to_string()),
                Err(error) => {
                    self.failed(error.to_string());
                    match Connection::open(&self.plan.address).await {
                        Ok(another) => connection = another,
                        Err(_) => break,
                    }
                }
            }
            if self.plan.idle {
                sleep(self.ends.saturating_sub(self.clock.now())).await;
            }
        }
        self
    }

    /// Returns at that moment, and not at the next millisecond as a timer does.
    async fn until(&self, due: Duration) -> Duration {
        loop {
            let now = self.clock.now();
            if now >= due {
                return now;
            }
            yield_now().await;
        }
    }

    fn is_through(&self) -> bool {
        self.plan.once && self.next.load(Ordering::Relaxed) >= self.plan.requests.len()
    }

    async fn ask(&self, connection: &mut Connection) -> anyhow::Result<u16> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let requests = &self.plan.requests;
        let request = &requests[number % requests.len()];
        connection.ask(request.as_bytes()).await
    }

    fn failed(&mut self, error: String) {
        self.errors += 1;
        self.error = Some(error);
    }
}

fn quantile(sorted: &[Duration], part: f64) -> f64 {
    let index = (sorted.len() as f64 * part) as usize;
    let took = sorted.get(index).or(sorted.last());
    took.map_or(f64::NAN, |it| it.as_secs_f64() * 1e6)
}
