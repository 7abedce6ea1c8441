//! A control plane that lives in the test's process: what it has stored stays, and it
//! counts how often each run is executed.

mod service;

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use super::fault::Weather;
use crate::harness::spawn;

/// How long a run waits in the queue, and when it has ended.
const WAITS: Duration = Duration::from_millis(10);
const ENDS: Duration = Duration::from_millis(200);
/// When the record of a run is collected, from which on whoever sends its name again has
/// it executed again. It is longer than any call can take from the look at what is there
/// until it arrives here.
pub(super) const COLLECTED: Duration = Duration::from_secs(15);

/// Until the row's runtime ends.
#[derive(Clone)]
pub(crate) struct Plane {
    pub(crate) endpoint: String,
    world: Arc<World>,
}

struct World {
    weather: Weather,
    runs: Mutex<HashMap<String, Run>>,
    calls: AtomicU64,
    faults: AtomicU64,
}

/// A run.
#[derive(Clone)]
pub(crate) struct Run {
    /// The key that its label says.
    pub(crate) key: String,
    /// All its labels, as they came.
    labels: Value,
    created: Timestamp,
    /// Each time that it was put into the queue.
    queued: Vec<Instant>,
}

/// What became of a request to create a run.
enum Created {
    /// It is stored.
    Stored,
    /// Its name is taken.
    Taken,
}

impl Plane {
    /// One that fails as the weather says.
    pub(crate) async fn start(weather: Weather) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let world = Arc::new(World {
            weather,
            runs: Mutex::default(),
            calls: AtomicU64::new(0),
            faults: AtomicU64::new(0),
        });
        let served = Arc::clone(&world);
        spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                spawn(service::serve(stream, Arc::clone(&served)));
            }
        });
        Self { endpoint, world }
    }

    /// How many calls there were, and how many of them failed.
    pub(crate) fn calls(&self) -> (u64, u64) {
        let World { calls, faults, .. } = &*self.world;
        (
            calls.load(Ordering::Relaxed),
            faults.load(Ordering::Relaxed),
        )
    }

    /// All runs by their names.
    pub(crate) fn runs(&self) -> HashMap<String, Run> {
        self.world.runs().clone()
    }

    /// Executes a run of a key, as a stand-in asks for it.
    pub(crate) fn execute(&self, name: &str, key: &str) {
        let labels = json!({"dedupe": key});
        self.world.create(name, labels, true);
    }
}

impl World {
    fn runs(&self) -> MutexGuard<'_, HashMap<String, Run>> {
        self.runs.lock().unwrap()
    }

    /// Stores a run, and puts it into the queue unless that is forgotten. To a name that
    /// it knows it says so, or it gives the run that is there, or it puts that into the
    /// queue again, unless its record is still there.
    fn create(&self, name: &str, labels: Value, is_queued: bool) -> Created {
        let mut runs = self.runs();
        let Some(run) = runs.get_mut(name) else {
            let run = Run {
                key: labels["dedupe"].as_str().unwrap_or_default().to_owned(),
                labels,
                created: Timestamp::now(),
                queued: is_queued.then(Instant::now).into_iter().collect(),
            };
            runs.insert(name.to_owned(), run);
            return Created::Stored;
        };
        match rand::random_range(0..3) {
            0 => return Created::Taken,
            1 => {}
            _ => {
                let last = run.queued.last();
                let is_held = last.is_some_and(|queued| queued.elapsed() < COLLECTED);
                if is_queued && !is_held {
                    run.queued.push(Instant::now());
                }
            }
        }
        Created::Stored
    }
}

impl Run {
    /// How often it was executed.
    pub(crate) fn executions(&self) -> usize {
        self.queued.len()
    }

    /// Its phase, and whether anything has tried to run it.
    fn phase(&self) -> (&'static str, bool) {
        let since = self.queued.last().map(Instant::elapsed);
        match since {
            None => ("ACTION_PHASE_QUEUED", false),
            Some(since) if since < WAITS => ("ACTION_PHASE_QUEUED", false),
            Some(since) if since < ENDS => ("ACTION_PHASE_RUNNING", true),
            Some(_) => ("ACTION_PHASE_SUCCEEDED", true),
        }
    }
}
