//! One process from start to end: its output, its time, its descendants.

use std::io;
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::net::unix::pipe::Receiver;
use tokio::process::{Child, Command};
use tokio_util::sync::CancellationToken;

use super::command::Launch;
use super::log;
use super::tree::Tree;

/// How long a process may take to end after it was asked to.
const GRACE: Duration = Duration::from_secs(2);

/// Why a process came to its end.
#[derive(Debug)]
pub(super) enum End {
    Exited(ExitStatus),
    TimedOut,
    Aborted,
}

/// A started process.
pub(super) struct Process {
    child: Child,
    tree: Tree,
    output: Receiver,
}

/// Starts what `launch` describes.
pub(super) fn start(launch: &Launch) -> io::Result<Process> {
    let (output, input) = io::pipe()?;
    let output = Receiver::from_owned_fd(output.into())?;
    // One pipe for both keeps the order in which the task printed. The command holds its other end
    // and must be gone before anyone waits for the output to end.
    let child = Command::new(&launch.program)
        .args(&launch.args)
        .env_clear()
        .envs(&launch.variables)
        .current_dir(&launch.directory)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(input.try_clone()?)
        .stderr(input)
        .kill_on_drop(true)
        .spawn()?;
    let tree = Tree::of(&child, &launch.mark)?;
    Ok(Process {
        child,
        tree,
        output,
    })
}

impl Process {
    /// Waits until the process ends, its time is over or it is aborted. Nothing of it lives on.
    ///
    /// The text is the last part of what it printed.
    pub(super) async fn finish(
        self,
        log: &Path,
        timeout: Option<Duration>,
        abort: &CancellationToken,
    ) -> io::Result<(End, String)> {
        let ended = CancellationToken::new();
        let supervised = async {
            // Also when waiting fails: the log must come to its end.
            let _ended = ended.clone().drop_guard();
            supervise(self.child, self.tree, timeout, abort).await
        };
        let (end, tail) = tokio::join!(supervised, log::keep(self.output, log, ended.clone()));
        Ok((end?, tail?))
    }
}

async fn supervise(
    mut child: Child,
    tree: Tree,
    timeout: Option<Duration>,
    abort: &CancellationToken,
) -> io::Result<End> {
    let end = end(&mut child, timeout, abort).await?;
    if !matches!(end, End::Exited(_)) {
        tree.terminate();
        // Late or not, what is left of the tree is killed next.
        drop(tokio::time::timeout(GRACE, child.wait()).await);
    }
    drop(tree);
    child.wait().await?;
    Ok(end)
}

async fn end(
    child: &mut Child,
    timeout: Option<Duration>,
    abort: &CancellationToken,
) -> io::Result<End> {
    tokio::select! {
        biased;
        status = child.wait() => status.map(End::Exited),
        () = abort.cancelled() => Ok(End::Aborted),
        () = over(timeout) => Ok(End::TimedOut),
    }
}

/// Returns when `timeout` is over; never without one.
pub(super) async fn over(timeout: Option<Duration>) {
    match timeout {
        Some(timeout) => tokio::time::sleep(timeout).await,
        None => std::future::pending().await,
    }
}
