//! Power cuts: what a process wrote and synced is recorded once, and then replayed up to
//! many moments, with what had not been synced there, gone, torn or out of order.

mod record;
mod replay;

use std::{collections::HashSet, path::Path};

use crate::{
    Size,
    inbox::wrong,
    kept::{Kept, settings},
    verdict::Verdict,
};
use record::Recording;
use replay::Disk;

const CUTS: usize = 1_000;
const CONTROL: usize = 100;

/// What came of cuts.
#[derive(Default)]
struct Tally {
    cuts: usize,
    lost: usize,
    unopened: usize,
    complaints: Vec<String>,
}

pub(crate) async fn run(size: Size) -> Verdict {
    let recording = Recording::make().await;
    let cuts = size.of(CUTS);
    let tally = cut(&recording, cuts, true).await;
    let control = cut(&recording, CONTROL, false).await;
    let failed = control.lost + control.unopened;
    Verdict::new(
        format!(
            "cuts={cuts},acknowledged={},lost={},unopened={},control={failed}%",
            recording.acknowledged.len(),
            tally.lost,
            tally.unopened
        ),
        tally.complaints,
    )
    .require(
        recording.acknowledged.len() >= 500,
        "enough has been acknowledged",
    )
    .with_control(failed * 100 >= 95 * control.cuts, "a disk without syncs")
}

async fn cut(recording: &Recording, cuts: usize, honest: bool) -> Tally {
    let mut tally = Tally::default();
    let mut disk = Disk::new(recording, honest);
    for moment in recording.moments(cuts) {
        let directory = tempfile::tempdir().unwrap();
        disk.cut(moment, directory.path());
        let acknowledged = recording.acknowledged_before(moment);
        tally.cuts += 1;
        tally.look(directory.path(), &acknowledged, moment).await;
    }
    tally
}

impl Tally {
    async fn look(&mut self, directory: &Path, acknowledged: &HashSet<String>, moment: f64) {
        let clock = flyte_webhook::inbox::Clock::steady(jiff::Timestamp::now);
        match Kept::open(&settings(directory), clock).await {
            Ok(kept) => kept.close().await,
            Err(error) => {
                self.unopened += 1;
                self.complaints.push(format!("{moment}: {error:?}"));
                return;
            }
        }
        let wrong = wrong(directory, acknowledged).await;
        if let Some(first) = wrong.first() {
            self.lost += 1;
            let count = wrong.len();
            self.complaints.push(format!("{moment}: {count}, {first}"));
        }
    }
}
