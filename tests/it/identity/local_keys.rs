//! Keys of this server's own.

use reqwest::Method;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    authorization_server::{AuthorizationServer, Mode, key},
    identities, me,
};
use crate::harness::{Answer, TestApp};

const KEY: &str = "fwk_canary-of-a-local-key-0123456789";
/// A token whose subject is `service`.
const SERVICE: &str = "e30.eyJzdWIiOiJzZXJ2aWNlIn0.x";

fn configuration(service: &str, more: &str) -> String {
    let hash = data_encoding::HEXLOWER.encode(&Sha256::digest(KEY));
    format!(
        "auth:\n  service_credentials:\n    - name: robot\n      token: '{service}'\n  \
         local_keys:\n    - id: ci\n      hash: {hash}\n      credential: robot\n{more}"
    )
}

#[tokio::test]
async fn a_local_key_becomes_its_service_credential() {
    let app = TestApp::with(&configuration(SERVICE, "")).await;
    let request = app.anonymous(Method::GET, "/me");
    let request = request
        .header("authorization", format!("Bearer {KEY}"))
        .header("cookie", "session=somebody-else");
    let answer = Answer::of(request).await;
    assert_eq!(answer.body["subject"], "service", "{}", answer.text);
    let received = app.received().await;
    let headers = received["requests"][0]["headers"].as_array().unwrap();
    assert!(headers.iter().all(|pair| pair[0] != "cookie"), "{received}");
}

#[tokio::test]
async fn what_is_no_local_key_passes_unless_it_may_not() {
    let others = [
        "dev".to_owned(),
        KEY[..KEY.len() - 1].to_owned(),
        format!("{KEY}0"),
        KEY.to_uppercase(),
        data_encoding::HEXLOWER.encode(&Sha256::digest(KEY)),
    ];
    let open = TestApp::with(&configuration(SERVICE, "")).await;
    for token in &others {
        let answer = me(&open, token).await;
        assert_eq!(answer.status, 200, "{token}");
        assert_ne!(answer.body["subject"], "service", "{token}");
    }
    let closed = TestApp::with(&configuration(SERVICE, "  passthrough: false\n")).await;
    for token in &others {
        let answer = me(&closed, token).await;
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(
            answer.body,
            json!({
                "detail": "Only API keys and tokens that this server knows are let in; see auth.passthrough",
                "type": "about:blank",
                "title": "Unauthorized",
                "status": 401,
                "code": "unknown_credentials",
                "source": "webhook",
                "retryable": false,
                "request_id": id,
            }),
            "{token}"
        );
    }
    for (name, value) in [("cookie", "a=b"), ("authorization", "Basic dXNlcjpwYXNz")] {
        let request = closed.anonymous(Method::GET, "/me").header(name, value);
        assert_eq!(Answer::of(request).await.status, 401, "{name}");
    }
    assert_eq!(identities(&closed).await, 0);
    assert_eq!(me(&closed, KEY).await.body["subject"], "service");
}

#[tokio::test]
async fn keys_are_let_in_where_anything_else_has_to_be_an_issuers_token() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let jwt = "  jwt:\n    issuer: https://issuer.test/\n    audiences: [flyte]\n    \
        jwks_url: http://127.0.0.1:9/jwks\n";
    let app = TestApp::with(&configuration(SERVICE, jwt)).await;
    server.tell(&app).await;
    assert_eq!(me(&app, KEY).await.body["subject"], "service");
    let api_key = key(&app.control_plane.unwrap().to_string());
    assert_eq!(me(&app, &api_key).await.body["subject"], "robot-1");
    assert_eq!(me(&app, "dev").await.body["code"], "invalid_token");
    let elsewhere = me(&app, &key("flyte.example.com")).await;
    assert_eq!(elsewhere.body["code"], "other_endpoint");
}

#[tokio::test]
async fn a_service_credential_may_be_an_api_key() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    // The key names the control plane, whose port is known only then.
    let plane = TestApp::start().await;
    let endpoint = plane.control_plane.unwrap();
    server.tell(&plane).await;
    let yaml = configuration(&key(&endpoint.to_string()), "  exchange_api_keys: false\n");
    let app = TestApp::against(&format!("http://{endpoint}"), &yaml).await;
    for _ in 0..3 {
        assert_eq!(me(&app, KEY).await.body["subject"], "robot-1");
    }
    assert_eq!(server.asked().len(), 1);
}

#[tokio::test]
async fn a_service_credential_that_is_refused_is_not_the_callers_fault() {
    let server = AuthorizationServer::start(Mode::Answer(401, "", &[])).await;
    let plane = TestApp::start().await;
    let endpoint = plane.control_plane.unwrap();
    server.tell(&plane).await;
    let yaml = configuration(&key(&endpoint.to_string()), "");
    let app = TestApp::against(&format!("http://{endpoint}"), &yaml).await;
    let answer = me(&app, KEY).await;
    assert_eq!(answer.status, 502);
    assert_eq!(answer.body["code"], "service_credential_refused");
    assert_eq!(
        answer.body["detail"],
        "The service credential of key ci is not valid; see auth.service_credentials"
    );
}
