//! Runs: starting, failing, retrying, timing out, aborting.

use connectrpc::ErrorCode;
use flyte_idl::flyteidl2::{
    common::ActionPhase,
    core::{Container, TaskMetadata, TaskTemplate, task_template::Target},
    task::{DeployTaskRequest, TaskSpec},
    workflow::{
        AbortRunRequest, ActionAttempt, ActionDetails, CreateRunRequest, GetRunDetailsRequest,
        action_details, create_run_request,
    },
};

use serde_json::json;

use super::bench::{ControlPlane, create, project_id, retries, run_id, task_id};

const SUCCEEDED: ActionPhase = ActionPhase::ACTION_PHASE_SUCCEEDED;
const FAILED: ActionPhase = ActionPhase::ACTION_PHASE_FAILED;
const ABORTED: ActionPhase = ActionPhase::ACTION_PHASE_ABORTED;
const RUNNING: ActionPhase = ActionPhase::ACTION_PHASE_RUNNING;
const QUEUED: ActionPhase = ActionPhase::ACTION_PHASE_QUEUED;

fn phases(attempts: &[ActionAttempt]) -> Vec<(u32, ActionPhase)> {
    let phase = |attempt: &ActionAttempt| attempt.phase.as_known().unwrap();
    attempts
        .iter()
        .map(|attempt| (attempt.attempt, phase(attempt)))
        .collect()
}

fn error(details: &ActionDetails) -> (&str, &str) {
    match &details.result {
        Some(action_details::Result::ErrorInfo(error)) => (&error.code, &error.message),
        result => panic!("no error but {result:?}"),
    }
}

fn abort(name: &str, reason: Option<&str>) -> AbortRunRequest {
    let reason = reason.map(str::to_owned);
    AbortRunRequest {
        run_id: run_id(name).into(),
        reason,
        ..Default::default()
    }
}

#[tokio::test]
async fn a_run_is_queued_then_succeeds_with_its_defaults_and_outputs() {
    let control_plane = ControlPlane::start().await;
    let run = control_plane.run("first", "demo.hello").await.run;
    assert_eq!(run.action.status.phase, QUEUED);
    assert_eq!(run.action.id.run.org, "");
    let details = control_plane.until("first", "a0", SUCCEEDED).await;
    assert_eq!(phases(&details.attempts), [(1, SUCCEEDED)]);
    let data = control_plane.action_data("first").await;
    let json = |message| serde_json::to_value(message).unwrap();
    assert_eq!(
        json(&data.inputs.literals[0]),
        serde_json::json!({"name": "name", "value": {"scalar": {"primitive": {"stringValue": "world"}}}})
    );
    assert_eq!(
        json(&data.outputs.literals[0]),
        serde_json::json!({"name": "o0", "value": {"scalar": {"primitive": {"stringValue": "Hello, world!"}}}})
    );
}

#[tokio::test]
async fn a_name_is_made_where_none_is_given() {
    let control_plane = ControlPlane::start().await;
    let id = create_run_request::Id::ProjectId(Box::new(project_id()));
    let request = CreateRunRequest {
        id: Some(id),
        ..create("", "demo.hello")
    };
    let run = control_plane
        .runs()
        .create_run(request)
        .await
        .unwrap()
        .into_owned()
        .run;
    let name = &run.action.id.run.name;
    assert_eq!((name.len(), &name[..1]), (20, "r"));
    control_plane.until(name, "a0", SUCCEEDED).await;
}

#[tokio::test]
async fn twenty_requests_for_one_name_run_once() {
    let control_plane = ControlPlane::start().await;
    let script = "echo once >> \"$HOME_OF_TEST/ran\"";
    control_plane
        .deploy_script("test.count", script, TaskMetadata::default())
        .await;
    let directory = control_plane.directory.path().to_str().unwrap().to_owned();
    let request = || {
        let mut request = create("one", "test.count");
        let pair = flyte_idl::flyteidl2::core::KeyValuePair {
            key: "HOME_OF_TEST".to_owned(),
            value: directory.clone(),
            ..Default::default()
        };
        request
            .run_spec
            .get_or_insert_default()
            .envs
            .get_or_insert_default()
            .values
            .push(pair);
        request
    };
    let clients: Vec<_> = (0..20).map(|_| control_plane.runs()).collect();
    let created =
        futures::future::join_all(clients.iter().map(|client| client.create_run(request()))).await;
    assert_eq!(created.iter().filter(|created| created.is_ok()).count(), 20);
    control_plane.until("one", "a0", SUCCEEDED).await;
    control_plane.runs().create_run(request()).await.unwrap();
    let details = control_plane.details("one").await;
    assert_eq!(phases(&details.attempts), [(1, SUCCEEDED)]);
    assert_eq!(
        std::fs::read_to_string(format!("{directory}/ran")).unwrap(),
        "once\n"
    );
}

