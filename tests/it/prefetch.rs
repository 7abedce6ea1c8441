//! Fetching models.

mod refused;
mod task;

use reqwest::Method;
use serde_json::{Value, json};

use self::task::{Interface, deploy};
use crate::harness::{Answer, TOKEN, TestApp};

const ALL: &str = "endpoint_groups: [all]\n";
const REPO: &str = "/prefetch/hf-model?repo=meta-llama/Llama-3.1-8B";

/// The verbs of the endpoints that look at a run.
const LOOKS: [(Method, &str); 3] = [
    (Method::GET, ""),
    (Method::GET, "/io"),
    (Method::POST, "/abort"),
];

async fn look(app: &TestApp, method: &Method, run: &str, what: &str) -> Answer {
    let path = format!("/prefetch/hf-model/{run}{what}");
    let request = app.anonymous(method.clone(), &path);
    Answer::of(request.header("authorization", TOKEN)).await
}

/// Starts a run; gives its name.
async fn started(app: &TestApp, path: &str, body: &Value) -> String {
    let answer = app.post(path, body).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text);
    answer.body["name"].as_str().unwrap().to_owned()
}

/// What the control plane knows of a run.
async fn details(app: &TestApp, run: &str) -> Value {
    let id = json!({"project": "flytesnacks", "domain": "development", "name": run});
    let answer = app
        .upstream("workflow.RunService/GetRunDetails", &json!({"runId": id}))
        .await;
    answer["details"].clone()
}

async fn inputs(app: &TestApp, run: &str) -> Value {
    let io = look(app, &Method::GET, run, "/io").await;
    assert_eq!(io.status, 200, "{}", io.text);
    io.body["inputs"].clone()
}

#[tokio::test]
async fn a_control_plane_that_fails_is_told_apart() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::OfSdk).await;
    let run = started(&app, REPO, &json!(null)).await;
    let error = |code: &str| json!({"type": "error", "code": code, "message": "db-7 said no"});
    for (effect, status) in [
        (error("unauthenticated"), 401),
        (error("permission_denied"), 403),
        (error("unavailable"), 503),
        (error("internal"), 502),
        (json!({"type": "garbage"}), 502),
    ] {
        app.faults(&json!([{"method": "*", "effect": effect}]))
            .await;
        let mut answers = vec![app.post(REPO, &json!(null)).await];
        for (method, what) in LOOKS {
            answers.push(look(&app, &method, &run, what).await);
        }
        for answer in answers {
            assert_eq!(answer.status, status, "{effect}: {}", answer.text);
            assert_eq!(answer.body["source"], "control_plane");
            assert!(!answer.text.contains("db-7"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_run_of_another_task_is_not_found_and_nothing_is_done_to_it() {
    let app = TestApp::with(ALL).await;
    let other = app.start_run("demo.sleep", &json!({"seconds": 30.0})).await;
    for run in [other.as_str(), "none"] {
        for (method, what) in LOOKS {
            let answer = look(&app, &method, run, what).await;
            let detail = format!("Prefetch run {run} not found");
            assert_eq!(
                (answer.status, &answer.body["code"], &answer.body["detail"]),
                (404, &json!("run_not_found"), &json!(detail)),
                "{method} {what}"
            );
        }
    }
    assert_eq!(app.get(&format!("/run/{other}")).await.body["done"], false);
    for bad in ["a%2Fb", "..", "%00", "a b"] {
        let answer = look(&app, &Method::GET, bad, "").await;
        assert_eq!(answer.status, 404, "{bad}: {}", answer.text);
    }
}

/// An answer about a run in the server's own project and domain.
fn of_run(mut body: Value, run: &str) -> Value {
    body["name"] = json!(run);
    body["project"] = json!("flytesnacks");
    body["domain"] = json!("development");
    body
}

#[tokio::test]
async fn a_run_is_started_and_looked_at() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::OfSdk).await;
    let path = format!("{REPO}&short_description=Large&task=auto&force=0");
    let answer = app.post(&path, &json!(["text"])).await;
    let run = answer.body["name"].as_str().unwrap();
    let control_plane = app.control_plane.unwrap();
    let url =
        format!("http://{control_plane}/v2/domain/development/project/flytesnacks/runs/{run}");
    let queued = of_run(json!({"url": url, "phase": "queued", "done": false}), run);
    assert_eq!((answer.status, &answer.body), (200, &queued));

    let state = look(&app, &Method::GET, run, "").await;
    let phase = &state.body["phase"];
    let expected = of_run(json!({"phase": phase, "url": url, "done": false}), run);
    assert_eq!((state.status, &state.body), (200, &expected));

    let given = json!({
        "repo": "meta-llama/Llama-3.1-8B", "artifact_name": "", "short_description": "Large",
    });
    let io = look(&app, &Method::GET, run, "/io").await;
    let phase = &io.body["phase"];
    let going = ["queued", "initializing", "running"].map(Value::from);
    assert!(going.contains(phase), "{phase}");
    let expected = json!({"phase": phase, "inputs": given, "outputs": null});
    assert_eq!(io.body, of_run(expected, run));
}

#[tokio::test]
async fn a_run_is_labelled_with_the_model_and_is_one_of_the_task_as_deployed() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::OfSdk).await;
    let run = started(&app, REPO, &json!(null)).await;
    let details = details(&app, &run).await;
    let labels = &details["runSpec"]["labels"]["values"];
    assert_eq!(*labels, json!({"model": "Llama-3-1-8B"}));
    let scope = &details["runSpec"]["cacheConfig"]["cacheLookupScope"];
    assert_eq!(scope, "CACHE_LOOKUP_SCOPE_GLOBAL");
    let task = &details["action"]["task"]["taskTemplate"];
    assert_eq!(task["metadata"]["discoveryVersion"], "v1");
}

