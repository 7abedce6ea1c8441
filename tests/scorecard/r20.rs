//! A large inbox: how soon it is ready, what memory it takes, and what of the disk it
//! gives back.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use flyte_webhook::{
    config,
    inbox::{Clock, Error, Settlement},
};
use futures::future::join_all;
use jiff::Timestamp;

use crate::{
    Size,
    inbox::Driver,
    kept::{Kept, delivery, settings},
    verdict::Verdict,
};

const PENDING: usize = 500_000;
const BYTES: usize = 2 << 10;
/// What stays when the rest has been launched.
const LEFT: usize = 1_000;
const READY: Duration = Duration::from_secs(2);
const MEMORY: u64 = 64 << 10;

pub(crate) async fn run(size: Size) -> Verdict {
    let pending = size.of(PENDING);
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    fill(directory.path(), pending).await;
    let file = directory.path().join("inbox.db");
    let filled = fs::metadata(&file).unwrap().len();

    let driver = Driver::start("idle", directory.path(), "").await;
    let opened = driver.opened;
    // The file is checked meanwhile.
    tokio::time::sleep(Duration::from_secs(3)).await;
    let status = fs::read_to_string(format!("/proc/{}/status", driver.id())).unwrap();
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM"))
        .unwrap();
    let peak: u64 = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    driver.kill().await;

    let (used, left) = drain(directory.path(), pending).await;
    #[expect(clippy::cast_precision_loss, reason = "a file has no 2^53 bytes")]
    let times = left as f64 / used as f64;
    let refused = high_water().await;
    Verdict::new(
        format!(
            "pending={pending},file={}MiB,ready={}ms,rss={}MiB,left={times:.1}x",
            filled >> 20,
            opened.as_millis(),
            peak >> 10
        ),
        Vec::new(),
    )
    .require(opened <= READY, "ready within 2 s")
    .require(peak <= MEMORY, "64 MiB of memory")
    .require(left <= 2 * used, "twice of what is left on the disk")
    .require(refused, "a full inbox refuses and says so")
}

async fn fill(directory: &Path, pending: usize) {
    let kept = Kept::open(&roomy(directory), clock()).await.unwrap();
    for start in (0..pending).step_by(1_000) {
        let accepts = (start..(start + 1_000).min(pending)).map(|n| {
            let mut delivery = delivery(&format!("{n}"));
            delivery.payload = Some(vec![b'x'; BYTES]);
            kept.inbox.accept(delivery)
        });
        for accepted in join_all(accepts).await {
            accepted.unwrap();
        }
    }
    kept.close().await;
}

/// Launches all but a few; gives what is used then, and the size of the files.
async fn drain(directory: &Path, pending: usize) -> (u64, u64) {
    let mut config = roomy(directory);
    config.keep_payloads = Duration::ZERO;
    let kept = Kept::open(&config, clock()).await.unwrap();
    let mut to_launch = pending - LEFT;
    while to_launch > 0 {
        let claimed = kept.inbox.claim(to_launch.min(500), config.lease).await;
        let jobs = claimed.unwrap().jobs;
        to_launch -= jobs.len();
        let settled = jobs.into_iter().map(|job| {
            let run = "wabc".to_owned();
            kept.inbox.settle(job.lease, Settlement::Launched { run })
        });
        for settled in join_all(settled).await {
            assert!(settled.unwrap());
        }
    }
    // It is given back little by little.
    let since = Instant::now();
    let mut last = (0, u64::MAX);
    while since.elapsed() < Duration::from_mins(10) {
        last = (kept.inbox.status().await.unwrap().bytes, size(directory));
        if last.1 <= 2 * last.0 && since.elapsed() > Duration::from_secs(5) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    kept.close().await;
    last
}

/// The database and its log.
fn size(directory: &Path) -> u64 {
    let names = ["inbox.db", "inbox.db-wal"];
    let sizes = names.map(|name| fs::metadata(directory.join(name)).map_or(0, |it| it.len()));
    sizes.iter().sum()
}

/// Whether an inbox refuses where it holds what it may.
async fn high_water() -> bool {
    let directory = tempfile::tempdir().unwrap();
    let mut config = settings(directory.path());
    config.max_bytes = 1 << 20;
    let kept = Kept::open(&config, clock()).await.unwrap();
    let mut refused = false;
    for n in 0..2_000 {
        let mut delivery = delivery(&format!("{n}"));
        delivery.payload = Some(vec![b'x'; BYTES]);
        if let Err(error) = kept.inbox.accept(delivery).await {
            refused = matches!(error, Error::Full { .. });
            break;
        }
    }
    kept.close().await;
    refused
}

fn roomy(directory: &Path) -> config::Inbox {
    let mut config = settings(directory);
    config.max_bytes = 16 << 30;
    config
}

fn clock() -> Clock {
    Clock::steady(Timestamp::now)
}
