//! Attempts whose container command is a shell script.

mod attempt;
mod demo;
mod hostile;
mod sdk;
mod webhook;

use std::time::Duration;

use buffa::MessageField;
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_webhook::embedded::executor::{Failure, LOG_FILE, Outcome, Phase};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use attempt::{Bench, integer};

fn failed(code: &str, message: &str, kind: ErrorKind, recoverable: bool) -> Outcome {
    Outcome::Failed(Failure {
        code: code.to_owned(),
        message: message.to_owned(),
        kind,
        recoverable,
    })
}

#[tokio::test]
async fn the_outputs_file_becomes_the_outputs() {
    let bench = Bench::new();
    bench.prepare_outputs("o0", integer(7));
    let attempt = bench.script(
        "cp ../../prepared.pb \"$1/outputs.pb\"",
        &["{{.outputPrefix}}"],
    );
    let output_uri = attempt.output_prefix.clone();
    let outputs = vec![attempt::named("o0", integer(7))];
    assert_eq!(
        bench.execute(attempt).await,
        Outcome::Succeeded {
            outputs,
            output_uri
        }
    );
}

#[tokio::test]
async fn locations_may_be_file_urls_with_spaces() {
    let bench = Bench::new();
    bench.prepare_outputs("o0", integer(7));
    let mut attempt = bench.script(
        "cp ../../prepared.pb \"${1#file://}/outputs.pb\"",
        &["{{.outputPrefix}}"],
    );
    for uri in [
        &mut attempt.output_prefix,
        &mut attempt.run_base,
        &mut attempt.raw_data_prefix,
        &mut attempt.checkpoint_prefix,
    ] {
        *uri = format!("file://{}", uri.replace("/run/", "/r u n/"));
    }
    let output_uri = attempt.output_prefix.clone();
    let outputs = vec![attempt::named("o0", integer(7))];
    assert_eq!(
        bench.execute(attempt).await,
        Outcome::Succeeded {
            outputs,
            output_uri
        }
    );
}

#[tokio::test]
async fn a_task_without_outputs_needs_no_outputs_file() {
    let bench = Bench::new();
    let mut attempt = bench.script("true", &[]);
    attempt.template.interface = MessageField::default();
    let output_uri = attempt.output_prefix.clone();
    assert_eq!(
        bench.execute(attempt).await,
        Outcome::Succeeded {
            outputs: Vec::new(),
            output_uri
        }
    );
}

#[tokio::test]
async fn phases_are_told_in_order() {
    let bench = Bench::new();
    let (sender, mut phases) = mpsc::channel(2);
    let attempt = bench.script("exit 1", &[]);
    flyte_webhook::embedded::executor::execute(attempt, sender, CancellationToken::new()).await;
    assert_eq!(phases.recv().await, Some(Phase::Initializing));
    assert_eq!(phases.recv().await, Some(Phase::Running));
    assert_eq!(phases.recv().await, None);
}

