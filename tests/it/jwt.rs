//! Tokens that this server verifies itself, at the wire.

mod forged;
mod issuer;

use flyte_webhook_core::endpoint::Endpoint;
use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, TestApp};
use issuer::{Issuer, claims, now};

/// A server that takes tokens of this issuer alone.
async fn app(issuer: &Issuer) -> TestApp {
    TestApp::with(&format!(
        "auth:\n  jwt:\n    issuer: https://issuer.test/\n    audiences: [flyte, other]\n    \
         algorithms: [ES256, RS256, EdDSA]\n    leeway: 5s\n    jwks_url: http://{}/jwks\n",
        issuer.address
    ))
    .await
}

async fn ask(app: &TestApp, authorization: &str) -> Answer {
    let request = app.anonymous(Method::GET, "/me");
    Answer::of(request.header("authorization", authorization)).await
}

#[tokio::test]
async fn no_forged_or_misused_token_reaches_the_control_plane() {
    let issuer = Issuer::start().await;
    let app = app(&issuer).await;
    let tokens = forged::tokens(&issuer);
    assert!(tokens.len() >= 60, "{} tokens", tokens.len());
    for (what, token) in &tokens {
        let answer = ask(&app, &format!("Bearer {token}")).await;
        let id = answer.header("x-request-id").to_owned();
        assert_eq!(
            answer.body,
            json!({
                "detail": "The bearer token is not valid here, or no longer",
                "type": "about:blank",
                "title": "Unauthorized",
                "status": 401,
                "code": "invalid_token",
                "source": "webhook",
                "retryable": false,
                "request_id": id,
            }),
            "{what}"
        );
        assert_eq!(
            answer.header("www-authenticate"),
            "Bearer error=\"invalid_token\"",
            "{what}"
        );
    }
    assert_eq!(app.received().await["requests"], json!([]));
}

#[tokio::test]
async fn what_is_no_bearer_token_is_no_way_around() {
    let issuer = Issuer::start().await;
    let app = app(&issuer).await;
    let good = issuer.token(&claims());
    for authorization in ["Basic dXNlcjpwYXNz", "x", "Bearer", &good] {
        assert_eq!(
            ask(&app, authorization).await.status,
            401,
            "{authorization}"
        );
    }
    let cookie = app.anonymous(Method::GET, "/me").header("cookie", "a=b");
    assert_eq!(Answer::of(cookie).await.body["code"], "invalid_token");
    let health = app.anonymous(Method::GET, Endpoint::Health.path());
    assert_eq!(Answer::of(health).await.status, 200);
}

#[tokio::test]
async fn every_valid_shape_is_let_in_and_forwarded_as_it_came() {
    let issuer = Issuer::start().await;
    let app = app(&issuer).await;
    let with = |name: &str, value: serde_json::Value| {
        let mut claims = claims();
        claims[name] = value;
        claims
    };
    let good = [
        issuer.token(&claims()),
        issuer.token(&with("aud", json!(["x", "other"]))),
        issuer.token(&with("exp", json!(now() - 2))),
        issuer.token(&with("nbf", json!(now() + 2))),
        issuer.token(&with("iat", json!(now() + 1000))),
        issuer.token_with(&json!({"alg": "ES256", "kid": "ec"}), &claims()),
        issuer.token_with(
            &json!({"alg": "ES256", "typ": "at+jwt", "kid": "ec"}),
            &claims(),
        ),
        // Where a key is to be had is passed over, not obeyed.
        issuer.token_with(
            &json!({"alg": "ES256", "kid": "ec", "jku": "http://127.0.0.1:1/evil"}),
            &claims(),
        ),
        // One key fits, so that its name is not needed.
        issuer.token_with(&json!({"alg": "ES256"}), &claims()),
        issuer.rsa_token(&claims()),
        issuer.ed_token(&claims()),
    ];
    for (index, token) in good.iter().enumerate() {
        let answer = ask(&app, &format!("Bearer {token}")).await;
        assert_eq!(answer.status, 200, "{index}: {}", answer.text);
        assert_eq!(answer.body["subject"], "alice", "{index}");
    }
    assert_eq!(ask(&app, &format!("bearer  {}", good[0])).await.status, 200);
}

#[tokio::test]
async fn a_cookie_beside_a_token_goes_nowhere() {
    let issuer = Issuer::start().await;
    let app = app(&issuer).await;
    let request = app.anonymous(Method::GET, "/me");
    let request = request
        .header(
            "authorization",
            format!("Bearer {}", issuer.token(&claims())),
        )
        .header("cookie", "session=somebody-else");
    assert_eq!(Answer::of(request).await.status, 200);
    let received = app.received().await;
    let headers = received["requests"][0]["headers"].as_array().unwrap();
    assert!(headers.iter().all(|pair| pair[0] != "cookie"), "{received}");
}

#[tokio::test]
async fn a_rotation_is_noticed_and_unknown_keys_cause_no_flood() {
    let issuer = Issuer::start().await;
    let app = app(&issuer).await;
    let old = format!("Bearer {}", issuer.token(&claims()));
    assert_eq!(ask(&app, &old).await.status, 200);
    assert_eq!(issuer.fetches(), 1);
    issuer.rotate();
    let new = format!("Bearer {}", issuer.token(&claims()));
    let unknown = issuer.token_with(&json!({"alg": "ES256", "kid": "none"}), &claims());
    let unknown = format!("Bearer {unknown}");
    let asks = (0..200).map(|index| {
        let authorization = if index % 2 == 0 { &new } else { &unknown };
        ask(&app, authorization)
    });
    let answers = futures::future::join_all(asks).await;
    for (index, answer) in answers.iter().enumerate() {
        let expected = if index % 2 == 0 { 200 } else { 401 };
        assert_eq!(answer.status, expected, "{index}");
    }
    assert_eq!(issuer.fetches(), 2);
}

#[tokio::test]
async fn known_keys_outlive_their_issuer_and_without_any_it_is_503() {
    let issuer = Issuer::start().await;
    let known = app(&issuer).await;
    let token = format!("Bearer {}", issuer.token(&claims()));
    assert_eq!(ask(&known, &token).await.status, 200);
    issuer.fail();
    let unknown = app(&issuer).await;
    let answer = ask(&unknown, &token).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (503, &json!("no_keys"))
    );
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(answer.body["retryable"], true);
    assert_eq!(ask(&known, &token).await.status, 200);
}

#[tokio::test]
async fn an_issuer_that_does_not_answer_holds_up_nobody_with_a_known_key() {
    let issuer = Issuer::start().await;
    let app = app(&issuer).await;
    let known = format!("Bearer {}", issuer.token(&claims()));
    assert_eq!(ask(&app, &known).await.status, 200);
    issuer.hang();
    let unknown = issuer.token_with(&json!({"alg": "ES256", "kid": "none"}), &claims());
    let unknown = format!("Bearer {unknown}");
    let strangers = futures::future::join_all((0..100).map(|_| ask(&app, &unknown)));
    let friends = async {
        // Only once the issuer is being asked.
        while issuer.fetches() < 2 {
            tokio::task::yield_now().await;
        }
        for _ in 0..50 {
            assert_eq!(ask(&app, &known).await.status, 200);
        }
    };
    tokio::select! {
        _ = strangers => panic!("strangers were answered before their key was looked for"),
        () = friends => {}
    }
    assert_eq!(issuer.fetches(), 2);
}
