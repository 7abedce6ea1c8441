//! What the rows of the inbox share: a process that accepts, and a look at what it left.

pub(crate) mod drive;

use std::{collections::HashSet, path::Path, process::Stdio, time::Duration};

use sqlx::{Connection, SqliteConnection};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout, Command},
};

use crate::kept::Kept;

/// A process of its own that accepts deliveries into an inbox.
pub(crate) struct Driver {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
    /// Held open: the process ends with it.
    input: ChildStdin,
    /// How long opening took.
    pub(crate) opened: Duration,
}

impl Driver {
    pub(crate) async fn start(mode: &str, directory: &Path, prefix: &str) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args([drive::NAME, mode]).arg(directory).arg(prefix);
        Self::run(command).await
    }

    /// The same, with all that it writes recorded, each thread in a file of its own.
    pub(crate) async fn traced(logs: &Path, directory: &Path) -> Self {
        let mut command = Command::new("strace");
        command
            .args(["-ff", "-ttt", "-T", "-y", "-xx", "-s", "1000000"])
            .args(["-e", "trace=write,pwrite64,lseek,fsync,fdatasync,ftruncate"])
            .arg("-o")
            .arg(logs.join("calls"))
            .arg(std::env::current_exe().unwrap())
            .args([drive::NAME, "accept"])
            .arg(directory)
            .arg("a");
        Self::run(command).await
    }

    async fn run(mut command: Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let ready = lines.next_line().await.unwrap();
        let ready = ready.expect("the driver opens the inbox");
        let micros = ready.strip_prefix("ready ").unwrap().parse().unwrap();
        Self {
            input: child.stdin.take().unwrap(),
            child,
            lines,
            opened: Duration::from_micros(micros),
        }
    }

    pub(crate) fn id(&self) -> u32 {
        self.child.id().expect("it runs")
    }

    /// The next line that it says.
    pub(crate) async fn line(&mut self) -> Option<String> {
        self.lines.next_line().await.unwrap()
    }

    /// Lets it end.
    pub(crate) async fn end(mut self) {
        drop(self.input);
        while self.lines.next_line().await.unwrap().is_some() {}
        self.child.wait().await.unwrap();
    }

    /// Kills it; gives what it had said and nobody has read.
    pub(crate) async fn kill(mut self) -> Vec<String> {
        self.child.start_kill().unwrap();
        self.child.wait().await.unwrap();
        let mut rest = Vec::new();
        while let Some(line) = self.line().await {
            rest.push(line);
        }
        rest
    }
}

/// What is wrong with an inbox that acknowledged these deliveries.
pub(crate) async fn wrong(directory: &Path, acknowledged: &HashSet<String>) -> Vec<String> {
    let kept = Kept::within(directory).await;
    let mut wrong = kept.inbox.check().await.unwrap();
    wrong.extend(missing(&directory.join("inbox.db"), acknowledged).await);
    kept.close().await;
    wrong
}

async fn missing(file: &Path, acknowledged: &HashSet<String>) -> Vec<String> {
    let url = format!("sqlite://{}", file.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    let stored: Vec<String> = sqlx::query_scalar(
        "SELECT d.delivery_id FROM deliveries d JOIN launches l ON l.delivery = d.id \
         JOIN inputs i ON i.launch = l.id JOIN payloads p ON p.delivery = d.id",
    )
    .fetch_all(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();
    let distinct: HashSet<&String> = stored.iter().collect();
    let twice = stored.len() - distinct.len();
    let lost = acknowledged.iter().filter(|id| !distinct.contains(id));
    let mut wrong: Vec<String> = lost.map(|id| format!("{id} is lost")).collect();
    wrong.extend((twice > 0).then(|| format!("{twice} are there twice")));
    wrong
}
