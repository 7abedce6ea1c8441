//! API keys of Flyte.

use std::time::Duration;

use data_encoding::BASE64;
use reqwest::Method;
use serde_json::json;
use tokio::{net::TcpListener, time::timeout};

use super::{
    authorization_server::{AuthorizationServer, CLIENT, Mode, SECRET, key, key_of, told},
    identities, me,
};
use crate::harness::{Answer, TestApp};

/// The endpoint of an app's control plane as a key names it.
fn endpoint(app: &TestApp) -> String {
    app.control_plane.unwrap().to_string()
}

#[tokio::test]
async fn a_key_is_exchanged_once_however_many_requests_bring_it() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let spellings = [
        key(&endpoint(&app)),
        key(&format!("dns:///{}", endpoint(&app))),
        key(&format!("http://{}/", endpoint(&app))),
    ];
    let asks = (0..120).map(|index| me(&app, &spellings[index % 3]));
    for answer in futures::future::join_all(asks).await {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body["subject"], "robot-1");
    }
    let asked = server.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].line, "/token?a=b");
    let expected = BASE64.encode(b"robot:s3cret-canary_0123456789%2B%2F%25");
    assert_eq!(asked[0].authorization, format!("Basic {expected}"));
    let form = [
        ("grant_type", "client_credentials"),
        ("scope", "all offline"),
        ("audience", "https://flyte.test/"),
    ];
    let form = form.map(|(name, value)| (name.to_owned(), value.to_owned()));
    assert_eq!(asked[0].form, form);
    let counts = &app.received().await["counts"];
    assert_eq!(counts["AuthMetadataService/GetOAuth2Metadata"], 1);
    assert_eq!(counts["AuthMetadataService/GetPublicClientConfig"], 1);
}

#[tokio::test]
async fn the_control_plane_gets_the_token_where_it_expects_it_and_nothing_else() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    let endpoint_of_tokens = format!("http://{}/token", server.address);
    app.faults(&told(&endpoint_of_tokens, "Flyte-Authorization"))
        .await;
    let request = app.anonymous(Method::GET, "/me");
    let request = request
        .header("authorization", format!("bearer {}", key(&endpoint(&app))))
        .header("cookie", "session=somebody-else");
    // The embedded control plane looks elsewhere for who it is.
    assert_eq!(Answer::of(request).await.status, 401);
    let received = app.received().await;
    let calls = received["requests"].as_array().unwrap();
    let call = calls
        .iter()
        .find(|call| call["method"] == "IdentityService/UserInfo");
    let headers = call.unwrap()["headers"].as_array().unwrap();
    let has = |name: &str| headers.iter().any(|pair| pair[0] == name);
    assert!(!has("authorization") && !has("cookie"), "{headers:?}");
    let token = headers.iter().find(|pair| pair[0] == "flyte-authorization");
    assert!(
        token.unwrap()[1]
            .as_str()
            .unwrap()
            .starts_with("Bearer e30.")
    );
}

#[tokio::test]
async fn a_token_that_expires_is_replaced_before_it_does() {
    let server = AuthorizationServer::start(Mode::Tokens(1)).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let key = key(&endpoint(&app));
    let started = tokio::time::Instant::now();
    let mut answers = 0;
    while server.asked().len() < 3 {
        assert_eq!(me(&app, &key).await.status, 200);
        answers += 1;
        assert!(started.elapsed() < Duration::from_secs(20), "{answers}");
    }
    let time = started.elapsed();
    assert!(time >= Duration::from_millis(950), "{time:?}");
    assert!(answers > 10, "{answers}");
}

#[tokio::test]
async fn a_key_stays_the_same_caller_when_its_token_is_renewed() {
    let server = AuthorizationServer::start(Mode::Tokens(1)).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let key = key(&endpoint(&app));
    let run = async || {
        let path = "/run-task/development/flytesnacks/demo.hello";
        let request = app.anonymous(Method::POST, path);
        let request = request.header("authorization", format!("Bearer {key}"));
        let request = request.header("idempotency-key", "once");
        let answer = Answer::of(request.json(&json!({"name": "Ada"}))).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.body["name"].clone()
    };
    let first = run().await;
    let before = server.asked().len();
    let renewed = timeout(Duration::from_secs(10), async {
        while server.asked().len() == before {
            assert_eq!(me(&app, &key).await.status, 200);
        }
    });
    renewed.await.unwrap();
    assert_eq!(run().await, first);
    assert_eq!(app.received().await["counts"]["RunService/CreateRun"], 1);
}

