//! The port itself: protocols, codecs, compression, identity, foreign names.

use std::io::Write;

use connectrpc::Protocol;
use flyte_idl::flyteidl2::common::ActionPhase;
use serde_json::json;

use super::bench::{ControlPlane, TOKEN, create};

#[tokio::test]
async fn grpc_and_grpc_web_are_spoken_beside_connect() {
    let control_plane = ControlPlane::start().await;
    for (name, protocol) in [
        ("grpc", Protocol::Grpc),
        ("web", Protocol::GrpcWeb),
        ("connect", Protocol::Connect),
    ] {
        let client = control_plane.runs_over(protocol);
        let run = client
            .create_run(create(name, "demo.hello"))
            .await
            .unwrap()
            .into_owned()
            .run;
        assert_eq!(run.action.id.run.name, name);
        control_plane
            .until(name, "a0", ActionPhase::ACTION_PHASE_SUCCEEDED)
            .await;
        let unknown = client.create_run(create("x", "no")).await.unwrap_err();
        assert_eq!(unknown.code, connectrpc::ErrorCode::Unknown);
    }
}

#[tokio::test]
async fn a_compressed_request_is_understood_and_an_answer_compressed() {
    let control_plane = ControlPlane::start().await;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(b"{\"request\":{\"limit\":200}}").unwrap();
    let response = control_plane
        .http
        .post(control_plane.url("/flyteidl2.task.TaskService/ListTasks"))
        .header("content-type", "application/json")
        .header("content-encoding", "gzip")
        .header("accept-encoding", "gzip")
        .body(encoder.finish().unwrap())
        .send()
        .await
        .unwrap();
    assert_eq!(
        (
            response.status().as_u16(),
            &response.headers()["content-encoding"]
        ),
        (200, &"gzip".parse().unwrap())
    );
}

#[tokio::test]
async fn a_caller_is_who_its_token_says() {
    let control_plane = ControlPlane::start().await;
    let me = async |token: Option<&str>| {
        let url = control_plane.url("/flyteidl2.auth.IdentityService/UserInfo");
        let mut request = control_plane
            .http
            .post(url)
            .header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let response = request.body("{}").send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    };
    assert_eq!(
        me(Some(TOKEN)).await,
        (200, "{\"subject\":\"jo\"}".to_owned())
    );
    let (status, opaque) = me(Some("Bearer s3cret")).await;
    assert!(status == 200 && opaque.contains("\"subject\":\"user-") && !opaque.contains("s3cret"));
    let (status, nobody) = me(None).await;
    assert!(
        status == 401 && nobody.contains("\"code\":\"unauthenticated\""),
        "{nobody}"
    );
}

#[tokio::test]
async fn the_one_cluster_is_here_under_the_callers_name_for_it() {
    let control_plane = ControlPlane::start().await;
    let url = control_plane.url("/flyteidl2.cluster.ClusterService/SelectCluster");
    for (host, endpoint) in [
        ("localhost:1", "http://localhost:1"),
        ("127.0.0.1", "http://127.0.0.1"),
    ] {
        let request = control_plane.http.post(&url).header("host", host);
        let request = request
            .header("content-type", "application/json")
            .body("{}");
        let body = request.send().await.unwrap().text().await.unwrap();
        assert_eq!(body, json!({ "clusterEndpoint": endpoint }).to_string());
    }
}

#[tokio::test]
async fn a_foreign_name_for_this_machine_is_not_served() {
    let control_plane = ControlPlane::start().await;
    for path in [
        "/healthz",
        "/_dev/faults",
        "/flyteidl2.auth.IdentityService/UserInfo",
    ] {
        let request = control_plane
            .http
            .post(control_plane.url(path))
            .header("host", "evil.example");
        assert_eq!(request.send().await.unwrap().status(), 421, "{path}");
    }
}

#[tokio::test]
async fn what_is_not_served_is_said_in_the_protocol() {
    let control_plane = ControlPlane::start().await;
    for method in [
        "auth.AuthMetadataService/GetOAuth2Metadata",
        "workflow.RunService/SignalEvent",
    ] {
        let (status, body) = control_plane.json(method, json!({})).await;
        assert_eq!(
            (status, &body["code"]),
            (501, &json!("unimplemented")),
            "{method}"
        );
    }
    let unknown = control_plane.json("no.Such/Method", json!({})).await;
    assert_eq!(
        unknown,
        (
            404,
            json!({"code": "unimplemented", "message": "method not found: flyteidl2.no.Such/Method"})
        )
    );
    for path in ["/healthz", "/readyz"] {
        let response = control_plane
            .http
            .get(control_plane.url(path))
            .send()
            .await
            .unwrap();
        assert_eq!(
            (response.status().as_u16(), response.text().await.unwrap()),
            (200, "ok".to_owned())
        );
    }
}

#[tokio::test]
async fn the_journal_counts_calls_and_holds_no_credential() {
    let control_plane = ControlPlane::start().await;
    for _ in 0..3 {
        control_plane
            .json("task.TaskService/ListTasks", json!({}))
            .await;
    }
    let show = async || {
        let response = control_plane
            .http
            .get(control_plane.url("/_dev/requests"))
            .send()
            .await
            .unwrap();
        let text = response.text().await.unwrap();
        assert!(!text.contains("e30.eyJ"), "{text}");
        serde_json::from_str::<serde_json::Value>(&text).unwrap()
    };
    let journal = show().await;
    assert_eq!(journal["counts"], json!({"TaskService/ListTasks": 3}));
    assert_eq!(journal["requests"][2]["caller"], "jo");
    let cleared = control_plane
        .http
        .delete(control_plane.url("/_dev/requests"))
        .send()
        .await
        .unwrap();
    assert_eq!(cleared.status(), 204);
    assert_eq!(
        show().await,
        json!({"requests": [], "counts": {}, "total": 0})
    );
}
