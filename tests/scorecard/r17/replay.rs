//! A disk that loses its power.

use std::{collections::HashMap, fs, path::Path};

use rand::seq::SliceRandom;

use super::record::{Event, Recording, What};

/// What a disk writes whole or not at all.
const SECTOR: usize = 512;

/// A disk, and what it has got so far.
pub(super) struct Disk<'a> {
    recording: &'a Recording,
    /// Whether a sync means anything to it.
    honest: bool,
    /// What is on it for good.
    synced: HashMap<String, Vec<u8>>,
    /// How many calls have been looked at.
    seen: usize,
    /// Calls that have begun and may not be on it.
    floating: Vec<&'a Event>,
}

impl<'a> Disk<'a> {
    pub(super) fn new(recording: &'a Recording, honest: bool) -> Self {
        Self {
            recording,
            honest,
            synced: recording.before.clone(),
            seen: 0,
            floating: Vec::new(),
        }
    }

    /// Writes what is left after a cut into a directory; moments come in their order.
    pub(super) fn cut(&mut self, moment: f64, directory: &Path) {
        let events = self.recording.events.get(self.seen..).unwrap_or_default();
        let begun = events.iter().take_while(|event| event.start < moment);
        let before = self.floating.len();
        self.floating.extend(begun);
        self.seen += self.floating.len() - before;
        if self.honest {
            self.sync(moment);
        }
        let mut files = self.synced.clone();
        let mut floating: Vec<&Event> = self.floating.clone();
        floating.shuffle(&mut rand::rng());
        for event in floating {
            if rand::random_bool(0.5) {
                tear(files.entry(event.file.clone()).or_default(), event);
            }
        }
        for (name, content) in files {
            fs::write(directory.join(name), content).unwrap();
        }
    }

    /// Whatever had ended before a sync of its file began, and that sync is over, is
    /// on the disk.
    fn sync(&mut self, moment: f64) {
        let syncs: Vec<&Event> = self
            .floating
            .iter()
            .copied()
            .filter(|event| matches!(event.what, What::Sync) && event.end < moment)
            .collect();
        for sync in syncs {
            let (done, floating) = std::mem::take(&mut self.floating)
                .into_iter()
                .partition(|event: &&Event| event.file == sync.file && event.end <= sync.start);
            self.floating = floating;
            for event in done {
                apply(self.synced.entry(event.file.clone()).or_default(), event);
            }
        }
    }
}

fn apply(file: &mut Vec<u8>, event: &Event) {
    match &event.what {
        What::Write { at, content } => put(file, *at, content),
        What::Truncate(length) => file.truncate(*length),
        What::Sync => {}
    }
}

/// Applies some of it.
fn tear(file: &mut Vec<u8>, event: &Event) {
    match &event.what {
        What::Write { at, content } if rand::random_bool(0.5) => {
            for (index, sector) in content.chunks(SECTOR).enumerate() {
                if rand::random_bool(0.5) {
                    put(file, at + index * SECTOR, sector);
                }
            }
        }
        What::Write { .. } | What::Truncate(_) | What::Sync => apply(file, event),
    }
}

fn put(file: &mut Vec<u8>, at: usize, content: &[u8]) {
    let end = at + content.len();
    if file.len() < end {
        file.resize(end, 0);
    }
    file[at..end].copy_from_slice(content);
}
