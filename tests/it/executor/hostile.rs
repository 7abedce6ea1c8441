//! Tasks that do not end, do not die, or leave something else than results.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use buffa::MessageField;
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_webhook::embedded::executor::{Attempt, Outcome, execute};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::attempt::Bench;
use super::failed;

/// Starts a child without any environment, a grandchild, neither of which ends when asked to, and
/// one in a session of its own.
const FAMILY: &str = "env -i sh -c 'trap \"\" TERM; sh -c \"trap : TERM; while :; do sleep 1; done\" & echo $! >> pids; while :; do sleep 1; done' &
echo $! >> pids
setsid sh -c 'echo $$ >> pids; exec sleep 1000' > /dev/null 2>&1 &
echo $$ >> pids
while [ \"$(wc -l < pids)\" -lt 4 ]; do sleep 0.01; done
touch ready
";

async fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "waited in vain until {what}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Whether a process runs; one that waits to be reaped does not.
fn alive(id: &str) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let state = status
        .rsplit(") ")
        .next()
        .and_then(|rest| rest.chars().next());
    !matches!(state, None | Some('Z' | 'X'))
}

async fn all_dead(working: &Path) {
    let ids = std::fs::read_to_string(working.join("pids")).unwrap();
    assert_eq!(ids.lines().count(), 4, "{ids}");
    for id in ids.lines() {
        until("every process is dead", || !alive(id)).await;
    }
}

async fn aborted_when_ready(bench: &Bench, attempt: Attempt) -> Outcome {
    let abort = CancellationToken::new();
    let ready = attempt.directory.join("work/ready");
    let (outcome, ()) = tokio::join!(execute(attempt, mpsc::channel(2).0, abort.clone()), async {
        until("the task is ready", || ready.exists()).await;
        abort.cancel();
    });
    all_dead(&bench.path("attempt/work")).await;
    outcome
}

#[tokio::test]
async fn abort_kills_every_descendant() {
    let bench = Bench::new();
    let attempt = bench.script(&format!("{FAMILY}\nwait"), &[]);
    assert_eq!(aborted_when_ready(&bench, attempt).await, Outcome::Aborted);
}

#[tokio::test]
async fn abort_kills_a_task_that_ignores_the_request() {
    let bench = Bench::new();
    let attempt = bench.script(
        &format!("trap '' TERM\n{FAMILY}\nwhile :; do sleep 1; done"),
        &[],
    );
    assert_eq!(aborted_when_ready(&bench, attempt).await, Outcome::Aborted);
}

#[tokio::test]
async fn abort_leaves_a_task_time_to_clean_up() {
    let bench = Bench::new();
    let script = format!("trap 'touch cleaned; exit' TERM\n{FAMILY}\nwait");
    assert_eq!(
        aborted_when_ready(&bench, bench.script(&script, &[])).await,
        Outcome::Aborted
    );
    assert!(bench.path("attempt/work/cleaned").exists());
}

#[tokio::test]
async fn an_attempt_that_is_aborted_before_it_starts_does_not_start() {
    let bench = Bench::new();
    let abort = CancellationToken::new();
    abort.cancel();
    let attempt = bench.script("touch started", &[]);
    assert_eq!(
        execute(attempt, mpsc::channel(2).0, abort).await,
        Outcome::Aborted
    );
    assert!(!bench.path("attempt/work/started").exists());
}

#[tokio::test]
async fn a_timeout_kills_every_descendant() {
    let bench = Bench::new();
    let mut attempt = bench.script(&format!("{FAMILY}\nwait"), &[]);
    attempt.timeout = Some(Duration::from_secs(2));
    assert_eq!(bench.execute(attempt).await, Outcome::TimedOut);
    all_dead(&bench.path("attempt/work")).await;
}

#[tokio::test]
async fn what_a_finished_task_left_running_is_killed() {
    let bench = Bench::new();
    let mut attempt = bench.script(FAMILY, &[]);
    attempt.template.interface = MessageField::default();
    let output_uri = attempt.output_prefix.clone();
    let outcome = bench.execute(attempt).await;
    assert_eq!(
        outcome,
        Outcome::Succeeded {
            outputs: Vec::new(),
            output_uri
        }
    );
    all_dead(&bench.path("attempt/work")).await;
}

#[tokio::test]
async fn dropping_the_attempt_kills_every_descendant() {
    let bench = Bench::new();
    let attempt = bench.script(&format!("{FAMILY}\nwait"), &[]);
    let ready = bench.path("attempt/work/ready");
    tokio::select! {
        outcome = bench.execute(attempt) => panic!("it ended: {outcome:?}"),
        () = until("the task is ready", || ready.exists()) => {}
    }
    all_dead(&bench.path("attempt/work")).await;
}

#[tokio::test]
async fn an_unknown_template_variable_starts_nothing() {
    let bench = Bench::new();
    let attempt = bench.script("touch started", &["{{.outputPrefx}}"]);
    let message = "the command uses the template variable `{{.outputPrefx}}`, which is not known here; known are input, outputPrefix, rawOutputDataPrefix, checkpointOutputPrefix, prevCheckpointPrefix, runName, actionName, runStartTime, attempt, inputs.<name>";
    assert_eq!(
        bench.execute(attempt).await,
        failed("InvalidCommand", message, ErrorKind::User, false)
    );
    assert!(!bench.path("attempt/work/started").exists());
}