#[tokio::test]
async fn a_phase_nobody_reads_holds_up_nothing() {
    let bench = Bench::new();
    let (sender, _unread) = mpsc::channel(1);
    let attempt = bench.script("exit 1", &[]);
    let run = flyte_webhook::embedded::executor::execute(attempt, sender, CancellationToken::new());
    assert!(
        tokio::time::timeout(Duration::from_secs(10), run)
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn a_bad_exit_shows_code_and_last_output() {
    let bench = Bench::new();
    let outcome = bench
        .run("echo working; echo no such thing >&2; exit 3")
        .await;
    let message = "the process exited with code 3; the end of its output:\nworking\nno such thing";
    assert_eq!(
        outcome,
        failed("NonZeroExitCode", message, ErrorKind::User, true)
    );
}

#[tokio::test]
async fn a_silent_bad_exit_says_so() {
    let outcome = Bench::new().run("exit 1").await;
    let message = "the process exited with code 1 and printed nothing";
    assert_eq!(
        outcome,
        failed("NonZeroExitCode", message, ErrorKind::User, true)
    );
}

#[tokio::test]
async fn a_signal_is_named() {
    let outcome = Bench::new().run("kill -9 $$").await;
    let message = "the process was ended by a signal (signal: 9 (SIGKILL)) and printed nothing";
    assert_eq!(outcome, failed("Killed", message, ErrorKind::User, true));
}

#[tokio::test]
async fn the_reported_error_comes_before_exit_code_and_outputs() {
    let bench = Bench::new();
    bench.prepare_error("ValueError", "boom");
    let script = "cp ../../prepared.pb \"$1/error.pb\"; touch \"$1/outputs.pb\"; exit ";
    for code in ["0", "1"] {
        let attempt = bench.script(&format!("{script}{code}"), &["{{.outputPrefix}}"]);
        assert_eq!(
            bench.execute(attempt).await,
            failed("ValueError", "boom", ErrorKind::User, false)
        );
    }
}

#[tokio::test]
async fn results_of_an_attempt_before_do_not_count() {
    let bench = Bench::new();
    bench.prepare_outputs("o0", integer(7));
    let attempt = bench.script("true", &[]);
    std::fs::create_dir_all(&attempt.output_prefix).unwrap();
    std::fs::copy(
        bench.path("prepared.pb"),
        format!("{}/outputs.pb", attempt.output_prefix),
    )
    .unwrap();
    let message = "the task ended without an error and wrote no `outputs.pb` to its output prefix, but its interface declares `o0`; write the file or return a value";
    assert_eq!(
        bench.execute(attempt).await,
        failed("OutputsNotFound", message, ErrorKind::User, false)
    );
}

#[tokio::test]
async fn every_template_variable_is_rendered() {
    let bench = Bench::new();
    let mut attempt = bench.script(
        "printf '%s\\n' \"$@\"; exit 1",
        &[
            "{{.input}}",
            "{{.outputPrefix}}",
            "{{.rawOutputDataPrefix}}",
            "{{.checkpointOutputPrefix}}",
            "<{{.prevCheckpointPrefix}}>",
            "{{.runName}}/{{.actionName}}",
            "{{.runStartTime}}",
            "{{.inputs.x}}",
            "{{ jinja }}",
        ],
    );
    attempt.inputs = vec![attempt::named("x", integer(5))];
    bench.execute(attempt).await;
    let base = bench.path("run").display().to_string();
    let expected = format!(
        "{base}/inputs.pb\n{base}/a0/1\n{base}/raw\n{base}/a0/1/_flytecheckpoints\n<>\nr1/a0\n2026-01-02T03:04:05.000000Z\n5\n{{{{ jinja }}}}\n"
    );
    assert_eq!(bench.log(), expected);
}

#[tokio::test]
async fn the_environment_is_what_the_runtime_reads_and_no_secret() {
    let bench = Bench::new();
    let mut attempt = bench.script("env | sort; pwd; exit 1", &[]);
    attempt.envs = vec![
        ("LOG_LEVEL".to_owned(), "30".to_owned()),
        ("RUN_NAME".to_owned(), "other".to_owned()),
    ];
    bench.execute(attempt).await;
    let attempt = bench.path("attempt").display().to_string();
    let base = bench.path("run").display().to_string();
    let expected = format!(
        "ACTION_NAME=a0
FLYTE_ATTEMPT_NUMBER=0
FLYTE_INTERNAL_EXECUTION_DOMAIN=development
FLYTE_INTERNAL_EXECUTION_PROJECT=flytesnacks
FLYTE_WEBHOOK_ATTEMPT={attempt}
FSSPEC_FILE_AUTO_MKDIR=true
LC_ALL=C
LOG_LEVEL=30
PATH=/usr/bin:/bin
PWD={attempt}/work
PYTHONUNBUFFERED=1
RUN_NAME=r1
_U_EP_OVERRIDE=127.0.0.1:9
_U_INSECURE=true
_U_ORG_NAME=local
_U_RUN_BASE={base}
_U_USE_ACTIONS=1
{attempt}/work
"
    );
    assert_eq!(bench.log(), expected);
}

#[tokio::test]
async fn a_log_of_a_talkative_task_is_bounded() {
    let bench = Bench::new();
    bench
        .run("head -c 8000000 /dev/zero | tr '\\0' x; echo; echo the end; exit 1")
        .await;
    let log = std::fs::metadata(bench.path("attempt").join(LOG_FILE)).unwrap();
    assert!(log.len() < 1_200_000, "{}", log.len());
    assert!(bench.log().ends_with("xxx\nthe end\n"));
}
