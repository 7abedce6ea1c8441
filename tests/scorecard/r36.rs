//! R36: millions of requests leave nothing behind, neither memory nor open files.

use std::{fs, fs::File, time::Duration};

use axum::{Router, routing::get};
use tokio::{sync::mpsc, time::sleep};

use crate::{
    Size,
    flaky::Flaky,
    load::{Load, each},
    program::Program,
    stand_in,
    verdict::Verdict,
};

const REQUESTS: usize = 5_000_000;
const CLIENTS: usize = 32;
/// How often the process is looked at.
const LOOKS: usize = 50;
/// By how much the memory may grow after the first fifth, in percent.
const GROWTH: u64 = 5;
const CONFIGURATION: &str = "telemetry: {log_level: 'info,flyte_webhook::http=error'}\n";

pub(crate) async fn run(size: Size) -> Verdict {
    let neighbour = Flaky::start(10_000, Duration::ZERO, 0).await;
    let program = Program::serve(&neighbour.endpoint, CONFIGURATION).await;
    let load = Load::new(program.address, CLIENTS, each);
    let requests = size.of(REQUESTS);
    let mut looks = Vec::new();
    let mut bad = 0;
    for _ in 0..LOOKS {
        let samples = load.requests(requests / LOOKS).await;
        bad += samples.iter().filter(|sample| !sample.is_good()).count();
        looks.push(look(|| (program.memory(), program.open_files())).await);
    }
    let soaked = Soaked::of(&looks);
    let value = format!(
        "requests={requests},memory={}KiB,growth={}%,files={}",
        soaked.memory, soaked.growth, soaked.files
    );
    Verdict::new(value, soaked.complaints())
        .require(bad == 0, "every request is answered well")
        .with_control(
            is_caught().await,
            "a server that keeps something of each request",
        )
}

/// What was left after each part: KiB of memory and open files.
type Look = (u64, usize);

/// The least of what is seen for a while: connections take a moment to end.
async fn look(see: impl Fn() -> Look) -> Look {
    let mut least = see();
    for _ in 0..20 {
        sleep(Duration::from_millis(10)).await;
        let (memory, files) = see();
        least = (least.0.min(memory), least.1.min(files));
    }
    least
}

/// How a process has changed from the first fifth of its work to the end.
struct Soaked {
    memory: u64,
    growth: u64,
    files: usize,
}

impl Soaked {
    fn of(looks: &[Look]) -> Self {
        let (early, late) = looks.split_at(looks.len() / 5);
        // What an allocator gives back and takes again is no growth.
        let most = |looks: &[Look]| looks.iter().map(|(memory, _)| *memory).max().unwrap_or(0);
        let files = |looks: &[Look]| looks.last().map_or(0, |(_, files)| *files);
        let (before, after) = (most(early), most(late));
        Self {
            memory: after,
            growth: (after.saturating_sub(before) * 100).div_ceil(before.max(1)),
            files: files(late).saturating_sub(files(early)),
        }
    }

    fn complaints(&self) -> Vec<String> {
        let Self { growth, files, .. } = self;
        let memory = (*growth > GROWTH).then(|| format!("the memory grew by {growth}%"));
        let files = (*files > 0).then(|| format!("{files} more files are open"));
        memory.into_iter().chain(files).collect()
    }
}

/// Whether a server is caught that keeps memory and a file of requests.
async fn is_caught() -> bool {
    let (keep, _kept) = mpsc::unbounded_channel();
    let leak = move || {
        let file = File::open("/dev/null").unwrap();
        keep.send((vec![1_u8; 256 << 10], file)).unwrap();
        async { "ok" }
    };
    let server = stand_in::serve(Router::new().route("/me", get(leak))).await;
    let load = Load::new(server, 4, each);
    let mut looks = Vec::new();
    for _ in 0..10 {
        load.requests(40).await;
        looks.push(look(of_this_process).await);
    }
    Soaked::of(&looks).complaints().len() == 2
}

fn of_this_process() -> Look {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let memory = line.and_then(|line| line.split_whitespace().nth(1));
    let files = fs::read_dir("/proc/self/fd").unwrap().count();
    (memory.unwrap().parse().unwrap(), files)
}