#[tokio::test]
async fn a_missing_program_is_named() {
    let bench = Bench::new();
    for program in [
        "no-such-program",
        "./no-such-program",
        "/etc/passwd",
        "/tmp",
        "",
    ] {
        let message = format!(
            "the program `{program}` is not on this machine's PATH; the container image is not used here, so install it, or start the server with a PATH that has it"
        );
        let outcome = bench.execute(bench.attempt(&[program], &[])).await;
        assert_eq!(
            outcome,
            failed("ProgramNotFound", &message, ErrorKind::User, false)
        );
    }
}

#[tokio::test]
async fn a_missing_sdk_says_how_to_install_it() {
    let bench = Bench::new();
    let message = "`a0`, the entry point of the Flyte SDK, is not on the PATH of the server; install it with `pip install flyte==2.12.1` in a virtualenv and start the server inside that virtualenv";
    let outcome = bench
        .execute(bench.attempt(&[], &["a0", "--version", "v1"]))
        .await;
    assert_eq!(
        outcome,
        failed("ProgramNotFound", message, ErrorKind::User, false)
    );
}

#[tokio::test]
async fn a_task_without_command_or_container_is_refused() {
    let bench = Bench::new();
    let message = "the task's container has neither command nor arguments; give it a command";
    let outcome = bench.execute(bench.attempt(&[], &[])).await;
    assert_eq!(
        outcome,
        failed("InvalidCommand", message, ErrorKind::User, false)
    );

    let mut attempt = bench.attempt(&[], &[]);
    attempt.template.target = None;
    let message = "the task's type is `python` and it has no container; the embedded control plane runs containers as local processes, and tasks of type `demo`";
    assert_eq!(
        bench.execute(attempt).await,
        failed("UnsupportedTask", message, ErrorKind::User, false)
    );
}

#[tokio::test]
async fn a_location_that_is_not_local_is_refused() {
    let bench = Bench::new();
    for uri in ["s3://bucket/key", "relative/path", "file://host/path", ""] {
        let mut attempt = bench.script("true", &[]);
        attempt.output_prefix = uri.to_owned();
        let message = format!(
            "the location `{uri}` is not on this machine's disk; the embedded control plane takes absolute paths and `file://` URLs"
        );
        let outcome = bench.execute(attempt).await;
        assert_eq!(
            outcome,
            failed("UnsupportedLocation", &message, ErrorKind::User, false)
        );
    }
}

#[tokio::test]
async fn results_that_are_no_results_are_refused() {
    let cases = [
        (
            "printf '\\377\\377' > \"$1/outputs.pb\"",
            "InvalidOutputs",
            "`outputs.pb` is not what a task writes there: ",
        ),
        (
            "mkfifo \"$1/outputs.pb\"",
            "InvalidOutputs",
            "`outputs.pb` is no regular file",
        ),
        (
            "mkdir \"$1/error.pb\"",
            "InvalidOutputs",
            "`error.pb` is no regular file",
        ),
        (
            "truncate -s 11M \"$1/outputs.pb\"",
            "InvalidOutputs",
            "`outputs.pb` has more than 10485760 bytes, the limit; return a File or a Dir for large data",
        ),
        (
            ": > \"$1/outputs.pb\"",
            "OutputsNotFound",
            "the task's `outputs.pb` does not hold `o0`, which its interface declares",
        ),
    ];
    for (script, code, message) in cases {
        let bench = Bench::new();
        let Outcome::Failed(failure) = bench
            .execute(bench.script(script, &["{{.outputPrefix}}"]))
            .await
        else {
            panic!("{script} did not fail");
        };
        assert_eq!(
            (failure.code.as_str(), failure.kind),
            (code, ErrorKind::User),
            "{script}"
        );
        assert!(
            failure.message.starts_with(message),
            "{script}: {}",
            failure.message
        );
    }
}

#[tokio::test]
async fn variables_that_no_process_can_have_are_left_out() {
    let bench = Bench::new();
    let mut attempt = bench.script("exit 4", &[]);
    attempt.envs = [("", "x"), ("A=B", "x"), ("NUL\0", "x"), ("VALUE", "\0")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let message = "the process exited with code 4 and printed nothing";
    assert_eq!(
        bench.execute(attempt).await,
        failed("NonZeroExitCode", message, ErrorKind::User, true)
    );
}

/// Started by the test below in a process of its own, in the directory to use.
#[tokio::test]
#[ignore = "the victim of another test"]
async fn server_that_waits_to_be_killed() {
    if !Path::new("victim").exists() {
        return;
    }
    let bench = Bench::at(&std::env::current_dir().unwrap());
    bench
        .execute(bench.script(&format!("{FAMILY}\nwait"), &[]))
        .await;
}

#[tokio::test]
async fn a_task_does_not_outlive_a_killed_server() {
    let bench = Bench::new();
    std::fs::write(bench.path("victim"), "").unwrap();
    let mut server = Command::new(std::env::current_exe().unwrap())
        .args([
            "--ignored",
            "--exact",
            "executor::hostile::server_that_waits_to_be_killed",
        ])
        .current_dir(bench.path(""))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let working = bench.path("attempt/work");
    until("the task is ready", || working.join("ready").exists()).await;
    server.kill().unwrap();
    server.wait().unwrap();
    all_dead(&working).await;
}
