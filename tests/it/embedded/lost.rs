//! Callers that go away, and a store that refuses, while something is written.

use std::{sync::Arc, time::Duration};

use connectrpc::client::CallOptions;
use flyte_idl::flyteidl2::{common::ActionPhase, workflow::AbortRunRequest};
use sqlx::{Connection, SqliteConnection};
use tempfile::TempDir;

use super::bench::{ControlPlane, create, retries, run_id};

const RUNNING: ActionPhase = ActionPhase::ACTION_PHASE_RUNNING;
const ABORTED: ActionPhase = ActionPhase::ACTION_PHASE_ABORTED;
const SUCCEEDED: ActionPhase = ActionPhase::ACTION_PHASE_SUCCEEDED;

/// A second connection to the database, as of somebody who looks into it.
async fn database(control_plane: &ControlPlane) -> SqliteConnection {
    let file = control_plane.directory.path().join("control-plane.sqlite");
    let url = format!("sqlite://{}", file.display());
    SqliteConnection::connect(&url).await.unwrap()
}

async fn execute(database: &mut SqliteConnection, statement: &'static str) {
    sqlx::raw_sql(statement).execute(database).await.unwrap();
}

fn briefly() -> CallOptions {
    CallOptions::default().with_timeout(Duration::from_millis(300))
}

#[tokio::test]
async fn a_run_starts_although_its_caller_gave_up_while_it_was_stored() {
    let control_plane = ControlPlane::start().await;
    let mut database = database(&control_plane).await;
    execute(&mut database, "BEGIN IMMEDIATE").await;
    let request = create("late", "demo.hello");
    let runs = control_plane.runs();
    runs.create_run_with_options(request, briefly())
        .await
        .unwrap_err();
    execute(&mut database, "COMMIT").await;
    // The writer goes on in its own time.
    let known = async {
        while control_plane.try_details("late").await.is_none() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(super::bench::PATIENCE, known)
        .await
        .unwrap();
    control_plane.until("late", "a0", SUCCEEDED).await;
}

#[tokio::test]
async fn an_abort_ends_the_attempt_although_its_caller_gave_up() {
    let directory = Arc::new(TempDir::new().unwrap());
    let control_plane = ControlPlane::start_in(directory, 1).await;
    control_plane
        .deploy_script("test.sleep", "sleep 600", retries(0))
        .await;
    control_plane.run("long", "test.sleep").await;
    control_plane.until("long", "a0", RUNNING).await;
    let mut database = database(&control_plane).await;
    execute(&mut database, "BEGIN IMMEDIATE").await;
    let request = AbortRunRequest {
        run_id: run_id("long").into(),
        ..Default::default()
    };
    let runs = control_plane.runs();
    runs.abort_run_with_options(request, briefly())
        .await
        .unwrap_err();
    execute(&mut database, "COMMIT").await;
    control_plane.until("long", "a0", ABORTED).await;
    // It has left its place, which is the only one.
    control_plane.run("next", "demo.hello").await;
    control_plane.until("next", "a0", SUCCEEDED).await;
}

#[tokio::test]
async fn the_end_of_an_attempt_is_kept_until_the_store_takes_it() {
    let control_plane = ControlPlane::start().await;
    let script = "while ! test -e ../../go; do sleep 0.02; done; touch ../../over";
    control_plane
        .deploy_script("test.wait", script, retries(0))
        .await;
    control_plane.run("kept", "test.wait").await;
    control_plane.until("kept", "a0", RUNNING).await;
    let mut database = database(&control_plane).await;
    let refuse = "CREATE TRIGGER refuse BEFORE UPDATE ON \
        actions WHEN new.state = 3 BEGIN SELECT RAISE(ABORT, 'no'); END";
    execute(&mut database, refuse).await;
    let go = "runs/flytesnacks/development/kept/a0/go";
    std::fs::write(control_plane.directory.path().join(go), "").unwrap();
    control_plane.until_exists("kept/a0/over").await;
    // Time for the first try, which nothing shows from outside.
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(control_plane.details("kept").await.status.phase, RUNNING);
    execute(&mut database, "DROP TRIGGER refuse").await;
    control_plane.until("kept", "a0", SUCCEEDED).await;
}
