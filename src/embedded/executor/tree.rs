//! A task's process and all that it started.

use std::collections::HashSet;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::Stdio;

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::Pid;
use tokio::process::{Child, ChildStdin, Command};

use super::environment::MARK;

/// Kills its processes when it is dropped, and also when the server dies first.
pub(super) struct Tree {
    group: Pid,
    mark: String,
    guardian: Child,
    /// Held open for as long as the group may live.
    _lifeline: Option<ChildStdin>,
}

impl Tree {
    /// Takes charge of `child`, leader of a process group, and of those that carry `mark`.
    pub(super) fn of(child: &Child, mark: &str) -> io::Result<Self> {
        let group = child.id().and_then(|id| i32::try_from(id).ok());
        let group =
            group.ok_or_else(|| io::Error::other("the process ended before it was seen"))?;
        let mut guardian = match guardian(group, mark) {
            Ok(guardian) => guardian,
            Err(error) => {
                kill_group(Pid::from_raw(group), Signal::SIGKILL);
                return Err(error);
            }
        };
        let lifeline = guardian.stdin.take();
        Ok(Self {
            group: Pid::from_raw(group),
            mark: mark.to_owned(),
            guardian,
            _lifeline: lifeline,
        })
    }

    /// Asks the group to end.
    pub(super) fn terminate(&self) {
        kill_group(self.group, Signal::SIGTERM);
    }
}

impl Drop for Tree {
    fn drop(&mut self) {
        kill_group(self.group, Signal::SIGKILL);
        kill_marked(&self.mark);
        // Before the lifeline is cut, or it would kill a group that may be somebody else's by then.
        // It fails when the guardian is already gone, which is as good.
        drop(self.guardian.start_kill());
    }
}

/// What the guardian does when its input ends: as [`Tree`] on drop, in a shell's words.
const GUARDIAN: &str = r#"read -r _
kill -9 "-$0"
kill -9 $(grep -lzxF -e "$1" /proc/[0-9]*/environ | cut -d / -f 3)"#;

/// A shell that kills the tree when its input ends: the kernel closes that pipe however the server
/// dies, and a task must not outlive the record of its run.
fn guardian(group: i32, mark: &str) -> io::Result<Child> {
    Command::new("/bin/sh")
        .args([
            "-c",
            GUARDIAN,
            &group.to_string(),
            &format!("{MARK}={mark}"),
        ])
        .env_clear()
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
}

/// No such process, the one failure there is, means that the group is gone.
fn kill_group(group: Pid, signal: Signal) {
    let _ = killpg(group, signal);
}

/// Kills those that left the group but kept the environment; each round may find children that the
/// round before missed. Only Linux tells the environment of another process.
fn kill_marked(mark: &str) {
    let variable = [MARK.as_bytes(), b"=", mark.as_bytes()].concat();
    let mut killed = HashSet::new();
    for _ in 0..8 {
        let found: Vec<i32> = marked(&variable)
            .into_iter()
            .filter(|id| killed.insert(*id))
            .collect();
        if found.is_empty() {
            return;
        }
        for id in found {
            let _ = kill(Pid::from_raw(id), Signal::SIGKILL);
        }
    }
}

fn marked(variable: &[u8]) -> Vec<i32> {
    let Ok(processes) = std::fs::read_dir("/proc") else {
        return Vec::new();
    };
    let ids = processes.flatten().filter_map(|entry| {
        let id: i32 = std::str::from_utf8(entry.file_name().as_bytes())
            .ok()?
            .parse()
            .ok()?;
        carries(&entry.path(), variable).then_some(id)
    });
    ids.collect()
}

fn carries(process: &Path, variable: &[u8]) -> bool {
    let environment = std::fs::read(process.join("environ")).unwrap_or_default();
    environment
        .split(|byte| *byte == 0)
        .any(|entry| entry == variable)
}
