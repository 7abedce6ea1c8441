//! Tasks that start other tasks.

use std::sync::Arc;

use connectrpc::{ErrorCode, client::HttpClient};
use flyte_idl::flyteidl2::{
    actions::{
        AbortRequest, Action, ActionsServiceClient, EnqueueRequest, WatchForUpdatesRequest, action,
        watch_for_updates_request::Filter, watch_for_updates_response::Message,
    },
    common::ActionPhase,
    task::TaskSpec,
    workflow::{AbortRunRequest, GetActionDetailsRequest, TaskAction, action_details},
};
use tempfile::TempDir;

use super::bench::{ControlPlane, action_id, retries, run_id, task_id};

const RUNNING: ActionPhase = ActionPhase::ACTION_PHASE_RUNNING;
const ABORTED: ActionPhase = ActionPhase::ACTION_PHASE_ABORTED;
const SUCCEEDED: ActionPhase = ActionPhase::ACTION_PHASE_SUCCEEDED;

fn actions(control_plane: &ControlPlane) -> ActionsServiceClient<HttpClient> {
    ActionsServiceClient::new(HttpClient::plaintext(), control_plane.config())
}

/// A parent that waits, in a control plane with one place at each depth.
async fn with_parent() -> ControlPlane {
    let directory = Arc::new(TempDir::new().unwrap());
    let control_plane = ControlPlane::start_in(directory, 1).await;
    control_plane
        .deploy_script("test.sleep", "sleep 600", retries(0))
        .await;
    control_plane.run("parent", "test.sleep").await;
    control_plane.until("parent", "a0", RUNNING).await;
    control_plane
}

async fn spec(control_plane: &ControlPlane, run: &str) -> TaskSpec {
    let request = GetActionDetailsRequest {
        action_id: action_id(run, "a0").into(),
        ..Default::default()
    };
    let answer = control_plane
        .runs()
        .get_action_details(request)
        .await
        .unwrap()
        .into_owned();
    match answer.details.into_option().unwrap().spec {
        Some(action_details::Spec::Task(spec)) => *spec,
        other => panic!("no task but {other:?}"),
    }
}

