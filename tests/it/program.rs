//! The real binary as a process of its own.

use std::{
    collections::HashMap,
    fs,
    io::Write,
    net::SocketAddr,
    process::{ExitStatus, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use tempfile::NamedTempFile;
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStderr, Command},
    sync::watch,
    task::JoinHandle,
    time::timeout,
};

use crate::harness::spawn;

/// How long to wait for a line of the log; the machine may be busy.
const PATIENCE: Duration = Duration::from_mins(1);

/// `flyte-webhook serve`; killed when it is dropped.
pub(crate) struct Program {
    pub(crate) address: SocketAddr,
    child: Child,
    log: watch::Receiver<String>,
    logging: JoinHandle<()>,
    configuration: NamedTempFile,
}

impl Program {
    /// Starts the program on a free port and waits until it serves.
    pub(crate) async fn serve(endpoint: &str, yaml: &str) -> Self {
        Self::serve_in(HashMap::new(), endpoint, yaml).await
    }

    /// The same with more in its environment.
    pub(crate) async fn serve_in(
        environment: HashMap<&str, &str>,
        endpoint: &str,
        yaml: &str,
    ) -> Self {
        let mut command = command(endpoint);
        command.envs(environment);
        Self::start(command, yaml).await
    }

    /// `flyte-webhook connector` with nothing in its environment but this.
    pub(crate) async fn connector(environment: HashMap<&str, &str>, yaml: &str) -> Self {
        let mut command = Command::from(bare());
        command
            .arg("connector")
            .envs(environment)
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self::start(command, yaml).await
    }

    /// The same with so many file descriptors and no more.
    pub(crate) async fn with_files(files: usize, endpoint: &str, yaml: &str) -> Self {
        Self::limited(&format!("ulimit -n {files}"), endpoint, yaml).await
    }

    /// The same after these words to the shell.
    pub(crate) async fn limited(limits: &str, endpoint: &str, yaml: &str) -> Self {
        let unlimited = command(endpoint);
        let unlimited = unlimited.as_std();
        let mut limited = Command::new("/bin/sh");
        limited
            .args(["-c", &format!("{limits} && exec \"$0\" \"$@\"")])
            .arg(unlimited.get_program())
            .args(unlimited.get_args())
            .env_clear()
            .envs(
                unlimited
                    .get_envs()
                    .filter_map(|(name, value)| Some((name, value?))),
            )
            .stdin(Stdio::null())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        Self::start(limited, yaml).await
    }

    async fn start(mut command: Command, yaml: &str) -> Self {
        let mut configuration = NamedTempFile::with_suffix(".yaml").unwrap();
        configuration.write_all(yaml.as_bytes()).unwrap();
        let mut child = command
            .args(["--port", "0", "--config"])
            .arg(configuration.path())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut log = String::new();
        let address = loop {
            let line = lines.next_line().await.unwrap();
            let line = line.unwrap_or_else(|| panic!("ended before it served: {log}"));
            log.push_str(&line);
            if let Some(address) = address(&line) {
                break address;
            }
            log.push('\n');
        };
        let (sender, receiver) = watch::channel(log);
        Self {
            address,
            child,
            log: receiver,
            logging: spawn(rest(lines, sender)),
            configuration,
        }
    }

    /// The memory in use now, in KiB.
    pub(crate) fn memory(&self) -> u64 {
        self.status("VmRSS")
    }

    /// The most memory in use since the start or the last
    /// [`forget_peak`](Self::forget_peak), in KiB.
    pub(crate) fn peak_memory(&self) -> u64 {
        self.status("VmHWM")
    }

    /// Starts to look for the peak anew.
    pub(crate) fn forget_peak(&self) {
        fs::write(self.file("clear_refs"), "5").unwrap();
    }

    /// Tells the program to stop, as a service manager does.
    pub(crate) fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// Tells the program to read its configuration anew.
    pub(crate) fn hang_up(&self) {
        self.signal(Signal::SIGHUP);
    }

    /// Writes another configuration.
    pub(crate) fn rewrite(&self, yaml: &str) {
        fs::write(self.configuration.path(), yaml).unwrap();
    }

    /// Waits until the log has this text so often.
    pub(crate) async fn logged(&self, text: &str, times: usize) {
        let mut log = self.log.clone();
        let has_it = |log: &String| log.matches(text).count() >= times;
        let waited = timeout(PATIENCE, log.wait_for(has_it)).await;
        let log = waited.unwrap_or_else(|_late| panic!("no {text}: {}", *self.log.borrow()));
        log.expect("it logs until it ends");
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.borrow().clone()
    }

    /// How many files it has open.
    pub(crate) fn open_files(&self) -> usize {
        fs::read_dir(self.file("fd")).unwrap().count()
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.id()).unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }

    /// Ends the program without a chance to do anything.
    pub(crate) async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }

    /// Waits for the end; gives how it ended and all that it logged.
    pub(crate) async fn ended(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().await.unwrap();
        self.logging.await.unwrap();
        (status, self.log.borrow().clone())
    }

    pub(crate) fn id(&self) -> u32 {
        self.child
            .id()
            .expect("the process has not been waited for")
    }

    fn file(&self, name: &str) -> String {
        format!("/proc/{}/{name}", self.id())
    }

    fn status(&self, field: &str) -> u64 {
        let status = fs::read_to_string(self.file("status")).unwrap();
        let line = status.lines().find(|line| line.starts_with(field));
        let number = line.unwrap().split_whitespace().nth(1);
        number.unwrap().parse().unwrap()
    }
}

/// The program with nothing of this process's environment, but for where to count which of its
/// lines run, where that is counted.
pub(crate) fn bare() -> std::process::Command {
    const COUNTS: &str = "LLVM_PROFILE_FILE";
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_flyte-webhook"));
    command.env_clear();
    command.envs(std::env::var_os(COUNTS).map(|file| (COUNTS, file)));
    command
}

/// `flyte-webhook serve` with nothing of this process's environment.
pub(crate) fn command(endpoint: &str) -> Command {
    let mut command = Command::from(bare());
    command
        .args(["serve", "--host", "127.0.0.1"])
        .env("_U_EP_OVERRIDE", endpoint)
        .env("FLYTE_INTERNAL_EXECUTION_PROJECT", "flytesnacks")
        .env("FLYTE_INTERNAL_EXECUTION_DOMAIN", "development")
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .kill_on_drop(true);
    command
}

/// The address in the line that says that the program serves.
fn address(line: &str) -> Option<SocketAddr> {
    let line: serde_json::Value = serde_json::from_str(line).ok()?;
    let named = ["server.address", "connector.address"].map(|name| line[name].as_str());
    named.into_iter().flatten().next()?.parse().ok()
}

async fn rest(mut lines: Lines<BufReader<ChildStderr>>, log: watch::Sender<String>) {
    while let Some(line) = lines.next_line().await.unwrap() {
        log.send_modify(|log| {
            log.push('\n');
            log.push_str(&line);
        });
    }
}
