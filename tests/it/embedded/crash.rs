//! What is there after a stop, a crash, or a second start.

use std::{path::Path, sync::Arc};

use flyte_idl::flyteidl2::{common::ActionPhase, workflow::action_details};
use flyte_webhook::embedded;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio_util::sync::CancellationToken;

use super::bench::{ControlPlane, options, retries};

const SUCCEEDED: ActionPhase = ActionPhase::ACTION_PHASE_SUCCEEDED;
const RUNNING: ActionPhase = ActionPhase::ACTION_PHASE_RUNNING;
const FAILED: ActionPhase = ActionPhase::ACTION_PHASE_FAILED;

async fn start_work(control_plane: &ControlPlane) {
    control_plane
        .deploy_script("test.once", "sleep 600", retries(0))
        .await;
    // Sleeps on its first attempt only.
    let script = "test -e ../../seen || { touch ../../seen; sleep 600; }";
    control_plane
        .deploy_script("test.again", script, retries(1))
        .await;
    control_plane.run("done", "demo.hello").await;
    control_plane.until("done", "a0", SUCCEEDED).await;
    control_plane.run("once", "test.once").await;
    control_plane.until("once", "a0", RUNNING).await;
    control_plane.run("again", "test.again").await;
    control_plane.until("again", "a0", RUNNING).await;
    control_plane.until_exists("again/a0/seen").await;
    // The two that sleep hold both places.
    control_plane.run("waiting", "demo.hello").await;
}

async fn expect_recovery(control_plane: &ControlPlane) {
    let once = control_plane.until("once", "a0", FAILED).await;
    let Some(action_details::Result::ErrorInfo(error)) = &once.result else {
        panic!("no error but {:?}", once.result);
    };
    assert_eq!(
        (error.code.as_str(), error.message.as_str()),
        (
            "Interrupted",
            "the control plane stopped during attempt 1; start the run again, or declare retries"
        )
    );
    let again = control_plane.until("again", "a0", SUCCEEDED).await;
    assert_eq!(again.status.attempts, 2);
    control_plane.until("waiting", "a0", SUCCEEDED).await;
    assert_eq!(control_plane.details("done").await.status.phase, SUCCEEDED);
    assert_eq!(
        control_plane
            .action_data("done")
            .await
            .outputs
            .literals
            .len(),
        1
    );
}

#[tokio::test]
async fn after_a_stop_everything_goes_on() {
    let directory = Arc::new(TempDir::new().unwrap());
    let control_plane = ControlPlane::start_in(directory, 2).await;
    start_work(&control_plane).await;
    let directory = control_plane.stop().await;
    expect_recovery(&ControlPlane::start_in(directory, 2).await).await;
}

#[test]
fn after_a_crash_everything_goes_on() {
    let directory = Arc::new(TempDir::new().unwrap());
    let first = Runtime::new().unwrap();
    first.block_on(async {
        let control_plane = ControlPlane::start_in(Arc::clone(&directory), 2).await;
        start_work(&control_plane).await;
    });
    // Every task of it ends where it is, as with a killed process.
    drop(first);
    Runtime::new().unwrap().block_on(async {
        expect_recovery(&ControlPlane::start_in(directory, 2).await).await;
    });
}

async fn refusal(directory: &Path) -> String {
    let options = options(directory, 1);
    let Err(error) = embedded::start(options, CancellationToken::new()).await else {
        panic!("it started");
    };
    let source = std::error::Error::source(&error).map(ToString::to_string);
    format!("{error}: {}", source.unwrap_or_default())
}

#[tokio::test]
async fn a_second_process_is_kept_out_of_the_directory() {
    let control_plane = ControlPlane::start().await;
    let directory = control_plane.directory.path().canonicalize().unwrap();
    assert_eq!(
        refusal(&directory).await,
        format!(
            "the data directory cannot be used: {} is in use by another process; stop it or \
             choose another data directory",
            directory.display()
        )
    );
    let directory = control_plane.stop().await;
    ControlPlane::start_in(directory, 1).await;
}

#[tokio::test]
async fn a_stop_does_not_wait_for_those_who_watch() {
    let control_plane = ControlPlane::start().await;
    control_plane
        .deploy_script("test.sleep", "sleep 600", retries(0))
        .await;
    control_plane.run("long", "test.sleep").await;
    let (runs, running) = (
        control_plane.runs(),
        control_plane.until("long", "a0", RUNNING),
    );
    running.await;
    let request = flyte_idl::flyteidl2::workflow::WatchRunsRequest {
        target: Some(
            flyte_idl::flyteidl2::workflow::watch_runs_request::Target::ProjectId(Box::new(
                super::bench::project_id(),
            )),
        ),
        ..Default::default()
    };
    let mut stream = runs.watch_runs(request).await.unwrap();
    stream.message().await.unwrap().unwrap();
    let started = std::time::Instant::now();
    control_plane.stop().await;
    assert!(started.elapsed() < std::time::Duration::from_secs(5));
}
