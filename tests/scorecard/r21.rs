//! How many deliveries are accepted durably in a second, from 64 at once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::future::join_all;

use crate::{
    Size,
    harness::spawn,
    kept::{Kept, delivery, settings},
    verdict::Verdict,
};

const TIME: Duration = Duration::from_secs(20);
const AT_ONCE: usize = 64;
/// What a delivery brings.
const BYTES: usize = 2 << 10;
const LEAST: usize = 5_000;
const LONGEST: Duration = Duration::from_millis(50);

pub(crate) async fn run(size: Size) -> Verdict {
    let time = if size == Size::Full { TIME } else { TIME / 5 };
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut config = settings(directory.path());
    config.max_bytes = 8 << 30;
    let clock = flyte_webhook::inbox::Clock::steady(jiff::Timestamp::now);
    let kept = Kept::open(&config, clock).await.unwrap();
    let (over, next) = (
        Arc::new(AtomicBool::new(false)),
        Arc::new(AtomicUsize::new(0)),
    );
    let start = Instant::now();
    let senders: Vec<_> = (0..AT_ONCE)
        .map(|_| {
            let (inbox, over) = (kept.inbox.clone(), Arc::clone(&over));
            let next = Arc::clone(&next);
            spawn(async move {
                let mut took = Vec::new();
                while !over.load(Ordering::Relaxed) {
                    let mut delivery = delivery(&next.fetch_add(1, Ordering::Relaxed).to_string());
                    delivery.payload = Some(vec![b'x'; BYTES]);
                    let since = Instant::now();
                    inbox.accept(delivery).await.unwrap();
                    took.push(since.elapsed());
                }
                took
            })
        })
        .collect();
    tokio::time::sleep(time).await;
    over.store(true, Ordering::Relaxed);
    let took = join_all(senders).await;
    let mut took: Vec<Duration> = took.into_iter().flat_map(Result::unwrap).collect();
    let rate = took.len() * 1_000 / usize::try_from(start.elapsed().as_millis()).unwrap();
    took.sort_unstable();
    let p99 = took[took.len() * 99 / 100];
    let pending = kept.inbox.status().await.unwrap().pending;
    kept.close().await;
    Verdict::new(
        format!("rate={rate}/s,p99={}ms", p99.as_millis()),
        Vec::new(),
    )
    .require(rate >= LEAST, "5000 a second")
    .require(p99 <= LONGEST, "p99 of 50 ms")
    .require(
        pending == took.len() as u64,
        "all that was accepted is there",
    )
}
