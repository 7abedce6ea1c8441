//! A control plane that fails in every way that a launch can meet.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use flyte_webhook::inbox::{Job, Launcher, Outcome};
use rand::{RngExt, SeedableRng, rngs::StdRng};

/// How runs are named.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Naming {
    /// As it has to be.
    ByKey,
    /// So that each attempt starts another.
    ByAttempt,
}

/// A run: whether it was queued, and of what key it is.
struct Run {
    key: String,
    is_queued: bool,
    executions: usize,
}

pub(super) struct ControlPlane {
    naming: Naming,
    is_sound: AtomicBool,
    world: Mutex<(StdRng, BTreeMap<String, Run>)>,
}

/// What launches by it.
pub(super) struct Handle(pub(super) Arc<ControlPlane>);

impl ControlPlane {
    pub(super) fn new(seed: u64, naming: Naming) -> Self {
        let random = StdRng::seed_from_u64(seed ^ 0x5eed);
        Self {
            naming,
            is_sound: AtomicBool::new(false),
            world: Mutex::new((random, BTreeMap::new())),
        }
    }

    /// Nothing fails any more.
    pub(super) fn heal(&self) {
        self.is_sound.store(true, Ordering::Relaxed);
    }

    /// How often each run of a key was executed.
    pub(super) fn executions(&self, key: &str) -> Vec<usize> {
        let world = self.world.lock().unwrap();
        let runs = world.1.values().filter(|run| run.key == key);
        runs.map(|run| run.executions).collect()
    }

    fn create(&self, job: &Job) -> Outcome {
        let mut world = self.world.lock().unwrap();
        let (random, runs) = &mut *world;
        let name = match self.naming {
            Naming::ByKey => job.key.clone(),
            Naming::ByAttempt => format!("{}-{}", job.key, job.attempts),
        };
        if job.key.starts_with("refused") {
            return Outcome::Refused {
                reason: "task_not_found".to_owned(),
            };
        }
        let luck = if self.is_sound.load(Ordering::Relaxed) {
            99
        } else {
            random.random_range(0..100)
        };
        let failed = |reason: &str| Outcome::Retry {
            after: None,
            reason: reason.to_owned(),
        };
        if luck < 20 {
            return failed("unreachable");
        }
        let run = runs.entry(name.clone()).or_insert(Run {
            key: job.key.clone(),
            is_queued: false,
            executions: 0,
        });
        if luck < 40 && !run.is_queued {
            // Stored, answered with success, and forgotten.
            return Outcome::Queued {
                run: name,
                again: Duration::from_mins(1),
            };
        }
        if !run.is_queued {
            run.is_queued = true;
            run.executions += 1;
        }
        if luck < 60 {
            return failed("the answer was lost");
        }
        Outcome::Launched { run: name }
    }
}

impl Launcher for Handle {
    async fn launch(&self, job: &Job) -> Outcome {
        self.0.create(job)
    }
}