fn child(control_plane: &ControlPlane, name: &str, parent: &str, spec: TaskSpec) -> EnqueueRequest {
    let base = control_plane.directory.path().canonicalize().unwrap();
    let base = base.join("runs/flytesnacks/development/parent");
    let inputs = base.join(name).join("inputs.pb");
    std::fs::create_dir_all(inputs.parent().unwrap()).unwrap();
    std::fs::write(&inputs, []).unwrap();
    let task = TaskAction {
        id: task_id(&spec.task_template.id.name, "v1").into(),
        spec: spec.into(),
        ..Default::default()
    };
    let action = Action {
        action_id: action_id("parent", name).into(),
        parent_action_name: Some(parent.to_owned()),
        input_uri: inputs.display().to_string(),
        run_output_base: base.display().to_string(),
        spec: Some(action::Spec::Task(Box::new(task))),
        ..Default::default()
    };
    EnqueueRequest {
        action: action.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_parent_hears_of_its_children_and_no_limit_blocks_them() {
    let control_plane = with_parent().await;
    control_plane
        .deploy_script("test.quick", "true", retries(0))
        .await;
    // Created to have the spec at hand; the only place of its depth is taken.
    control_plane.run("other", "test.quick").await;
    let spec = spec(&control_plane, "other").await;
    let client = actions(&control_plane);
    let parent = Filter::ParentActionId(Box::new(action_id("parent", "a0")));
    let request = WatchForUpdatesRequest {
        filter: Some(parent),
        ..Default::default()
    };
    let mut updates = client.watch_for_updates(request).await.unwrap();
    let first = updates
        .message()
        .await
        .unwrap()
        .unwrap()
        .to_owned_message()
        .message;
    assert!(matches!(first, Some(Message::ControlMessage(message)) if message.sentinel));
    let request = child(&control_plane, "c1", "a0", spec);
    client.enqueue(request.clone()).await.unwrap();
    client.enqueue(request).await.unwrap();
    loop {
        let update = updates
            .message()
            .await
            .unwrap()
            .unwrap()
            .to_owned_message()
            .message;
        let Some(Message::ActionUpdate(update)) = update else {
            panic!("no update but {update:?}");
        };
        assert_eq!(update.action_id.name, "c1");
        if update.phase == SUCCEEDED {
            assert!(
                update.output_uri.ends_with("/parent/c1/1"),
                "{}",
                update.output_uri
            );
            break;
        }
    }
    assert_eq!(
        control_plane.details("other").await.status.phase,
        ActionPhase::ACTION_PHASE_QUEUED
    );
}

#[tokio::test]
async fn an_abort_of_a_run_reaches_all_below() {
    let control_plane = with_parent().await;
    let spec = spec(&control_plane, "parent").await;
    let client = actions(&control_plane);
    client
        .enqueue(child(&control_plane, "c1", "a0", spec.clone()))
        .await
        .unwrap();
    control_plane.until("parent", "c1", RUNNING).await;
    client
        .enqueue(child(&control_plane, "c2", "c1", spec.clone()))
        .await
        .unwrap();
    control_plane.until("parent", "c2", RUNNING).await;
    let request = AbortRunRequest {
        run_id: run_id("parent").into(),
        ..Default::default()
    };
    control_plane.runs().abort_run(request).await.unwrap();
    for action in ["a0", "c1", "c2"] {
        control_plane.until("parent", action, ABORTED).await;
    }
    let late = client
        .enqueue(child(&control_plane, "c3", "a0", spec))
        .await
        .unwrap_err();
    assert_eq!(late.code, ErrorCode::Aborted);
}

#[tokio::test]
async fn what_a_parent_leaves_behind_is_ended() {
    let control_plane = with_parent().await;
    let sleep = spec(&control_plane, "parent").await;
    let script = "while ! test -e ../../go; do sleep 0.02; done; exit 1";
    control_plane
        .deploy_script("test.leave", script, retries(0))
        .await;
    let request = AbortRunRequest {
        run_id: run_id("parent").into(),
        ..Default::default()
    };
    control_plane.runs().abort_run(request).await.unwrap();
    control_plane.run("leaver", "test.leave").await;
    control_plane.until("leaver", "a0", RUNNING).await;
    let mut request = child(&control_plane, "c1", "a0", sleep);
    let action = request.action.get_or_insert_default();
    action.action_id = action_id("leaver", "c1").into();
    actions(&control_plane).enqueue(request).await.unwrap();
    control_plane.until("leaver", "c1", RUNNING).await;
    let go = "runs/flytesnacks/development/leaver/a0/go";
    std::fs::write(control_plane.directory.path().join(go), "").unwrap();
    control_plane
        .until("leaver", "a0", ActionPhase::ACTION_PHASE_FAILED)
        .await;
    control_plane.until("leaver", "c1", ABORTED).await;
}

#[tokio::test]
async fn an_action_needs_a_run_a_safe_name_and_a_task() {
    let control_plane = with_parent().await;
    let client = actions(&control_plane);
    let spec = spec(&control_plane, "parent").await;
    let good = child(&control_plane, "c1", "a0", spec);
    let mut unsafe_name = good.clone();
    unsafe_name.action.get_or_insert_default().action_id = action_id("parent", "../x").into();
    let mut no_run = good.clone();
    no_run.action.get_or_insert_default().action_id = action_id("nobody", "c1").into();
    let mut no_task = good;
    no_task.action.get_or_insert_default().spec = None;
    for (request, code) in [
        (unsafe_name, ErrorCode::InvalidArgument),
        (no_run, ErrorCode::NotFound),
        (no_task, ErrorCode::InvalidArgument),
    ] {
        assert_eq!(client.enqueue(request).await.unwrap_err().code, code);
    }
}

#[tokio::test]
async fn nothing_starts_below_an_action_that_has_ended() {
    let control_plane = with_parent().await;
    let spec = spec(&control_plane, "parent").await;
    let client = actions(&control_plane);
    client
        .enqueue(child(&control_plane, "c1", "a0", spec.clone()))
        .await
        .unwrap();
    control_plane.until("parent", "c1", RUNNING).await;
    let request = AbortRequest {
        action_id: action_id("parent", "c1").into(),
        ..Default::default()
    };
    client.abort(request).await.unwrap();
    let late = child(&control_plane, "c2", "c1", spec.clone());
    let refused = client.enqueue(late).await.unwrap_err();
    assert_eq!(
        (refused.code, refused.message.as_deref()),
        (
            ErrorCode::Aborted,
            Some("the action \"c1\" that starts it has ended")
        )
    );
    // The run itself goes on.
    let sibling = child(&control_plane, "c3", "a0", spec);
    client.enqueue(sibling).await.unwrap();
    control_plane.until("parent", "c3", RUNNING).await;
}
