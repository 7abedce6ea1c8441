//! A disk that fails at each of many writes and syncs: nothing is acknowledged that is
//! not there afterwards, and deliveries are accepted again as soon as the disk works.

use std::{
    collections::HashSet,
    path::Path,
    process::Stdio,
    time::{Duration, Instant},
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

use crate::{
    Size,
    inbox::{Driver, wrong},
    kept::{Kept, delivery},
    verdict::Verdict,
};

/// Which calls fail, with what, and at how many points.
const FAULTS: [(&str, &str, usize); 4] = [
    ("write,pwrite64", "EIO", 300),
    ("write,pwrite64", "ENOSPC", 300),
    ("fsync,fdatasync", "EIO", 100),
    ("fsync,fdatasync", "ENOSPC", 100),
];
/// How soon deliveries are accepted again.
const SOON: Duration = Duration::from_secs(5);

/// What a failing disk did.
#[derive(Default)]
struct Tally {
    faults: usize,
    slowest: Duration,
    complaints: Vec<String>,
}

pub(crate) async fn run(size: Size) -> Verdict {
    let mut tally = Tally::default();
    for (calls, error, points) in FAULTS {
        // All of the range, in larger steps where the row is small.
        let step = points / size.of(points);
        for at in (1..=points).step_by(step) {
            let fault = format!("inject={calls}:error={error}:when={at}+");
            fail(&fault, &mut tally).await;
        }
    }
    let full = full_disk(&mut tally).await;
    // A driver that acknowledges what has failed.
    let control = acknowledged_anyway().await;
    Verdict::new(
        format!(
            "faults={},full={full},wrong={},back={}ms",
            tally.faults,
            tally.complaints.len(),
            tally.slowest.as_millis()
        ),
        tally.complaints,
    )
    .require(tally.slowest <= SOON, "accepts again within 5 s")
    .require(full, "the disk was full, and was not in the end")
    .with_control(control, "acknowledging what was refused")
}

/// Lets the disk fail under a process that accepts, and then no more.
async fn fail(fault: &str, tally: &mut Tally) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut driver = Driver::start("try", directory.path(), "a").await;
    let tracer = Tracer::attach(driver.id(), directory.path(), fault).await;
    let mut acknowledged = HashSet::new();
    loop {
        let line = driver.line().await.unwrap();
        match line.strip_prefix('+') {
            Some(id) => drop(acknowledged.insert(id.to_owned())),
            None => break,
        }
    }
    tally.faults += 1;
    tracer.detach().await;
    let since = Instant::now();
    loop {
        let line = driver.line().await.unwrap();
        if let Some(id) = line.strip_prefix('+') {
            acknowledged.insert(id.to_owned());
            break;
        }
    }
    tally.slowest = tally.slowest.max(since.elapsed());
    let rest = driver.kill().await;
    let rest = rest.iter().filter_map(|line| line.strip_prefix('+'));
    acknowledged.extend(rest.map(str::to_owned));
    let wrong = wrong(directory.path(), &acknowledged).await;
    let wrong = wrong.into_iter().map(|what| format!("{fault}: {what}"));
    tally.complaints.extend(wrong);
}

/// Makes calls on the inbox's files fail.
struct Tracer(Child);

impl Tracer {
    async fn attach(process: u32, directory: &Path, fault: &str) -> Self {
        let calls = fault.trim_start_matches("inject=");
        let calls = calls.split(':').next().unwrap();
        let mut command = Command::new("strace");
        command.args(["-f", "-o", "/dev/null", "-p", &process.to_string()]);
        for name in ["inbox.db", "inbox.db-wal"] {
            command.arg("-P").arg(directory.join(name));
        }
        command.args(["-e", &format!("trace={calls}"), "-e", fault]);
        let mut child = command
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("strace is installed");
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        while let Some(line) = lines.next_line().await.unwrap() {
            if line.contains("attached") {
                break;
            }
            assert!(line.contains("path"), "strace: {line}");
        }
        // What else it says is of no interest, and must not fill the pipe.
        crate::harness::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self(child)
    }

    async fn detach(mut self) {
        let id = i32::try_from(self.0.id().unwrap()).unwrap();
        kill(Pid::from_raw(id), Signal::SIGINT).unwrap();
        self.0.wait().await.unwrap();
    }
}

/// Fills a small file system until deliveries are refused, and makes space again.
async fn full_disk(tally: &mut Tally) -> bool {
    let directory = tempfile::tempdir().unwrap();
    let Some(_mount) = Mount::small(directory.path()) else {
        tally
            .complaints
            .push("a file system cannot be mounted".to_owned());
        return false;
    };
    let ballast = directory.path().join("ballast");
    std::fs::write(&ballast, vec![0; 2 << 20]).unwrap();
    let mut acknowledged = HashSet::new();
    let kept = Kept::within(directory.path()).await;
    let mut accept = async |id: String| {
        let accepted = kept.inbox.accept(delivery(&id)).await.is_ok();
        if accepted {
            acknowledged.insert(id);
        }
        accepted
    };
    let mut next = 0;
    while accept(format!("{next}")).await {
        next += 1;
    }
    std::fs::remove_file(&ballast).unwrap();
    let since = Instant::now();
    while !accept(format!("{next}")).await && since.elapsed() < 2 * SOON {
        next += 1;
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tally.slowest = tally.slowest.max(since.elapsed());
    let accepted = accept("last".to_owned()).await;
    kept.close().await;
    let wrong = wrong(directory.path(), &acknowledged).await;
    tally
        .complaints
        .extend(wrong.into_iter().map(|what| format!("full: {what}")));
    accepted
}

/// A file system of 4 MiB in memory.
struct Mount<'a>(&'a Path);

impl<'a> Mount<'a> {
    fn small(directory: &'a Path) -> Option<Self> {
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"])
            .arg(directory)
            .status();
        mounted
            .is_ok_and(|status| status.success())
            .then_some(Self(directory))
    }
}

impl Drop for Mount<'_> {
    fn drop(&mut self) {
        let unmounted = std::process::Command::new("umount").arg(self.0).status();
        assert!(unmounted.unwrap().success());
    }
}

/// Whether what was refused, told as if it had been acknowledged, is found missing.
async fn acknowledged_anyway() -> bool {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let mut driver = Driver::start("try", directory.path(), "a").await;
    let fault = "inject=write,pwrite64:error=EIO:when=20+";
    let tracer = Tracer::attach(driver.id(), directory.path(), fault).await;
    let mut said = HashSet::new();
    for _ in 0..100 {
        let line = driver.line().await.unwrap();
        said.insert(line[1..].to_owned());
    }
    driver.kill().await;
    tracer.detach().await;
    !wrong(directory.path(), &said).await.is_empty()
}
