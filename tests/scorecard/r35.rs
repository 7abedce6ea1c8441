//! Clocks that are set, also backwards, while launches wait: nothing is lost, and nothing
//! waits longer than the longest pause.

use std::{collections::BTreeSet, path::Path, time::Duration};

use flyte_webhook::inbox::Settlement;
use rand::RngExt;

use crate::{
    Size,
    kept::{Hand, Kept, delivery, settings, store},
    verdict::Verdict,
};

const HISTORIES: usize = 300;
const JUMPS: [i64; 8] = [
    -31_536_000,
    -86_400,
    -3_600,
    -1,
    1,
    3_600,
    86_400,
    31_536_000,
];
const LAUNCHES: usize = 10;

pub(crate) async fn run(size: Size) -> Verdict {
    let histories = size.of(HISTORIES);
    let most = settings(Path::new("")).backoff.most;
    let (mut complaints, mut longest) = (Vec::new(), Duration::ZERO);
    for _ in 0..histories {
        let directory = tempfile::tempdir().unwrap();
        longest = longest.max(history(directory.path(), most, &mut complaints).await);
    }
    Verdict::new(
        format!(
            "histories={histories},wrong={},longest={}s",
            complaints.len(),
            longest.as_secs()
        ),
        complaints,
    )
    .require(longest <= most, "one step of the pauses at most")
    .with_control(believed().await > most, "a clock that is believed")
}

/// One history of failures and jumps, where a start shortens waits to this; gives the
/// longest wait.
async fn history(directory: &Path, clamp: Duration, complaints: &mut Vec<String>) -> Duration {
    let (hand, mut config) = (Hand::default(), settings(directory));
    let most = std::mem::replace(&mut config.backoff.most, clamp);
    hand.turn(1_700_000_000);
    let mut kept = Kept::open(&config, hand.clock()).await.unwrap();
    for n in 0..LAUNCHES {
        store(&kept.inbox, delivery(&format!("{n}"))).await;
    }
    let mut longest = Duration::ZERO;
    for _ in 0..5 {
        for job in kept.inbox.claim(3, config.lease).await.unwrap().jobs {
            let again = most.mul_f64(rand::rng().random_range(0.0..1.0));
            let reason = "unavailable".to_owned();
            let settled = kept
                .inbox
                .settle(job.lease, Settlement::Retry { again, reason });
            assert!(settled.await.unwrap());
        }
        // The wall clock is read when a process starts.
        kept.close().await;
        hand.turn(JUMPS[rand::rng().random_range(0..JUMPS.len())]);
        kept = Kept::open(&config, hand.clock()).await.unwrap();
        let claimed = kept.inbox.claim(0, config.lease).await.unwrap();
        longest = longest.max(claimed.next.unwrap_or_default());
    }
    hand.turn(i64::try_from(most.as_secs()).unwrap() + 1);
    let jobs = kept.inbox.claim(99, config.lease).await.unwrap().jobs;
    let keys: BTreeSet<_> = jobs.iter().map(|job| job.key.clone()).collect();
    if keys.len() != LAUNCHES {
        complaints.push(format!("only {keys:?} are due after the longest pause"));
    }
    kept.close().await;
    longest
}

/// The longest wait where a start believes what is stored, however far off.
async fn believed() -> Duration {
    let (mut longest, mut ignored) = (Duration::ZERO, Vec::new());
    for _ in 0..10 {
        let directory = tempfile::tempdir().unwrap();
        longest = longest.max(history(directory.path(), Duration::MAX, &mut ignored).await);
    }
    longest
}
