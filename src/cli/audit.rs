//! `flyte-webhook audit`

use std::{
    fmt::Write,
    fs::File,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::Subcommand;
use flyte_webhook_core::chain::{Fault, Hash, Summary, Verifier};

use super::{complain, print};

/// How many faults are named; where there are more, nothing is as it was.
const MOST_NAMED: usize = 20;

/// The longest line that is read, in bytes; no record is nearly as long.
const LONGEST_LINE: u64 = 1 << 20;

/// Check an audit log
#[derive(Debug, Clone, Subcommand)]
pub(super) enum Command {
    /// Find records that were changed, removed or put elsewhere
    ///
    /// Exits with 0 where all records are as they were written, else with 1. Of
    /// the end of a log only `--head` can say that it is all there.
    Verify {
        /// The files of the log, the oldest first
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// A hash that is known from elsewhere, such as from the server's log
        #[arg(long, value_name = "HASH")]
        head: Option<Hash>,
        /// Pass over lines that are no records, as in a log on standard error
        #[arg(long)]
        mixed: bool,
    },
}

/// Runs one of the commands.
pub(super) fn run(command: &Command) -> ExitCode {
    let Command::Verify { files, head, mixed } = command;
    let mut verifier = Verifier::default();
    if let Some(head) = head {
        verifier = verifier.with_head(*head);
    }
    if *mixed {
        verifier = verifier.mixed();
    }
    match verify(verifier, files) {
        Ok((summary, faults)) if faults.is_empty() => {
            print(&describe(&summary));
            ExitCode::SUCCESS
        }
        Ok((_, faults)) => {
            print(&name(&faults));
            ExitCode::FAILURE
        }
        Err(error) => {
            complain(&error);
            ExitCode::FAILURE
        }
    }
}

/// A fault, and the file that it is in.
struct Found {
    file: String,
    /// Lines are counted in each file.
    before: u64,
    fault: Fault,
}

fn verify(mut verifier: Verifier, files: &[PathBuf]) -> anyhow::Result<(Summary, Vec<Found>)> {
    let (mut found, mut before, mut last) = (Vec::new(), 0, String::new());
    for path in files {
        let file = path.display().to_string();
        let mut add = |fault| {
            found.push(Found {
                file: file.clone(),
                before,
                fault,
            });
        };
        let lines = read(path, |line| {
            verifier.line(line).into_iter().for_each(&mut add);
        });
        before += lines.with_context(|| format!("{file} cannot be read"))?;
        last = file;
    }
    let (summary, faults) = verifier.finish();
    found.extend(faults.into_iter().map(|fault| Found {
        file: last.clone(),
        before: 0,
        fault,
    }));
    Ok((summary, found))
}

/// Gives each line to `take`; gives how many there are.
fn read(path: &Path, mut take: impl FnMut(&[u8])) -> io::Result<u64> {
    let mut file = BufReader::new(File::open(path)?);
    let (mut lines, mut line) = (0, Vec::new());
    loop {
        line.clear();
        let mut part = io::Read::take(&mut file, LONGEST_LINE);
        if part.read_until(b'\n', &mut line)? == 0 {
            return Ok(lines);
        }
        lines += 1;
        take(line.strip_suffix(b"\n").unwrap_or(&line));
    }
}

fn describe(summary: &Summary) -> String {
    let Summary {
        records,
        chains,
        torn,
        passed_over,
        head,
        is_ended,
        goes_on_from,
        newer,
    } = summary;
    let mut text = format!("ok: {records} records in {chains} chains are as they were written\n");
    let mut say = |line: String| text.push_str(&line);
    if let Some(head) = head {
        say(format!("head: {head}\n"));
    }
    say(match newer {
        Some(newer) => format!("the given head is there; {newer} records are newer\n"),
        None => {
            "no --head was given: whether records are missing at the end is not known\n".to_owned()
        }
    });
    if !is_ended {
        say("the last chain has no end: its process is running, or was killed\n".to_owned());
    }
    if let Some(before) = goes_on_from {
        say(format!(
            "an earlier file, which was not given, ends with {before}\n"
        ));
    }
    if *torn > 0 {
        say(format!(
            "{torn} lines were left unfinished by a process that was killed\n"
        ));
    }
    if *passed_over > 0 {
        say(format!(
            "{passed_over} lines are no records and were passed over\n"
        ));
    }
    text
}

fn name(found: &[Found]) -> String {
    let mut text = String::new();
    for Found {
        file,
        before,
        fault,
    } in found.iter().take(MOST_NAMED)
    {
        let line = fault.line.saturating_sub(*before);
        let _ = writeln!(text, "{file}:{line}: {}", fault.wrong);
    }
    if found.len() > MOST_NAMED {
        let _ = writeln!(text, "and {} more", found.len() - MOST_NAMED);
    }
    text
}