#[tokio::test]
async fn a_second_request_under_a_name_changes_no_inputs() {
    let control_plane = ControlPlane::start().await;
    let create = async |who: &str| {
        let literal = json!({"scalar": {"primitive": {"stringValue": who}}});
        let id =
            |name: &str| json!({"project": "flytesnacks", "domain": "development", "name": name});
        let mut task = id("demo.hello");
        task["version"] = json!("v1");
        let inputs = json!({"literals": [{"name": "name", "value": literal}]});
        let body = json!({"runId": id("same"), "taskId": task, "inputs": inputs});
        control_plane
            .json("workflow.RunService/CreateRun", body)
            .await
            .0
    };
    assert_eq!(create("first").await, 200);
    control_plane.until("same", "a0", SUCCEEDED).await;
    assert_eq!(create("second").await, 200);
    let inputs = serde_json::to_value(&control_plane.action_data("same").await.inputs).unwrap();
    let literal = &inputs["literals"][0]["value"]["scalar"]["primitive"];
    assert_eq!(literal, &json!({"stringValue": "first"}));
}

#[tokio::test]
async fn requests_that_make_no_sense_have_the_codes_of_the_go_server() {
    let control_plane = ControlPlane::start().await;
    for name in ["Upper", "1a", "a-", "a/b", "..", &"a".repeat(31)] {
        let code = control_plane.try_run(name, "demo.hello").await.unwrap_err();
        assert_eq!(code, ErrorCode::InvalidArgument, "{name}");
    }
    let code = async |request| {
        control_plane
            .runs()
            .create_run(request)
            .await
            .unwrap_err()
            .code
    };
    assert_eq!(code(create("a", "no.such")).await, ErrorCode::Unknown);
    let nothing = CreateRunRequest {
        id: None,
        ..create("a", "demo.hello")
    };
    assert_eq!(code(nothing).await, ErrorCode::InvalidArgument);
    let taskless = CreateRunRequest {
        task: None,
        ..create("a", "demo.hello")
    };
    assert_eq!(code(taskless).await, ErrorCode::InvalidArgument);
    for (project, domain) in [
        ("nowhere", "development"),
        ("flytesnacks", "../.."),
        ("", ""),
    ] {
        let mut id = run_id("a");
        project.clone_into(&mut id.project);
        domain.clone_into(&mut id.domain);
        let id = Some(create_run_request::Id::RunId(Box::new(id)));
        let request = CreateRunRequest {
            id,
            ..create("a", "demo.hello")
        };
        assert_eq!(
            code(request).await,
            ErrorCode::NotFound,
            "{project}/{domain}"
        );
    }
}