#[tokio::test]
async fn a_run_is_aborted() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::OfSdk).await;
    let run = started(&app, REPO, &json!(null)).await;
    let path = format!("/prefetch/hf-model/{run}/abort");
    let aborted = app
        .post(&format!("{path}?reason=enough"), &json!(null))
        .await;
    let expected = json!({"status": "abort_requested", "reason": "enough"});
    assert_eq!(
        (aborted.status, &aborted.body),
        (200, &of_run(expected, &run))
    );
    assert_eq!(app.ended(&run).await["phase"], "aborted");
    let again = app.post(&path, &json!(null)).await;
    assert_eq!(again.body["reason"], "Aborted via webhook API");
}

#[tokio::test]
async fn every_parameter_reaches_a_task_that_takes_it() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::Whole).await;
    let path = format!(
        "{REPO}&artifact_name=mine&architecture=llama&task=generate&serial_format=safetensors\
         &model_type=transformer&short_description=x&raw_data_path=s3://b/m&force=3"
    );
    let run = started(&app, &path, &json!(["text", "image"])).await;
    assert_eq!(
        inputs(&app, &run).await,
        json!({
            "repo": "meta-llama/Llama-3.1-8B", "artifact_name": "mine", "architecture": "llama",
            "task": "generate", "modality": ["text", "image"], "serial_format": "safetensors",
            "model_type": "transformer", "short_description": "x", "raw_data_path": "s3://b/m",
            "force": 3,
        })
    );
    let details = details(&app, &run).await;
    assert_eq!(
        details["runSpec"]["labels"]["values"],
        json!({"model": "mine"})
    );
    let task = &details["action"]["task"]["taskTemplate"];
    // What is an input is no change of the task.
    assert_eq!(task["metadata"]["discoveryVersion"], "v1");

    let run = started(&app, REPO, &json!([])).await;
    assert_eq!(
        inputs(&app, &run).await,
        json!({
            "repo": "meta-llama/Llama-3.1-8B", "artifact_name": null, "architecture": null,
            "task": "auto", "modality": ["text"], "serial_format": null, "model_type": null,
            "short_description": null, "raw_data_path": null, "force": 0,
        })
    );
}

#[tokio::test]
async fn resources_secret_and_force_change_the_task_of_the_run() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::OfSdk).await;
    let path = format!("{REPO}&cpu=8&memory=64Gi&disk=500Gi&hf_token_key=TEAM_TOKEN&force=1");
    let run = started(&app, &path, &json!(null)).await;
    let task = details(&app, &run).await["action"]["task"]["taskTemplate"].clone();
    let entry = |name: &str, value: &str| json!({"name": name, "value": value});
    assert_eq!(
        task["container"]["resources"]["requests"],
        json!([
            entry("CPU", "8"),
            entry("MEMORY", "64Gi"),
            entry("EPHEMERAL_STORAGE", "500Gi")
        ])
    );
    assert_eq!(
        task["securityContext"]["secrets"],
        json!([{"key": "TEAM_TOKEN", "mountRequirement": "ENV_VAR", "envVar": "HF_TOKEN"}])
    );
    assert_ne!(task["metadata"]["discoveryVersion"], "v1");
    assert_eq!(task["id"]["name"], "prefetch.hf_model");
    assert_eq!(look(&app, &Method::GET, &run, "").await.status, 200);
}

#[tokio::test]
async fn the_allowlist_hides_runs_from_run_alone() {
    let app = TestApp::with(&format!("{ALL}task_allowlist: [demo.hello]\n")).await;
    deploy(&app, Interface::OfSdk).await;
    let run = started(&app, REPO, &json!(null)).await;
    assert_eq!(app.get(&format!("/run/{run}")).await.status, 404);
    assert_eq!(app.get(&format!("/run/{run}/io")).await.status, 404);
    let abort = app.post(&format!("/run/{run}/abort"), &json!(null)).await;
    assert_eq!(abort.status, 404);
    for (method, what) in LOOKS {
        assert_eq!(look(&app, &method, &run, what).await.status, 200, "{what}");
    }
    let direct = app
        .post(
            "/run-task/production/system/prefetch.hf_model",
            &json!({"repo": "a"}),
        )
        .await;
    assert_eq!(direct.status, 403, "{}", direct.text);
}

#[tokio::test]
async fn runs_that_the_reference_has_started_are_shown_in_the_own_place_alone() {
    let app = TestApp::with(ALL).await;
    for (project, status) in [("flytesnacks", 200), ("system", 404)] {
        let run = format!("reference-{project}");
        task::run_of_reference(&app, project, &run).await;
        for (method, what) in LOOKS {
            let answer = look(&app, &method, &run, what).await;
            assert_eq!(answer.status, status, "{project} {what}: {}", answer.text);
        }
    }
}

#[tokio::test]
async fn a_key_has_one_run() {
    let app = TestApp::with(ALL).await;
    deploy(&app, Interface::OfSdk).await;
    let send = |repo: &str| {
        let request = app.anonymous(Method::POST, &format!("/prefetch/hf-model?repo={repo}"));
        let request = request.header("authorization", TOKEN);
        Answer::of(request.header("idempotency-key", "once"))
    };
    let answers = [send("a/b").await, send("a/b").await];
    let [first, second] = answers.map(|answer| (answer.status, answer.body));
    assert_eq!(first.0, 200, "{}", first.1);
    assert_eq!(first, second);
    let other = send("a/c").await;
    assert_eq!(
        (other.status, &other.body["code"]),
        (422, &json!("idempotency_key_reused"))
    );
}
