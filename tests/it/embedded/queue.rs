//! The services by which older clients start actions and follow them, and what is recorded of
//! what ran elsewhere.

use connectrpc::client::HttpClient;
use flyte_idl::flyteidl2::{
    common::ActionPhase,
    workflow::{
        StateServiceClient, WatchActionsRequest, WatchRequest, WatchRunDetailsRequest,
        watch_request::Filter, watch_response::Message,
    },
};
use serde_json::{Value, json};

use super::bench::{ControlPlane, action_id, retries, run_id};

const RUNNING: ActionPhase = ActionPhase::ACTION_PHASE_RUNNING;
const ABORTED: ActionPhase = ActionPhase::ACTION_PHASE_ABORTED;
const SUCCEEDED: ActionPhase = ActionPhase::ACTION_PHASE_SUCCEEDED;

fn run(name: &str) -> Value {
    json!({"project": "flytesnacks", "domain": "development", "name": name})
}

fn action(name: &str) -> Value {
    json!({"run": run("parent"), "name": name})
}

/// A control plane in which the run `parent` waits.
async fn with_parent() -> ControlPlane {
    let control_plane = ControlPlane::start().await;
    let sleep = "sleep 600";
    control_plane
        .deploy_script("test.sleep", sleep, retries(0))
        .await;
    control_plane.run("parent", "test.sleep").await;
    control_plane.until("parent", "a0", RUNNING).await;
    control_plane
}

/// Where what is below `parent` keeps what it has.
fn base(control_plane: &ControlPlane) -> String {
    let directory = control_plane.directory.path().canonicalize().unwrap();
    let base = directory.join("runs/flytesnacks/development/parent");
    base.display().to_string()
}

async fn enqueue(control_plane: &ControlPlane, name: &str, script: &str) {
    let base = base(control_plane);
    std::fs::create_dir_all(format!("{base}/{name}")).unwrap();
    std::fs::write(format!("{base}/{name}/inputs.pb"), []).unwrap();
    let container = json!({"image": "none", "command": ["sh", "-c", script]});
    let template = json!({"type": "container", "container": container});
    let request = json!({
        "actionId": action(name), "parentActionName": "a0",
        "inputUri": format!("{base}/{name}/inputs.pb"), "runOutputBase": base,
        "task": {"spec": {"taskTemplate": template}},
    });
    let answer = control_plane
        .json("workflow.QueueService/EnqueueAction", request)
        .await;
    assert_eq!(answer, (200, json!({})));
}

#[tokio::test]
async fn an_action_is_queued_followed_and_aborted() {
    let control_plane = with_parent().await;
    let state = StateServiceClient::new(HttpClient::plaintext(), control_plane.config());
    let request = WatchRequest {
        filter: Some(Filter::ParentActionId(Box::new(action_id("parent", "a0")))),
        ..Default::default()
    };
    let mut updates = state.watch(request).await.unwrap();
    enqueue(&control_plane, "quick", "true").await;
    loop {
        let update = updates.message().await.unwrap().unwrap();
        match update.to_owned_message().message {
            Some(Message::ActionUpdate(update)) if update.phase == SUCCEEDED => break,
            Some(_) => {}
            None => panic!("an update of nothing"),
        }
    }
    enqueue(&control_plane, "slow", "sleep 600").await;
    control_plane.until("parent", "slow", RUNNING).await;
    let abort = json!({"actionId": action("slow"), "reason": "enough"});
    let method = "workflow.QueueService/AbortQueuedAction";
    assert_eq!(control_plane.json(method, abort).await, (200, json!({})));
    control_plane.until("parent", "slow", ABORTED).await;
    enqueue(&control_plane, "another", "sleep 600").await;
    control_plane.until("parent", "another", RUNNING).await;
    let abort = json!({"actionId": action("another"), "reason": "enough"});
    let method = "workflow.RunService/AbortAction";
    assert_eq!(control_plane.json(method, abort).await, (200, json!({})));
    control_plane.until("parent", "another", ABORTED).await;
    let abort = json!({"runId": run("parent"), "reason": "enough"});
    let method = "workflow.QueueService/AbortQueuedRun";
    assert_eq!(control_plane.json(method, abort).await, (200, json!({})));
    control_plane.until("parent", "a0", ABORTED).await;
}