#[tokio::test]
async fn unknown_runs_are_not_found_and_empty_ones_refused() {
    let control_plane = ControlPlane::start().await;
    let runs = control_plane.runs();
    let details = GetRunDetailsRequest {
        run_id: run_id("no").into(),
        ..Default::default()
    };
    assert_eq!(
        runs.get_run_details(details).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    assert_eq!(
        runs.abort_run(abort("no", None)).await.unwrap_err().code,
        ErrorCode::NotFound
    );
    let empty = runs
        .abort_run(AbortRunRequest::default())
        .await
        .unwrap_err();
    assert_eq!(empty.code, ErrorCode::InvalidArgument);
}

#[tokio::test]
async fn a_failed_task_is_tried_again_as_often_as_it_declares() {
    let control_plane = ControlPlane::start().await;
    control_plane
        .deploy_script("test.exit", "exit 3", retries(2))
        .await;
    control_plane.run("thrice", "test.exit").await;
    let details = control_plane.until("thrice", "a0", FAILED).await;
    assert_eq!(
        phases(&details.attempts),
        [(1, FAILED), (2, FAILED), (3, FAILED)]
    );
    assert_eq!(details.status.attempts, 3);
    assert!(error(&details).1.contains('3'), "{:?}", error(&details));
}

#[tokio::test]
async fn a_second_attempt_may_succeed() {
    let control_plane = ControlPlane::start().await;
    // Two directories up is the action's, which both attempts share.
    let script = "test -e ../../seen || { touch ../../seen; exit 1; }";
    control_plane
        .deploy_script("test.flaky", script, retries(1))
        .await;
    control_plane.run("flaky", "test.flaky").await;
    let details = control_plane.until("flaky", "a0", SUCCEEDED).await;
    assert_eq!(phases(&details.attempts), [(1, FAILED), (2, SUCCEEDED)]);
    assert_eq!(details.result, None);
}

#[tokio::test]
async fn a_task_that_runs_too_long_times_out() {
    let control_plane = ControlPlane::start().await;
    let timeout = buffa_types::google::protobuf::Duration::from_millis(100);
    let metadata = TaskMetadata {
        timeout: timeout.into(),
        ..Default::default()
    };
    control_plane
        .deploy_script("test.slow", "sleep 60", metadata)
        .await;
    control_plane.run("slow", "test.slow").await;
    let details = control_plane
        .until("slow", "a0", ActionPhase::ACTION_PHASE_TIMED_OUT)
        .await;
    assert_eq!(error(&details).0, "TaskTimedOut");
}

#[tokio::test]
async fn an_abort_ends_a_run_and_stays() {
    let control_plane = ControlPlane::start().await;
    control_plane
        .deploy_script("test.sleep", "sleep 600", retries(5))
        .await;
    control_plane.run("long", "test.sleep").await;
    control_plane.until("long", "a0", RUNNING).await;
    control_plane
        .runs()
        .abort_run(abort("long", Some("enough")))
        .await
        .unwrap();
    let details = control_plane.until("long", "a0", ABORTED).await;
    assert_eq!(phases(&details.attempts), [(1, ABORTED)]);
    let Some(action_details::Result::AbortInfo(info)) = &details.result else {
        panic!("no abort but {:?}", details.result);
    };
    assert_eq!(info.reason, "enough");
    assert_eq!(
        serde_json::to_value(&info.aborted_by).unwrap()["user"]["id"]["subject"],
        "jo"
    );
    let directory = control_plane.stop().await;
    let control_plane = ControlPlane::start_in(directory, 4).await;
    assert_eq!(control_plane.details("long").await.status.phase, ABORTED);
}

#[tokio::test]
async fn an_abort_comes_over_success_as_in_the_go_server() {
    let control_plane = ControlPlane::start().await;
    control_plane.run("done", "demo.hello").await;
    control_plane.until("done", "a0", SUCCEEDED).await;
    control_plane
        .runs()
        .abort_run(abort("done", None))
        .await
        .unwrap();
    let details = control_plane.details("done").await;
    assert_eq!(details.status.phase, ABORTED);
    let Some(action_details::Result::AbortInfo(info)) = &details.result else {
        panic!("no abort but {:?}", details.result);
    };
    assert_eq!(info.reason, "User requested abort");
}

#[tokio::test]
async fn a_run_beyond_the_limit_waits_for_a_place() {
    let directory = std::sync::Arc::new(tempfile::TempDir::new().unwrap());
    let control_plane = ControlPlane::start_in(directory, 1).await;
    control_plane
        .deploy_script("test.sleep", "sleep 600", retries(0))
        .await;
    control_plane.run("one", "test.sleep").await;
    control_plane.until("one", "a0", RUNNING).await;
    control_plane.run("two", "demo.hello").await;
    assert_eq!(control_plane.details("two").await.status.phase, QUEUED);
    control_plane
        .runs()
        .abort_run(abort("one", None))
        .await
        .unwrap();
    control_plane.until("two", "a0", SUCCEEDED).await;
}

#[tokio::test]
async fn a_waiting_run_can_be_aborted_and_never_starts() {
    let directory = std::sync::Arc::new(tempfile::TempDir::new().unwrap());
    let control_plane = ControlPlane::start_in(directory, 1).await;
    control_plane
        .deploy_script("test.sleep", "sleep 600", retries(0))
        .await;
    control_plane.run("one", "test.sleep").await;
    control_plane.until("one", "a0", RUNNING).await;
    control_plane.run("two", "demo.hello").await;
    control_plane
        .runs()
        .abort_run(abort("two", None))
        .await
        .unwrap();
    control_plane
        .runs()
        .abort_run(abort("one", None))
        .await
        .unwrap();
    control_plane.run("three", "demo.hello").await;
    control_plane.until("three", "a0", SUCCEEDED).await;
    let details = control_plane.details("two").await;
    assert_eq!(
        (details.status.phase, details.attempts.len()),
        (ABORTED.into(), 0)
    );
}

#[tokio::test]
async fn a_code_bundle_of_another_data_directory_is_missed_early() {
    let control_plane = ControlPlane::start().await;
    let bundle = control_plane.directory.path().join("bundle.tar.gz");
    std::fs::write(&bundle, "").unwrap();
    let location = format!("file://{}", bundle.display());
    let spec = || script(&["--tgz", &location, "rest"]);
    control_plane.deploy("test.bundle", "v1", spec()).await;
    std::fs::remove_file(&bundle).unwrap();
    let message = format!(
        "the code bundle {location} is gone: the SDK uploaded it to another data directory and \
         remembers that; delete local-cache/cache.db beside the SDK's config.yaml, or in ~/.flyte \
         without one, and deploy again"
    );
    control_plane.run("bundled", "test.bundle").await;
    let details = control_plane.until("bundled", "a0", FAILED).await;
    assert_eq!(error(&details), ("CodeBundleMissing", message.as_str()));
    let request = DeployTaskRequest {
        task_id: task_id("test.bundle", "v2").into(),
        spec: spec().into(),
        ..Default::default()
    };
    let refused = control_plane
        .tasks()
        .deploy_task(request)
        .await
        .unwrap_err();
    assert_eq!(
        (refused.code, refused.message),
        (ErrorCode::FailedPrecondition, Some(message))
    );
}

fn script(args: &[&str]) -> TaskSpec {
    let container = Container {
        command: vec!["true".to_owned()],
        args: args.iter().map(ToString::to_string).collect(),
        ..Default::default()
    };
    let template = TaskTemplate {
        target: Some(Target::Container(Box::new(container))),
        ..Default::default()
    };
    TaskSpec {
        task_template: template.into(),
        ..Default::default()
    }
}

#[tokio::test]
async fn a_deadline_ends_the_action_whatever_retries_are_left() {
    let control_plane = ControlPlane::start().await;
    let deadline = buffa_types::google::protobuf::Duration::from_millis(300);
    let mut metadata = retries(1_000_000);
    metadata.timeouts.get_or_insert_default().deadline = deadline.into();
    control_plane
        .deploy_script("test.slow", "sleep 60", metadata)
        .await;
    control_plane.run("slow", "test.slow").await;
    let details = control_plane
        .until("slow", "a0", ActionPhase::ACTION_PHASE_TIMED_OUT)
        .await;
    assert_eq!(details.status.attempts, 1);
}

#[tokio::test]
async fn locations_elsewhere_are_refused_before_a_run_exists() {
    let control_plane = ControlPlane::start().await;
    let id = json!({"project": "flytesnacks", "domain": "development", "name": "remote"});
    let task = json!({"project": "flytesnacks", "domain": "development", "name": "demo.hello", "version": "v1"});
    for other in [
        json!({"runSpec": {"runBaseDir": "s3://bucket"}}),
        json!({"offloadedInputData": {"uri": "s3://bucket"}}),
    ] {
        let mut body = json!({"runId": id, "taskId": task});
        body.as_object_mut()
            .unwrap()
            .extend(other.as_object().unwrap().clone());
        let refused = control_plane.json("workflow.RunService/CreateRun", body);
        let message = "`s3://bucket` is not on this machine; use a `file://` location";
        assert_eq!(
            refused.await,
            (400, json!({"code": "invalid_argument", "message": message}))
        );
        assert!(control_plane.try_details("remote").await.is_none());
    }
}

#[tokio::test]
async fn a_second_request_does_not_change_the_inputs_of_the_first() {
    let control_plane = ControlPlane::start().await;
    // The run stays where a second request could still reach it.
    let fault =
        json!({"method": "RunService/CreateRun", "count": 1, "effect": {"type": "never_enqueued"}});
    control_plane.set_faults(json!([fault])).await;
    let id = json!({"project": "flytesnacks", "domain": "development", "name": "twice"});
    let task = json!({"project": "flytesnacks", "domain": "development", "name": "demo.hello", "version": "v1"});
    for name in ["Ada", "Bob"] {
        let value = json!({"scalar": {"primitive": {"stringValue": name}}});
        let inputs = json!({"literals": [{"name": "name", "value": value}]});
        let body = json!({"runId": id, "taskId": task, "inputs": inputs});
        let created = control_plane.json("workflow.RunService/CreateRun", body);
        assert_eq!(created.await.0, 200);
    }
    control_plane.until("twice", "a0", SUCCEEDED).await;
    let outputs = serde_json::to_value(&control_plane.action_data("twice").await.outputs).unwrap();
    assert_eq!(
        outputs["literals"][0]["value"]["scalar"]["primitive"]["stringValue"],
        "Hello, Ada!"
    );
    let inputs = control_plane
        .directory
        .path()
        .join("runs/flytesnacks/development/twice/inputs");
    assert_eq!(std::fs::read_dir(inputs).unwrap().count(), 1);
}
