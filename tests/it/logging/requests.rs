//! Requests that nobody can fulfil.

use serde_json::json;

use super::*;

pub(super) const CODES: &[&str] = &[
    "app_not_found",
    "bad_signature",
    "body_refused",
    "body_too_large",
    "body_unreadable",
    "cross_site",
    "idempotency_attempts",
    "idempotency_key_reused",
    "invalid",
    "loop",
    "method_not_allowed",
    "no_credentials",
    "no_route",
    "not_in_allowlist",
    "own_app",
    "run_failed",
    "run_not_found",
    "task_not_found",
    "task_not_usable",
    "trigger_not_found",
];

const YAML: &str = "\
endpoint_groups: [all]
app_allowlist: [demo-echo, nothing]
build: {project: flytesnacks, domain: development, task: demo.hello}
limits: {max_body_bytes: 1000, json_depth: 4}
hooks: {deploy: {source: github, secrets: [{value: a-secret-of-32-bytes-0123456789ab}], \
identity: {value: a-token}, rules: [{task: development/flytesnacks/demo.hello}]}}
";
const HELLO: &str = "/run-task/development/flytesnacks/demo.hello";
const FAIL: &str = "/run-task/development/flytesnacks/demo.fail";

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "flat table")]
async fn what_a_caller_did_wrong_is_told_in_one_line_and_is_no_warning() {
    let mut scene = Scene::with(YAML).await;
    let none = &json!({});
    scene
        .fails(
            "no_credentials",
            scene.anonymous(reqwest::Method::GET, "/me"),
        )
        .await;
    let foreign = scene
        .anonymous(reqwest::Method::POST, "/run/a/abort")
        .header("cookie", "session=0123456789")
        .header("origin", "https://evil.example.com");
    scene.fails("cross_site", foreign).await;
    scene.fails("no_route", scene.get("/nothing")).await;
    scene
        .fails("bad_signature", scene.post("/webhook/deploy", none))
        .await;
    scene
        .fails("method_not_allowed", scene.post("/me", none))
        .await;
    scene
        .fails(
            "loop",
            scene.get("/me").header(
                "x-webhook-hop",
                ["0123456789abcdef0123456789abcdef"; 4].join(","),
            ),
        )
        .await;
    let raw = |bytes: &'static [u8]| {
        let request = scene.anonymous(reqwest::Method::POST, HELLO);
        request
            .header("authorization", crate::harness::TOKEN)
            .header("content-type", "application/json")
            .body(bytes)
    };
    let (unreadable, deep) = (
        raw(b"{\"name\": \"\xff\"}"),
        raw(b"{\"name\": [[[[[[]]]]]]}"),
    );
    scene.fails("body_unreadable", unreadable).await;
    scene.fails("body_refused", deep).await;
    let large = json!({"name": "x".repeat(2000)});
    scene
        .fails("body_too_large", scene.post(HELLO, &large))
        .await;
    scene
        .fails("invalid", scene.post(HELLO, &json!({"nmae": "Ada"})))
        .await;
    scene
        .fails("not_in_allowlist", scene.get("/app/other"))
        .await;
    scene
        .fails("app_not_found", scene.get("/app/nothing"))
        .await;
    scene
        .fails("own_app", scene.get("/app/flyte-webhook"))
        .await;
    scene
        .fails(
            "task_not_found",
            scene.get("/task/development/flytesnacks/nothing"),
        )
        .await;
    scene
        .fails("run_not_found", scene.get("/run/nothing"))
        .await;
    scene
        .fails(
            "trigger_not_found",
            scene.post("/trigger/demo.hello/nothing/activate", none),
        )
        .await;
    scene
        .fails("run_failed", scene.post(&format!("{FAIL}?wait=30"), none))
        .await;
    let builds = scene.post(
        "/build-image?name=site",
        &json!({"pip_packages": ["httpx"]}),
    );
    scene.fails("task_not_usable", builds).await;
    keys(&mut scene).await;
    let lines = scene.ends_with(CODES).await;
    let failed = lines
        .iter()
        .filter(|line| line["http.response.status_code"].as_u64() >= Some(400));
    let warnings = failed.filter(|line| line["level"] == "WARN");
    let codes: Vec<&Value> = warnings.map(|line| &line["error.code"]).collect();
    assert_eq!(codes, ["task_not_usable"]);
    let delivery = lines
        .iter()
        .find(|line| line["error.code"] == "bad_signature");
    let fields = ["message", "hook.outcome", "hook.reason", "resource.id"];
    assert_eq!(
        fields.map(|field| delivery.unwrap()[field].as_str().unwrap()),
        [
            "POST webhook answered 401",
            "rejected",
            "there is no header x-hub-signature-256",
            "deploy"
        ]
    );
}

async fn keys(scene: &mut Scene) {
    let with_key = |scene: &Scene, path: &str, key: &str, body: &Value| {
        scene.post(path, body).header("idempotency-key", key)
    };
    let first = with_key(scene, HELLO, "\"k\"", &json!({})).send().await;
    assert_eq!(first.unwrap().status(), 200);
    let other = with_key(scene, HELLO, "\"k\"", &json!({"name": "Ada"}));
    scene.fails("idempotency_key_reused", other).await;
    let path = format!("{FAIL}?wait=30");
    let again =
        || with_key(scene, &path, "\"f\"", &json!({})).header("idempotency-retry", "failed");
    for _ in 0..8 {
        assert_eq!(again().send().await.unwrap().status(), 424);
    }
    let last = again();
    scene.fails("idempotency_attempts", last).await;
}
