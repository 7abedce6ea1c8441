//! The embedded control plane's apps: processes on ports of their own.

use buffa::Message;
use bytes::Bytes;
use flyte_idl::flyteidl2::app::{
    __buffa::oneof::{get_request::Identifier as GetBy, spec::AppPayload},
    App, CreateRequest, GetRequest, GetResponse, Identifier, Meta, Spec,
    spec::DesiredState,
};
use flyte_idl::flyteidl2::core::Container;
use serde_json::json;
use tokio::net::TcpStream;

use super::{LOOPBACK, call};
use crate::harness::{Answer, TOKEN, TestApp};

/// Field 1000 of type string, as a later version may add it.
const UNKNOWN: [u8; 6] = [0xc2, 0x3e, 0x03, b'n', b'e', b'w'];

#[tokio::test]
async fn the_built_in_app_answers_with_what_it_was_asked() {
    let app = TestApp::with(&format!("name: hook\n{LOOPBACK}")).await;
    let answer = call(
        &app,
        "path=/a/b?c=1&method=put",
        &json!({"payload": {"x": [1]}, "query_params": {"d": 2}}),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(
        answer.body,
        json!({"method": "PUT", "path": "/a/b", "query": "c=1&d=2", "content_type": "application/json",
        "user_agent": "flyte-webhook/hook", "body": {"x": [1]}})
    );
}

/// The server itself as an app: it listens on `$PORT` and takes its control
/// plane, project and domain from the platform.
#[tokio::test]
async fn an_app_is_a_process_that_is_started_called_and_ended() {
    let app = TestApp::with(LOOPBACK).await;
    let program = env!("CARGO_BIN_EXE_flyte-webhook");
    super::deploy(&app, "flytesnacks", "second", &[program, "serve"]).await;
    let started = app
        .post("/app/second/activate?wait=true", &json!(null))
        .await;
    assert_eq!(started.body["is_active"], true, "{}", started.text);
    let health = app.post("/app/second/call?path=/health", &json!({})).await;
    assert_eq!(
        (health.status, health.text.as_str()),
        (200, "{\"status\":\"healthy\"}")
    );
    let denied = app.post("/app/second/call?path=/me", &json!({})).await;
    assert_eq!(
        (denied.status, &denied.body["source"]),
        (401, &json!("app")),
        "{}",
        denied.text
    );

    let endpoint = started.body["endpoint"]
        .as_str()
        .unwrap()
        .replace("http://", "");
    let stopped = app
        .post("/app/second/deactivate?wait=true", &json!(null))
        .await;
    assert_eq!(stopped.body["is_deactivated"], true, "{}", stopped.text);
    assert!(
        TcpStream::connect(endpoint).await.is_err(),
        "the process is gone"
    );
    let state = app.get("/app/second").await.body;
    assert_eq!(state["endpoint"], "");
}

#[tokio::test]
async fn an_app_whose_program_is_not_there_says_so() {
    let app = TestApp::start().await;
    super::deploy(&app, "flytesnacks", "ghost", &["no-such-program"]).await;
    let answer = app
        .post("/app/ghost/activate?wait=true", &json!(null))
        .await;
    assert_eq!(answer.body["code"], "app_failed", "{}", answer.text);
    let id = json!({"appId": {"project": "flytesnacks", "domain": "development", "name": "ghost"}});
    let shown = app.upstream("app.AppService/Get", &id).await;
    let condition = &shown["app"]["status"]["conditions"][0];
    assert_eq!(condition["deploymentStatus"], "DEPLOYMENT_STATUS_FAILED");
    assert!(
        condition["message"]
            .as_str()
            .unwrap()
            .contains("no-such-program"),
        "{condition}"
    );
}

/// An update sends back what it does not know.
#[tokio::test]
async fn a_change_keeps_what_a_later_version_has_added() {
    let app = TestApp::start().await;
    let id = Identifier {
        project: "flytesnacks".to_owned(),
        domain: "development".to_owned(),
        name: "later".to_owned(),
        ..Default::default()
    };
    let mut spec = Spec::decode_from_slice(&UNKNOWN).unwrap();
    spec.desired_state = DesiredState::Stopped.into();
    let container = Container {
        command: vec!["sleep".to_owned(), "1000".to_owned()],
        ..Default::default()
    };
    spec.app_payload = Some(AppPayload::Container(Box::new(container)));
    let mut deployed = App::decode_from_slice(&UNKNOWN).unwrap();
    deployed.metadata = Meta {
        id: id.clone().into(),
        ..Default::default()
    }
    .into();
    deployed.spec = spec.into();
    let request = CreateRequest {
        app: deployed.clone().into(),
        ..Default::default()
    };
    proto(&app, "Create", &request).await;
    let answer = app.post("/app/later/activate", &json!(null)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);

    let request = GetRequest {
        identifier: Some(GetBy::AppId(Box::new(id))),
        ..Default::default()
    };
    let shown = GetResponse::decode_from_slice(&proto(&app, "Get", &request).await).unwrap();
    let mut kept = shown.app.into_option().unwrap();
    assert_eq!(kept.spec.desired_state, DesiredState::Started);
    kept.status.take();
    deployed.spec.get_or_insert_default().desired_state = DesiredState::Started.into();
    assert_eq!(kept, deployed);
}

async fn proto(app: &TestApp, method: &str, request: &impl Message) -> Bytes {
    let control_plane = app.control_plane.unwrap();
    let url = format!("http://{control_plane}/flyteidl2.app.AppService/{method}");
    let request = app.client.post(url).body(request.encode_to_vec());
    let request = request
        .header("content-type", "application/proto")
        .header("authorization", TOKEN);
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.bytes().await.unwrap()
}

#[tokio::test]
async fn what_is_no_app_is_refused() {
    let app = TestApp::start().await;
    let id = json!({"project": "flytesnacks", "domain": "development", "name": "x"});
    for (request, status) in [
        (json!({}), 404),
        (json!({"app": {"metadata": {"id": id}}}), 400),
        (
            json!({"app": {"metadata": {"id": id}, "spec": {"pod": {}}}}),
            400,
        ),
        (
            json!({"app": {"metadata": {"id": {"project": "none", "domain": "development", "name": "x"}}, "spec": {"container": {}}}}),
            404,
        ),
    ] {
        let control_plane = app.control_plane.unwrap();
        let url = format!("http://{control_plane}/flyteidl2.app.AppService/Create");
        let answer = Answer::of(
            app.client
                .post(url)
                .json(&request)
                .header("authorization", TOKEN),
        )
        .await;
        assert_eq!(answer.status, status, "{request}: {}", answer.text);
    }
}