#[tokio::test]
async fn a_token_that_is_revoked_costs_one_request_and_no_flood() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let key = key(&endpoint(&app));
    assert_eq!(me(&app, &key).await.body["subject"], "robot-1");
    let revoked = json!({
        "method": "IdentityService/UserInfo",
        "caller": "robot-1",
        "effect": {"type": "error", "code": "unauthenticated"},
    });
    let mut rules = told(&format!("http://{}/token", server.address), "");
    rules.as_array_mut().unwrap().push(revoked);
    app.faults(&rules).await;
    // At first it is too fresh to be given up: what is refused from the start
    // must not be asked for over and over.
    let refused = me(&app, &key).await;
    assert_eq!(
        (refused.status, &refused.body["source"]),
        (401, &json!("control_plane"))
    );
    assert_eq!(server.asked().len(), 1);
    let renewed = timeout(Duration::from_secs(10), async {
        loop {
            let answer = me(&app, &key).await;
            if answer.status == 200 {
                return answer;
            }
        }
    });
    assert_eq!(renewed.await.unwrap().body["subject"], "robot-2");
    assert_eq!(server.asked().len(), 2);
}

#[tokio::test]
async fn a_key_for_another_endpoint_is_sent_nowhere() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let canary = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let other = canary.local_addr().unwrap();
    let own = endpoint(&app);
    let (host, port) = own.split_once(':').unwrap();
    for endpoint in [
        other.to_string(),
        format!("http://{other}"),
        format!("dns:///{other}"),
        host.to_owned(),
        format!("localhost:{port}"),
        format!("{own}.evil.com"),
        format!("evil.com@{own}"),
        format!("evil.com/{own}"),
        format!("{own}/path"),
        format!("grpc://{other}"),
        "x".to_owned(),
    ] {
        let answer = me(&app, &key(&endpoint)).await;
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(
            answer.body,
            json!({
                "detail": "The API key is for another Flyte endpoint; send one for this control plane",
                "type": "about:blank",
                "title": "Unauthorized",
                "status": 401,
                "code": "other_endpoint",
                "source": "webhook",
                "retryable": false,
                "request_id": id,
            }),
            "{endpoint}"
        );
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"invalid_token\""
        );
    }
    assert_eq!(server.asked(), []);
    assert_eq!(app.received().await["total"], 0);
    let nobody = timeout(Duration::from_millis(1), canary.accept()).await;
    assert!(nobody.is_err());
}

#[tokio::test]
async fn what_is_no_key_is_forwarded_as_it_came() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let own = endpoint(&app);
    for token in [
        "dev",
        "e30.eyJzdWIiOiJ1MSJ9.x",
        &BASE64.encode(b"{\"a\":1,\"b\":2,\"c\":3}"),
        &BASE64.encode(
            format!("{own}:{CLIENT}:{SECRET}").as_bytes()[10..]
                .to_vec()
                .as_slice(),
        ),
        &BASE64.encode(format!("{own} :{CLIENT}:{SECRET}:acme").as_bytes()),
    ] {
        let before = identities(&app).await;
        assert_eq!(me(&app, token).await.status, 200, "{token}");
        assert_eq!(identities(&app).await, before + 1, "{token}");
    }
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn keys_are_forwarded_where_they_are_not_to_be_exchanged() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::with("auth:\n  exchange_api_keys: false\n").await;
    server.tell(&app).await;
    for endpoint in [&endpoint(&app), "elsewhere.example.com"] {
        let answer = me(&app, &key(endpoint)).await;
        assert_eq!(answer.status, 200);
        let subject = answer.body["subject"].as_str().unwrap();
        assert!(subject.starts_with("user-"), "{subject}");
    }
    assert_eq!(server.asked(), []);
}

#[tokio::test]
async fn keys_of_other_clients_are_not_mixed_up() {
    let server = AuthorizationServer::start(Mode::Tokens(3600)).await;
    let app = TestApp::start().await;
    server.tell(&app).await;
    let own = endpoint(&app);
    assert_eq!(me(&app, &key(&own)).await.status, 200);
    for (client, secret) in [(CLIENT, "wrong"), ("other", SECRET), ("robots3", "cret")] {
        let answer = me(&app, &key_of(&own, client, secret)).await;
        assert_eq!(answer.body["code"], "invalid_api_key", "{client}");
    }
    assert_eq!(me(&app, &key(&own)).await.body["subject"], "robot-1");
    assert_eq!(server.asked().len(), 4);
}