#[tokio::test]
async fn a_run_and_its_actions_are_followed_to_the_end() {
    let control_plane = with_parent().await;
    enqueue(&control_plane, "quick", "true").await;
    control_plane.until("parent", "quick", SUCCEEDED).await;
    let request = WatchRunDetailsRequest {
        run_id: run_id("parent").into(),
        ..Default::default()
    };
    let mut details = control_plane
        .runs()
        .watch_run_details(request)
        .await
        .unwrap();
    let request = WatchActionsRequest {
        run_id: run_id("parent").into(),
        ..Default::default()
    };
    let mut actions = control_plane.runs().watch_actions(request).await.unwrap();
    let abort = json!({"runId": run("parent"), "reason": "enough"});
    control_plane
        .json("workflow.RunService/AbortRun", abort)
        .await;
    let mut last = None;
    while let Some(update) = details.message().await.unwrap() {
        last = update.to_owned_message().details.into_option();
    }
    assert_eq!(last.unwrap().action.status.phase, ABORTED);
    let mut names = Vec::new();
    while let Some(update) = actions.message().await.unwrap() {
        let of = update.to_owned_message().enriched_actions;
        names = of.iter().map(|it| it.action.id.name.clone()).collect();
    }
    names.sort();
    assert_eq!(names, ["a0", "quick"]);
}

#[tokio::test]
async fn what_ran_in_its_parent_is_recorded_as_it_ended() {
    let control_plane = with_parent().await;
    let base = base(&control_plane);
    let request = json!({
        "actionId": action("traced"), "parentActionName": "a0",
        "inputUri": format!("{base}/inputs.pb"), "runOutputBase": base,
        "trace": {"name": "add", "phase": "ACTION_PHASE_SUCCEEDED",
            "outputs": {"outputUri": format!("{base}/traced/outputs.pb")}},
    });
    let answer = control_plane
        .json("workflow.QueueService/EnqueueAction", request)
        .await;
    assert_eq!(answer, (200, json!({})));
    control_plane.until("parent", "traced", SUCCEEDED).await;
}

#[tokio::test]
async fn a_report_is_linked_to_by_its_attempt() {
    let control_plane = with_parent().await;
    let link = async |kind: &str, attempt: u32| {
        let attempt = json!({"actionId": action("a0"), "attempt": attempt});
        let request = json!({"artifactType": kind, "actionAttemptId": attempt});
        let method = "dataproxy.DataProxyService/CreateDownloadLink";
        control_plane.json(method, request).await
    };
    let (status, body) = link("ARTIFACT_TYPE_REPORT", 1).await;
    assert_eq!((status, &body["code"]), (404, &json!("not_found")));
    let report = format!("{}/a0/1/report.html", base(&control_plane));
    std::fs::write(report, "<p>ok</p>").unwrap();
    let (status, body) = link("ARTIFACT_TYPE_REPORT", 1).await;
    assert_eq!(status, 200, "{body}");
    let url = body["preSignedUrls"]["signedUrl"][0].as_str().unwrap();
    let report = control_plane.http.get(url).send().await.unwrap();
    assert_eq!(report.text().await.unwrap(), "<p>ok</p>");
    let (status, body) = link("ARTIFACT_TYPE_CODE_BUNDLE", 1).await;
    assert_eq!((status, &body["code"]), (404, &json!("not_found")));
    let (status, body) = link("ARTIFACT_TYPE_UNSPECIFIED", 1).await;
    assert_eq!((status, &body["code"]), (400, &json!("invalid_argument")));
}
