//! `build_image`.

mod refused;
mod store;

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TOKEN, TestApp};

const ALL: &str = "endpoint_groups: [all]\n";

/// `site` with httpx on Flyte's own image for Python 3.11, as the SDK tags it.
const SITE: &str = "/build-image?name=site&python_version=3.11&flyte_version=2.12.1";
const SITE_IMAGE: &str = "site:e12a64ff778408d6a7c2e8f82409c6a0";

fn httpx() -> Value {
    json!({"pip_packages": ["httpx"]})
}

/// A POST with credentials and a body as it is.
async fn send(app: &TestApp, path: &str, media_type: &str, body: &str) -> Answer {
    let request = app
        .anonymous(Method::POST, path)
        .header("authorization", TOKEN)
        .header("content-type", media_type)
        .body(body.to_owned());
    Answer::of(request).await
}

/// The methods of the control plane that were called.
async fn calls(app: &TestApp) -> Vec<String> {
    let counts = app.received().await["counts"].clone();
    counts.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn where_nothing_is_asked_for_the_base_is_the_image_and_only_the_caller_is_looked_up() {
    let app = TestApp::with(ALL).await;
    let flyte = "ghcr.io/flyteorg/flyte:py3.12-v2.12.1";
    let empty = r#"{"pip_packages": [], "apt_packages": null, "platform": ["vax"], "x": 1}"#;
    let packages = r#"{"pip_packages": ["httpx"]}"#;
    let cases = [
        (
            "/build-image",
            "application/json",
            "",
            flyte,
            json!(null),
            json!(null),
        ),
        (
            "/build-image?name=&pre=true",
            "application/json",
            empty,
            flyte,
            json!(""),
            json!([]),
        ),
        // As FastAPI has it, a body of another type is none.
        (
            "/build-image",
            "text/plain",
            packages,
            flyte,
            json!(null),
            json!(null),
        ),
        (
            "/build-image?python_version=3",
            "text/plain",
            "",
            flyte,
            json!(null),
            json!(null),
        ),
        (
            "/build-image?python_version=3.10.4&flyte_version=v2.0.0",
            "application/json",
            "{}",
            "ghcr.io/flyteorg/flyte:py3.10-v2.0.0",
            json!(null),
            json!(null),
        ),
    ];
    for (path, media_type, body, image, name, pip) in &cases {
        let answer = send(&app, path, media_type, body).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        let expected = json!({
            "image_build_run_url": null, "image_name": name, "base_image": "flyte-debian-base",
            "pip_packages": pip, "apt_packages": null, "image": image, "target_image": null,
            "run_name": null, "project": "flytesnacks", "domain": "development",
        });
        assert_eq!(answer.body, expected, "{path} {body}");
    }
    only_the_caller_was_looked_up(&app, cases.len()).await;
}

/// Whoever is told something is known to the control plane.
async fn only_the_caller_was_looked_up(app: &TestApp, times: usize) {
    let received = app.received().await;
    let calls = received["requests"].as_array().unwrap();
    let methods = calls.iter().map(|call| call["method"].as_str().unwrap());
    let methods: Vec<&str> = methods.collect();
    assert_eq!(methods, vec!["IdentityService/UserInfo"; times]);
}

#[tokio::test]
async fn a_base_image_to_which_nothing_is_added_is_the_image() {
    let app = TestApp::with(ALL).await;
    let based = app
        .post("/build-image?base_image=ubuntu:22.04", &json!({}))
        .await;
    assert_eq!(
        (&based.body["base_image"], &based.body["image"]),
        (&json!("ubuntu:22.04"), &json!("ubuntu:22.04"))
    );
    only_the_caller_was_looked_up(&app, 1).await;
}

#[tokio::test]
async fn a_control_plane_that_fails_is_told_apart_and_no_run_is_started() {
    let app = TestApp::with(ALL).await;
    let error = |code: &str| json!({"type": "error", "code": code, "message": "db-7 said no"});
    for method in [
        "ImageService/GetImage",
        "ClusterService/SelectCluster",
        "TaskService/ListTasks",
        "TaskService/GetTaskDetails",
        "DataProxyService/CreateUploadLocation",
        "DataProxyService/UploadInputs",
        "RunService/CreateRun",
    ] {
        for (effect, status) in [
            (error("unauthenticated"), 401),
            (error("permission_denied"), 403),
            (error("resource_exhausted"), 429),
            (error("internal"), 502),
            (json!({"type": "garbage"}), 502),
        ] {
            app.faults(&json!([{"method": method, "effect": effect}]))
                .await;
            let answer = app.post(SITE, &httpx()).await;
            assert_eq!(answer.status, status, "{method} {effect}: {}", answer.text);
            assert_eq!(answer.body["source"], "control_plane");
            assert!(!answer.text.contains("db-7"), "{}", answer.text);
        }
    }
}

#[tokio::test]
async fn an_object_store_that_fails_starts_no_run() {
    let app = TestApp::with(ALL).await;
    let place = |url: &str| json!({"type": "upload_address", "url": url});
    let error = json!({"type": "error", "code": "internal"});
    let create = "DataProxyService/CreateUploadLocation";
    for (method, effect, status, code) in [
        ("Objects/Put", error, 502, "upload_failed"),
        (
            "Objects/Put",
            json!({"type": "reset"}),
            503,
            "upload_failed",
        ),
        (create, place("http://127.0.0.1:1/x"), 502, "upload_refused"),
        (
            create,
            place("http://169.254.169.254/x"),
            502,
            "upload_refused",
        ),
        (create, place("file:///etc/passwd"), 502, "upload_refused"),
        (create, place("nonsense"), 502, "upload_refused"),
    ] {
        app.faults(&json!([{"method": method, "effect": effect}]))
            .await;
        let answer = app.post(SITE, &httpx()).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &json!(code)),
            "{method} {effect}: {}",
            answer.text
        );
    }
    let calls = calls(&app).await;
    assert!(
        !calls.contains(&"RunService/CreateRun".to_owned()),
        "{calls:?}"
    );
}

