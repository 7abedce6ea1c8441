//! What a process wrote, when, and when it was on the disk.

use std::{
    collections::{HashMap, HashSet},
    fs,
    path::Path,
};

use crate::{inbox::Driver, kept::Kept};

/// How many acknowledgements are recorded.
const ACKNOWLEDGED: usize = 1_500;

/// One call on a file.
pub(super) struct Event {
    pub(super) start: f64,
    pub(super) end: f64,
    pub(super) file: String,
    pub(super) what: What,
}

pub(super) enum What {
    Write { at: usize, content: Vec<u8> },
    Truncate(usize),
    Sync,
}

/// All calls, and the files as they were before them.
pub(super) struct Recording {
    pub(super) before: HashMap<String, Vec<u8>>,
    pub(super) events: Vec<Event>,
    pub(super) acknowledged: Vec<(f64, String)>,
}

impl Recording {
    pub(super) async fn make() -> Self {
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let logs = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        Kept::within(directory.path()).await.close().await;
        let before = files(directory.path());
        let mut driver = Driver::traced(logs.path(), directory.path()).await;
        for _ in 0..ACKNOWLEDGED {
            driver.line().await.unwrap();
        }
        driver.end().await;
        let mut recording = Self {
            before,
            events: Vec::new(),
            acknowledged: Vec::new(),
        };
        for log in fs::read_dir(logs.path()).unwrap() {
            let text = fs::read_to_string(log.unwrap().path()).unwrap();
            recording.take(&text);
        }
        recording.events.sort_by(|a, b| a.start.total_cmp(&b.start));
        recording.acknowledged.sort_by(|a, b| a.0.total_cmp(&b.0));
        recording
    }

    /// Moments spread over the recording, the earliest first.
    pub(super) fn moments(&self, count: usize) -> Vec<f64> {
        let first = self.acknowledged.first().unwrap().0;
        let last = self.acknowledged.last().unwrap().0;
        let mut moments: Vec<f64> = (0..count)
            .map(|_| rand::random_range(first..last))
            .collect();
        moments.sort_by(f64::total_cmp);
        moments
    }

    pub(super) fn acknowledged_before(&self, moment: f64) -> HashSet<String> {
        let before = self.acknowledged.iter().take_while(|(at, _)| *at < moment);
        before.map(|(_, id)| id.clone()).collect()
    }

    /// Takes the calls of one thread.
    fn take(&mut self, log: &str) {
        let mut positions = HashMap::new();
        for line in log.lines() {
            if let Some(call) = Call::parse(line) {
                self.call(&call, &mut positions);
            }
        }
    }

    fn call(&mut self, call: &Call<'_>, positions: &mut HashMap<String, usize>) {
        let Call { start, end, .. } = *call;
        if call.file.starts_with("pipe:") && call.name == "write" {
            let said = String::from_utf8(call.content()).unwrap();
            let ids = said.lines().filter(|line| !line.starts_with("ready"));
            self.acknowledged
                .extend(ids.map(|id| (start, id.to_owned())));
            return;
        }
        let Some(file) = call
            .file
            .rsplit('/')
            .next()
            .filter(|it| it.starts_with("inbox.db"))
        else {
            return;
        };
        let file = file.to_owned();
        let what = match call.name {
            "lseek" => {
                positions.insert(file, call.result);
                return;
            }
            "write" => {
                let at = positions.get(&file).copied().unwrap_or_default();
                positions.insert(file.clone(), at + call.result);
                let content = call.content();
                What::Write { at, content }
            }
            "pwrite64" => What::Write {
                at: call.last(),
                content: call.content(),
            },
            "ftruncate" => What::Truncate(call.last()),
            "fsync" | "fdatasync" => What::Sync,
            other => unreachable!("{other}"),
        };
        self.events.push(Event {
            start,
            end,
            file,
            what,
        });
    }
}

fn files(directory: &Path) -> HashMap<String, Vec<u8>> {
    let names = ["inbox.db", "inbox.db-wal"];
    let read = |name: &str| Some((name.to_owned(), fs::read(directory.join(name)).ok()?));
    names.into_iter().filter_map(read).collect()
}

/// A line of the log: `1.5 write(9</inbox.db>, "\x00", 1) = 1 <0.001>`.
struct Call<'a> {
    start: f64,
    end: f64,
    name: &'a str,
    file: String,
    rest: &'a str,
    result: usize,
}

impl<'a> Call<'a> {
    /// None for what failed, and for what is no call.
    fn parse(line: &'a str) -> Option<Self> {
        let (start, line) = line.split_once(' ')?;
        let (name, line) = line.split_once('(')?;
        let (call, outcome) = line.rsplit_once(" = ")?;
        let (result, took) = outcome.split_once(' ')?;
        let took: f64 = took.strip_prefix('<')?.strip_suffix('>')?.parse().ok()?;
        let (_, rest) = call.split_once('<')?;
        let (file, rest) = rest.split_once('>')?;
        let start: f64 = start.parse().ok()?;
        Some(Self {
            start,
            end: start + took,
            name,
            file: String::from_utf8(bytes(file)).ok()?,
            rest: rest.trim_end().trim_end_matches(')'),
            result: result.parse().ok()?,
        })
    }

    fn content(&self) -> Vec<u8> {
        let text = self.rest.split('"').nth(1).unwrap();
        let mut content = bytes(text);
        content.truncate(self.result);
        assert_eq!(content.len(), self.result, "the log has all of it");
        content
    }

    /// The last argument.
    fn last(&self) -> usize {
        self.rest.rsplit(", ").next().unwrap().parse().unwrap()
    }
}

/// What is written as `\x2f` each, or as it is.
fn bytes(text: &str) -> Vec<u8> {
    if !text.starts_with("\\x") {
        return text.as_bytes().to_owned();
    }
    let digits = text.split("\\x").skip(1);
    digits
        .map(|digits| u8::from_str_radix(digits, 16).unwrap())
        .collect()
}
