//! A PostgreSQL server of the test's own, on a socket in a directory of its own.

use std::{
    fs::{self, File},
    os::unix::{
        fs::{MetadataExt, PermissionsExt, chown},
        process::CommandExt,
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use nix::{
    sys::signal::{Signal, kill},
    unistd::Pid,
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tempfile::TempDir;

/// What it says, in its directory.
const LOG: &str = "log";

/// A running server; stops when it is dropped.
pub(crate) struct Server {
    directory: TempDir,
    child: Child,
    fsync: bool,
}

impl Server {
    pub(crate) async fn start(fsync: bool) -> Self {
        let directory = tempfile::tempdir().unwrap();
        if let Some((user, group)) = other_user() {
            chown(directory.path(), Some(user), Some(group)).unwrap();
        }
        fs::set_permissions(directory.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let data = directory.path().join("data");
        let made = program("initdb", directory.path())
            .args(["--auth=trust", "--username=inbox", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&data)
            .stdout(Stdio::null())
            .status();
        assert!(made.unwrap().success());
        let child = serve(directory.path(), fsync);
        let server = Self {
            directory,
            child,
            fsync,
        };
        server.reached().await;
        server
    }

    /// Kills it, as a crash does, and starts it again.
    pub(crate) async fn crash(&mut self) {
        self.signal(Signal::SIGQUIT);
        self.child.wait().unwrap();
        self.child = serve(self.directory.path(), self.fsync);
        self.reached().await;
    }

    pub(crate) async fn create(&self, database: &str) {
        let mut connection = PgConnection::connect(&self.url("postgres")).await.unwrap();
        let create = format!("CREATE DATABASE {database}");
        let create = sqlx::raw_sql(AssertSqlSafe(create));
        create.execute(&mut connection).await.unwrap();
    }

    pub(crate) fn url(&self, database: &str) -> String {
        let socket = self.directory.path().display();
        format!("postgres://inbox@localhost/{database}?host={socket}")
    }

    async fn reached(&self) {
        for _ in 0..3_000 {
            if PgConnection::connect(&self.url("postgres")).await.is_ok() {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let log = fs::read_to_string(self.directory.path().join(LOG)).unwrap();
        panic!("PostgreSQL does not answer: {log}");
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.child.id()).unwrap();
        kill(Pid::from_raw(id), signal).unwrap();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.signal(Signal::SIGQUIT);
        self.child.wait().unwrap();
    }
}

fn serve(directory: &Path, fsync: bool) -> Child {
    let log = directory.join(LOG);
    let log = File::options().append(true).create(true).open(log).unwrap();
    let setting = if fsync { "fsync=on" } else { "fsync=off" };
    program("postgres", directory)
        .args(["-c", "listen_addresses=", "-c", setting, "-k"])
        .arg(directory)
        .arg("-D")
        .arg(directory.join("data"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap()
}

/// One of PostgreSQL's programs, which refuse to run as root.
fn program(name: &str, directory: &Path) -> Command {
    let mut command = Command::new(binaries().join(name));
    command.current_dir(directory).stdin(Stdio::null());
    if let Some((user, group)) = other_user() {
        command.uid(user).gid(group);
    }
    command
}

/// The newest that Debian has installed, or where `POSTGRES_BIN` says.
fn binaries() -> PathBuf {
    if let Some(path) = std::env::var_os("POSTGRES_BIN") {
        return path.into();
    }
    let installed = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let paths = installed.map(|entry| entry.unwrap().path().join("bin"));
    let found = paths.filter(|path| path.join("initdb").exists()).max();
    found.expect("PostgreSQL is installed: run tests/postgres/install-postgres.sh")
}

/// Whom to run as where this is root: the user that Debian makes, or nobody.
fn other_user() -> Option<(u32, u32)> {
    if fs::metadata("/proc/self").unwrap().uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").unwrap();
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let ids = line.map(|line| {
        let mut fields = line.split(':').skip(2).map(|field| field.parse().unwrap());
        (fields.next().unwrap(), fields.next().unwrap())
    });
    Some(ids.unwrap_or((65_534, 65_534)))
}