#[tokio::test]
async fn a_store_elsewhere_gets_the_file_and_no_credentials() {
    let app = TestApp::with(&format!("{ALL}egress: {{allow: [127.0.0.1]}}\n")).await;
    let (address, upload) = store::elsewhere().await;
    let url = format!("http://{address}/bucket/spec.pb?signature=x");
    let rules = json!([{
        "method": "DataProxyService/CreateUploadLocation",
        "effect": {"type": "upload_address", "url": url},
    }]);
    app.faults(&rules).await;
    let answer = app.post(SITE, &httpx()).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let upload = upload.await.unwrap();
    let head = upload.to_ascii_lowercase();
    assert!(
        upload.starts_with("PUT /bucket/spec.pb?signature=x HTTP/1.1\r\n"),
        "{upload}"
    );
    assert!(head.contains("content-length: 58\r\n"), "{upload}");
    assert!(head.contains("content-md5: "), "{upload}");
    assert!(upload.contains("httpx"), "{upload}");
    for secret in ["authorization", "cookie", "test-token"] {
        assert!(!head.contains(secret), "{upload}");
    }
}

#[tokio::test]
async fn an_image_is_built_once_and_then_found() {
    let app = TestApp::with(ALL).await;
    let started = app.post(&format!("{SITE}&pre=false"), &httpx()).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let run = started.body["run_name"].as_str().unwrap();
    let control_plane = app.control_plane.unwrap();
    let url =
        format!("http://{control_plane}/v2/domain/development/project/flytesnacks/runs/{run}");
    let mut expected = json!({
        "image_build_run_url": url, "image_name": "site", "base_image": "flyte-debian-base",
        "pip_packages": ["httpx"], "apt_packages": null, "image": null, "target_image": SITE_IMAGE,
        "run_name": run, "project": "flytesnacks", "domain": "development",
    });
    assert_eq!(started.body, expected);
    assert_eq!(app.ended(run).await["phase"], "succeeded");
    let io = app.get(&format!("/run/{run}/io")).await;
    let image = format!("not-built.invalid/{SITE_IMAGE}");
    assert_eq!(io.body["inputs"]["target_image"], SITE_IMAGE);
    assert_eq!(io.body["inputs"]["context"], "");
    assert_eq!(io.body["outputs"], json!({"o0": image}));

    app.forget().await;
    let found = app.post(SITE, &httpx()).await;
    for member in ["image_build_run_url", "run_name"] {
        expected[member] = json!(null);
    }
    expected["image"] = json!(image);
    assert_eq!((found.status, found.body), (200, expected));
    assert_eq!(calls(&app).await, ["ImageService/GetImage"]);
}

#[tokio::test]
async fn a_control_plane_without_images_builds_all_the_same() {
    let app = TestApp::with(ALL).await;
    for code in ["unimplemented", "not_found"] {
        let effect = json!({"type": "error", "code": code});
        app.faults(&json!([{"method": "ImageService/GetImage", "effect": effect}]))
            .await;
        let answer = app
            .post("/build-image?base_image=ubuntu:22.04", &httpx())
            .await;
        assert_eq!(answer.status, 200, "{code}: {}", answer.text);
        assert_eq!(answer.body["base_image"], "ubuntu:22.04");
        let run = answer.body["run_name"].as_str().unwrap();
        assert_eq!(app.ended(run).await["phase"], "succeeded");
    }
}

#[tokio::test]
async fn the_allowlist_neither_permits_the_builder_elsewhere_nor_forbids_it_here() {
    let app = TestApp::with(&format!("{ALL}task_allowlist: [demo.hello]\n")).await;
    let started = app.post(SITE, &httpx()).await;
    assert_eq!(started.status, 200, "{}", started.text);
    let run = started.body["run_name"].as_str().unwrap();
    for path in ["", "/io"] {
        let hidden = app.get(&format!("/run/{run}{path}")).await;
        assert_eq!(hidden.status, 404, "{}", hidden.text);
    }
    let direct = app
        .post("/run-task/production/system/build-image", &json!({}))
        .await;
    assert_eq!(direct.status, 403, "{}", direct.text);
}
