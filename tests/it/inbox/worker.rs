//! The worker over a real inbox, with a launcher that fails in every way.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use flyte_webhook::{
    config,
    inbox::{DeliveryId, Inbox, Job, Launcher, Outcome, State, Worker},
};
use tokio::{sync::Notify, task::JoinHandle};
use tokio_util::sync::CancellationToken;

use super::kept::{Kept, delivery, settings, store};
use crate::harness::spawn;

/// Does with each job what its key says.
#[derive(Clone, Default)]
struct Scripted {
    calls: Arc<AtomicUsize>,
    stuck: Arc<Notify>,
}

impl Launcher for Scripted {
    async fn launch(&self, job: &Job) -> Outcome {
        self.calls.fetch_add(1, Ordering::Relaxed);
        let (reason, run) = (|| "unavailable".to_owned(), || format!("w-{}", job.key));
        match job.key.split('-').next().unwrap() {
            "well" => Outcome::Launched { run: run() },
            "third" if job.attempts == 3 => Outcome::Launched { run: run() },
            "third" | "never" => Outcome::Retry {
                after: None,
                reason: reason(),
            },
            "queued" if job.run.is_some() => Outcome::Launched { run: run() },
            "queued" => Outcome::Queued {
                run: run(),
                again: Duration::ZERO,
            },
            "refused" => Outcome::Refused {
                reason: "task_not_found".to_owned(),
            },
            "stuck" => {
                self.stuck.notify_one();
                std::future::pending().await
            }
            "panics" => panic!("a launcher that panics"),
            other => unreachable!("{other}"),
        }
    }
}

struct Working {
    kept: Kept,
    config: config::Inbox,
    launcher: Scripted,
    stop: CancellationToken,
    worker: JoinHandle<()>,
    _directory: tempfile::TempDir,
}

impl Working {
    /// A worker whose attempts that do not end are given up after the grace.
    async fn start(change: impl FnOnce(&mut config::Inbox), grace: Duration) -> Self {
        Self::start_in(env!("CARGO_TARGET_TMPDIR"), change, grace).await
    }

    async fn start_in(
        place: &str,
        change: impl FnOnce(&mut config::Inbox),
        grace: Duration,
    ) -> Self {
        let directory = tempfile::tempdir_in(place).unwrap();
        let mut config = settings(directory.path());
        change(&mut config);
        let clock = flyte_webhook::inbox::Clock::steady(jiff::Timestamp::now);
        let kept = Kept::open(&config, clock).await.unwrap();
        let (launcher, stop) = (Scripted::default(), CancellationToken::new());
        let worker = Worker::new(kept.inbox.clone(), &config, launcher.clone(), || 1.0);
        let worker = spawn(worker.run(stop.clone(), grace));
        Self {
            kept,
            config,
            launcher,
            stop,
            worker,
            _directory: directory,
        }
    }

    fn inbox(&self) -> &Inbox {
        &self.kept.inbox
    }

    async fn deliver(&self, key: &str) -> DeliveryId {
        store(self.inbox(), delivery(key)).await
    }

    /// Waits until a launch is over; gives its state, attempts, run and reason.
    async fn end(&self, id: DeliveryId) -> (State, u32, String, String) {
        for _ in 0..4_000 {
            let record = self.inbox().delivery(id).await.unwrap().unwrap();
            let launch = record.launches[0].clone();
            if matches!(launch.state, State::Launched | State::Dead) {
                let (run, reason) = (launch.run, launch.reason);
                let text = Option::<String>::unwrap_or_default;
                return (launch.state, launch.attempts, text(run), text(reason));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        panic!("launch {id:?} does not end");
    }

    async fn stop(self) -> Kept {
        self.stop.cancel();
        self.worker.await.unwrap();
        self.kept
    }
}

const GRACE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn each_outcome_comes_to_its_end() {
    let working = Working::start(|_| {}, GRACE).await;
    let mut ids = HashMap::new();
    for key in ["well", "third", "never", "queued", "refused"] {
        ids.insert(key, working.deliver(key).await);
    }
    let end = async |key: &str| working.end(ids[key]).await;
    let text = |state, attempts, run: &str, reason: &str| {
        (state, attempts, run.to_owned(), reason.to_owned())
    };
    assert_eq!(end("well").await, text(State::Launched, 1, "w-well", ""));
    assert_eq!(end("third").await, text(State::Launched, 3, "w-third", ""));
    assert_eq!(end("never").await, text(State::Dead, 3, "", "unavailable"));
    assert_eq!(
        end("queued").await,
        text(State::Launched, 1, "w-queued", "")
    );
    assert_eq!(
        end("refused").await,
        text(State::Dead, 1, "", "task_not_found")
    );
    working.stop().await.close().await;
}

#[tokio::test]
async fn deliveries_that_fail_or_hang_keep_no_others_waiting() {
    let working = Working::start(|config| config.concurrency = 4, GRACE).await;
    for n in 0..3 {
        working.deliver(&format!("stuck-{n}")).await;
    }
    for n in 0..20 {
        working.deliver(&format!("never-{n}")).await;
    }
    let well = working.deliver("well").await;
    assert_eq!(working.end(well).await.0, State::Launched);
    // What hangs would take all of the grace.
    working.worker.abort();
    working.kept.close().await;
}

#[tokio::test]
async fn a_launch_that_brings_down_its_attempt_is_dead_after_the_last() {
    let lease = |config: &mut config::Inbox| config.lease = Duration::from_millis(30);
    let working = Working::start(lease, GRACE).await;
    let panics = working.deliver("panics").await;
    let (state, attempts, _, reason) = working.end(panics).await;
    assert_eq!((state, &*reason), (State::Dead, "attempt_did_not_end"));
    assert_eq!(attempts, working.config.attempts + 1);
    assert_eq!(working.launcher.calls.load(Ordering::Relaxed), 3);
    working.stop().await.close().await;
}

#[tokio::test]
async fn what_does_not_end_within_the_grace_is_returned_and_did_not_count() {
    let working = Working::start(|_| {}, Duration::from_millis(50)).await;
    let id = working.deliver("stuck").await;
    working.launcher.stuck.notified().await;
    let kept = working.stop().await;
    let record = kept.inbox.delivery(id).await.unwrap().unwrap();
    let launch = &record.launches[0];
    assert_eq!((launch.state, launch.attempts), (State::Pending, 0));
    kept.close().await;
}

#[tokio::test]
async fn an_inbox_in_memory_is_launched_to_the_end_before_the_server_ends() {
    let pauses = |config: &mut config::Inbox| config.backoff.first = config.backoff.most;
    let working = Working::start_in("/dev/shm", pauses, GRACE).await;
    assert!(working.inbox().volume().is_temporary());
    let id = working.deliver("third").await;
    while working.launcher.calls.load(Ordering::Relaxed) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let kept = working.stop().await;
    let record = kept.inbox.delivery(id).await.unwrap().unwrap();
    let launch = &record.launches[0];
    assert_eq!((launch.state, launch.attempts), (State::Launched, 3));
    kept.close().await;
}
