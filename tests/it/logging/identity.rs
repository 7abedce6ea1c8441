//! Credentials that are not let in.

use data_encoding::BASE64URL_NOPAD;
use reqwest::{Method, RequestBuilder};
use serde_json::json;

use super::{scene::ControlPlane, *};
use crate::identity::authorization_server::{AuthorizationServer, Mode, key_of, told};

pub(super) const CODES: &[&str] = &[
    "bad_token_answer",
    "invalid_api_key",
    "invalid_token",
    "no_keys",
    "other_endpoint",
    "service_credential_refused",
    "token_endpoint_refused",
    "token_endpoint_timeout",
    "token_endpoint_unavailable",
    "unknown_credentials",
];

/// Those of tokens, which are judged in another way.
const OF_TOKENS: &[&str] = &["invalid_token", "no_keys", "token_endpoint_refused"];

/// SHA-256 of `hunter2`.
const HASH: &str = "f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7";

fn me(scene: &Scene, token: &str) -> RequestBuilder {
    let request = scene.anonymous(Method::GET, "/me");
    request.header("authorization", format!("Bearer {token}"))
}

#[tokio::test]
async fn who_is_not_let_in_is_told_with_what_judged_the_key() {
    let server = AuthorizationServer::start(Mode::Answer(401, "", &[])).await;
    let control_plane = ControlPlane::start().await;
    control_plane
        .faults(&told(&format!("http://{}/token", server.address), ""))
        .await;
    let endpoint = control_plane.address.clone();
    let key = |client: &str| key_of(&endpoint, client, "a-secret-0123456789");
    let yaml = format!(
        "auth:\n  passthrough: false\n  service_credentials: [{{name: robot, token: {}}}]\n  \
         local_keys: [{{id: ci, hash: {HASH}, credential: robot}}]\n\
         limits: {{connect_timeout: 500ms, upstream_timeout: 500ms}}\n",
        key("local")
    );
    let mut scene = Scene::before(control_plane, &yaml).await;
    scene
        .fails("unknown_credentials", me(&scene, "a-token"))
        .await;
    let elsewhere = key_of("flyte.example.com:443", "a", "b");
    scene.fails("other_endpoint", me(&scene, &elsewhere)).await;
    scene.fails("invalid_api_key", me(&scene, &key("a"))).await;
    scene
        .fails("service_credential_refused", me(&scene, "hunter2"))
        .await;
    server.answers(Mode::Answer(503, "", &[]));
    scene
        .fails("token_endpoint_unavailable", me(&scene, &key("b")))
        .await;
    server.answers(Mode::Answer(404, "", &[]));
    scene.fails("bad_token_answer", me(&scene, &key("c"))).await;
    server.answers(Mode::Silent);
    scene
        .fails("token_endpoint_timeout", me(&scene, &key("d")))
        .await;
    let address = server.address.to_string();
    let codes: Vec<&str> = CODES
        .iter()
        .filter(|code| !OF_TOKENS.contains(code))
        .copied()
        .collect();
    let lines = scene.ends_with(&codes).await;
    for code in ["token_endpoint_unavailable", "service_credential_refused"] {
        let line = lines
            .iter()
            .find(|line| line["error.code"] == code)
            .unwrap();
        assert_eq!(line["upstream.address"], address.as_str(), "{code}");
    }
}

#[tokio::test]
async fn tokens_are_told_with_where_their_keys_would_be() {
    let control_plane = ControlPlane::start().await;
    control_plane
        .faults(&told("http://10.0.0.1/token", ""))
        .await;
    let key = key_of(&control_plane.address, "a", "b");
    let yaml = "auth: {jwt: {issuer: 'https://issuer.test/', audiences: [flyte], \
                jwks_url: 'http://127.0.0.1:1/jwks'}}\n";
    let mut scene = Scene::before(control_plane, yaml).await;
    scene.fails("invalid_token", me(&scene, "a-token")).await;
    let part = |value: Value| BASE64URL_NOPAD.encode(value.to_string().as_bytes());
    let (head, claims) = (
        part(json!({"alg": "ES256", "kid": "a"})),
        part(json!({"sub": "ada"})),
    );
    let token = format!("{head}.{claims}.{}", BASE64URL_NOPAD.encode(&[0; 64]));
    scene.fails("no_keys", me(&scene, &token)).await;
    scene
        .fails("token_endpoint_refused", me(&scene, &key))
        .await;
    let lines = scene.ends_with(OF_TOKENS).await;
    let line = lines
        .iter()
        .find(|line| line["error.code"] == "no_keys")
        .unwrap();
    assert_eq!(line["upstream.address"], "127.0.0.1:1");
}
