//! Kills without warning while deliveries are accepted: none that was acknowledged is
//! lost, none is there twice, and the next start is quick.

use std::{collections::HashSet, time::Duration};

use crate::{
    Size,
    inbox::{Driver, wrong},
    verdict::Verdict,
};

const CYCLES: usize = 10_000;
/// How many kills a file goes through before it is looked at.
const PER_FILE: usize = 100;
/// The most acknowledgements before a kill, so that there are a million.
const MOST: usize = 220;
const CONTROL: usize = 40;
const QUICK: Duration = Duration::from_millis(100);

struct Killed {
    acknowledged: usize,
    opened: Vec<Duration>,
    complaints: Vec<String>,
}

pub(crate) async fn run(size: Size) -> Verdict {
    let cycles = size.of(CYCLES);
    let mut all = Killed {
        acknowledged: 0,
        opened: Vec::new(),
        complaints: Vec::new(),
    };
    for _ in 0..cycles.div_ceil(PER_FILE) {
        let killed = kill("accept", PER_FILE).await;
        all.acknowledged += killed.acknowledged;
        all.opened.extend(killed.opened);
        all.complaints.extend(killed.complaints);
    }
    all.opened.sort_unstable();
    let p99 = all.opened[all.opened.len() * 99 / 100];
    let control = kill("early", CONTROL).await;
    Verdict::new(
        format!(
            "cycles={cycles},acknowledged={},wrong={},p99={}ms",
            all.acknowledged,
            all.complaints.len(),
            p99.as_millis()
        ),
        all.complaints,
    )
    .require(p99 <= QUICK, "a start takes at most 100 ms")
    .require(
        all.acknowledged >= size.of(1_000_000),
        "a million acknowledgements",
    )
    .with_control(
        !control.complaints.is_empty(),
        "acknowledging before the commit",
    )
}

async fn kill(mode: &str, cycles: usize) -> Killed {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let (mut acknowledged, mut opened) = (HashSet::new(), Vec::new());
    for cycle in 0..cycles {
        let mut driver = Driver::start(mode, directory.path(), &format!("{cycle}")).await;
        opened.push(driver.opened);
        for _ in 0..rand::random_range(1..=MOST) {
            acknowledged.insert(driver.line().await.unwrap());
        }
        // At any point of the next commits.
        let moment = Duration::from_micros(rand::random_range(0..2_000));
        tokio::time::sleep(moment).await;
        acknowledged.extend(driver.kill().await);
    }
    let complaints = wrong(directory.path(), &acknowledged).await;
    Killed {
        acknowledged: acknowledged.len(),
        opened,
        complaints,
    }
}
