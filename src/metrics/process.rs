//! The process, by the names that all of Prometheus' clients use.
//!
//! Read where it is asked for: what the system counts need not be counted again.

use std::{
    fmt::{Display, Write},
    fs,
};

use jiff::Timestamp;

/// The parts of a second in which Linux gives processor times, whatever its own
/// clock does.
const TICKS: f64 = 100.0;

/// Appends what the system says of this process; what it does not say is left out.
pub(super) fn write(text: &mut String, started: Timestamp) {
    let kinds = ("counter", "gauge");
    metric(
        text,
        "process_cpu_seconds_total",
        kinds.0,
        "Processor time that was used.",
        processor_seconds(),
    );
    metric(
        text,
        "process_resident_memory_bytes",
        kinds.1,
        "Memory that is in use.",
        resident_bytes(),
    );
    metric(
        text,
        "process_open_fds",
        kinds.1,
        "Files and connections that are open.",
        open_files(),
    );
    metric(
        text,
        "process_max_fds",
        kinds.1,
        "How many of them may be.",
        most_files(),
    );
    metric(
        text,
        "process_start_time_seconds",
        kinds.1,
        "When the process started, in seconds since 1970.",
        Some(started.as_duration().as_secs_f64()),
    );
}

fn metric<T: Display>(text: &mut String, name: &str, kind: &str, help: &str, value: Option<T>) {
    let Some(value) = value else {
        return;
    };
    // Writing to a string does not fail.
    let _ = write!(
        text,
        "# HELP {name} {help}\n# TYPE {name} {kind}\n{name} {value}\n\n"
    );
}

/// Of the process and its kernel, fields 14 and 15 of `stat`. The name before
/// them may hold anything, and ends with the last parenthesis.
fn processor_seconds() -> Option<f64> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    let (_, fields) = stat.rsplit_once(')')?;
    let mut times = fields.split_ascii_whitespace().skip(11);
    let user: f64 = times.next()?.parse().ok()?;
    let system: f64 = times.next()?.parse().ok()?;
    Some((user + system) / TICKS)
}

fn resident_bytes() -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kibibytes * 1024)
}

/// Without the one by which they are counted.
fn open_files() -> Option<usize> {
    let all = fs::read_dir("/proc/self/fd").ok()?.count();
    Some(all.saturating_sub(1))
}

fn most_files() -> Option<u64> {
    let limits = fs::read_to_string("/proc/self/limits").ok()?;
    let line = limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))?;
    line.split_ascii_whitespace().next()?.parse().ok()
}
