//! What is not taken, and that it does nothing.

use reqwest::Method;
use serde_json::json;

use super::{Delivery, GREET, OTHER_SECRET, SECRET, created, own, problem, push};
use crate::harness::{Answer, TestApp};

fn unbelieved() -> (u16, serde_json::Value) {
    let detail = "The delivery is not signed as it should be";
    own(401, "Unauthorized", "bad_signature", detail)
}

#[tokio::test]
async fn what_is_not_signed_by_one_of_the_secrets_is_401_and_asks_nothing() {
    let app = TestApp::with(GREET).await;
    let foreign = Delivery {
        secret: "a-secret-of-nobody-here-0123456789",
        ..push("1")
    };
    assert_eq!(problem(&foreign.send(&app).await), unbelieved());
    let signature = "x-hub-signature-256";
    let digest = format!("sha256={}", "0".repeat(64));
    for value in ["", "sha256=", "sha256=zz", "sha1=0", digest.as_str()] {
        let request = app
            .anonymous(Method::POST, "/webhook/greet")
            .header(signature, value)
            .header("x-github-event", "push")
            .body(push("1").body);
        assert_eq!(problem(&Answer::of(request).await), unbelieved(), "{value}");
    }
    let unsigned = app.anonymous(Method::POST, "/webhook/greet").body("{}");
    assert_eq!(problem(&Answer::of(unsigned).await), unbelieved());
    let twice = push("1").request(&app).header(signature, digest);
    assert_eq!(problem(&Answer::of(twice).await), unbelieved());
    // The caller's own credentials are of no use here.
    let with_token = app.post("/webhook/greet", &json!({})).await;
    assert_eq!(problem(&with_token), unbelieved());
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn a_signature_counts_for_its_own_bytes_alone() {
    let app = TestApp::with(GREET).await;
    let whole = push("1");
    for index in [0, whole.body.len() / 2, whole.body.len() - 1] {
        let mut body = whole.body.clone();
        body[index] ^= 1;
        let changed = push("1").request(&app).body(body);
        assert_eq!(problem(&Answer::of(changed).await), unbelieved(), "{index}");
    }
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn a_path_and_a_status_of_the_hooks_own_are_a_matter_of_configuration() {
    let yaml = format!("{GREET}    path: /github-webhook\n    reject_status: 403\n");
    let app = TestApp::with(&yaml).await;
    let forged = Delivery {
        secret: "a-secret-of-nobody-here-0123456789",
        path: "/github-webhook",
        ..push("1")
    };
    let detail = "The delivery is not signed as it should be";
    let expected = own(403, "Forbidden", "bad_signature", detail);
    assert_eq!(problem(&forged.send(&app).await), expected);
    let signed = Delivery {
        path: "/github-webhook",
        ..push("1")
    };
    assert_eq!(signed.send(&app).await.status, 200);
}

#[tokio::test]
async fn a_stranger_learns_no_hooks() {
    let app = TestApp::with(GREET).await;
    for path in [
        "/webhook/none",
        "/webhook/",
        "/webhook",
        "/webhook/greet/more",
    ] {
        let answer = Answer::of(app.anonymous(Method::POST, path)).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (401, &json!("no_credentials")),
            "{path}"
        );
        let known = app.post(path, &json!({})).await;
        assert_eq!(
            (known.status, &known.body["code"]),
            (404, &json!("no_route")),
            "{path}"
        );
        assert!(!known.text.contains("greet"), "{}", known.text);
    }
    let get = Answer::of(app.anonymous(Method::GET, "/webhook/greet")).await;
    assert_eq!((get.status, get.header("allow")), (405, "POST"));
}

#[tokio::test]
async fn an_unsigned_flood_stops_at_the_body_limit() {
    let app = TestApp::with(&format!("{GREET}    max_body_bytes: 1000\n")).await;
    let request = app
        .anonymous(Method::POST, "/webhook/greet")
        .body(vec![b'x'; 1001]);
    let answer = Answer::of(request).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (413, &json!("body_too_large"))
    );
    let request = app
        .anonymous(Method::POST, "/webhook/greet")
        .body(vec![b'x'; 1000]);
    assert_eq!(problem(&Answer::of(request).await), unbelieved());
}

#[tokio::test]
async fn what_is_signed_and_cannot_be_read_is_400() {
    let app = TestApp::with(GREET).await;
    for body in ["{", "{\"a\":1,\"a\":2}", "payload=%7B"] {
        let unreadable = Delivery {
            body: body.as_bytes().to_vec(),
            ..push("1")
        };
        let expected = own(
            400,
            "Bad Request",
            "delivery_unreadable",
            "The delivery cannot be read",
        );
        assert_eq!(problem(&unreadable.send(&app).await), expected, "{body}");
    }
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn a_rule_whose_inputs_are_not_there_is_422_and_starts_nothing() {
    let app = TestApp::with(GREET).await;
    let unmapped = Delivery {
        body: br#"{"ref": "refs/heads/main"}"#.to_vec(),
        ..push("1")
    };
    let detail = "A rule applies whose inputs the delivery does not have";
    let expected = own(422, "Unprocessable Entity", "delivery_unmapped", detail);
    assert_eq!(problem(&unmapped.send(&app).await), expected);
    assert_eq!(app.received().await["total"], 0);
    let unfit = Delivery {
        body: br#"{"ref": "refs/heads/main", "after": [1]}"#.to_vec(),
        ..push("2")
    };
    let detail = "The run cannot be started; the log of this server says why";
    let expected = own(422, "Unprocessable Entity", "inputs_do_not_fit", detail);
    assert_eq!(problem(&unfit.send(&app).await), expected);
    assert_eq!(created(&app).await, 0);
}

#[tokio::test]
async fn a_control_plane_that_fails_is_503_and_nothing_of_its_words_gets_out() {
    let app = TestApp::with(GREET).await;
    let words = "secret-words-of-the-control-plane";
    for (effect, status, code) in [
        (
            json!({"type": "error", "code": "unavailable", "message": words}),
            503,
            "run_not_started",
        ),
        (
            json!({"type": "error", "code": "permission_denied", "message": words}),
            503,
            "run_not_started",
        ),
        (
            json!({"type": "error", "code": "unauthenticated", "message": words}),
            503,
            "run_not_started",
        ),
        (
            json!({"type": "error", "code": "resource_exhausted", "message": words}),
            429,
            "run_not_started",
        ),
    ] {
        app.faults(&json!([{"method": "*", "effect": effect}]))
            .await;
        let answer = push("1").send(&app).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &json!(code)),
            "{effect}"
        );
        assert_eq!(answer.body["retryable"], true, "{effect}");
        assert_ne!(answer.header("retry-after"), "", "{effect}");
        assert!(!answer.text.contains(words), "{}", answer.text);
    }
    app.faults(&json!([])).await;
    assert_eq!(push("1").send(&app).await.status, 200);
}

#[tokio::test]
async fn a_task_that_is_not_deployed_is_503() {
    let app = TestApp::with(&GREET.replace("demo.hello", "demo.absent")).await;
    let answer = push("1").send(&app).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (503, &json!("task_not_found"))
    );
    assert_eq!(answer.body["retryable"], true);
}

#[tokio::test]
async fn only_what_is_signed_is_charged() {
    let app = TestApp::with(&format!("{GREET}    rate: 2/1h\n")).await;
    let forged = Delivery {
        secret: "a-secret-of-nobody-here-0123456789",
        ..push("1")
    };
    for _ in 0..5 {
        assert_eq!(forged.send(&app).await.status, 401);
    }
    for secret in [SECRET, OTHER_SECRET] {
        let signed = Delivery {
            secret,
            ..push("1")
        };
        assert_eq!(signed.send(&app).await.status, 200);
    }
    let one_more = push("1").send(&app).await;
    assert_eq!(
        (one_more.status, &one_more.body["code"]),
        (429, &json!("rate_limited"))
    );
    assert_ne!(one_more.header("retry-after"), "");
}

#[tokio::test]
async fn a_slack_delivery_counts_for_five_minutes() {
    use flyte_webhook_core::hook::{sign::Signer, source::Source};
    use jiff::{SignedDuration, Timestamp};
    use secrecy::SecretString;

    let app = TestApp::with(&GREET.replace("source: github", "source: slack")).await;
    let signer = Signer::new(Source::Slack.scheme().unwrap(), SecretString::from(SECRET)).unwrap();
    let body = br#"{"type": "url_verification", "challenge": "c4"}"#;
    for (age, status) in [(0, 200), (290, 200), (310, 401), (-310, 401)] {
        let at = Timestamp::now() - SignedDuration::from_secs(age);
        let request = app
            .anonymous(Method::POST, "/webhook/greet")
            .body(body.to_vec());
        let headers = signer.headers("1", at, body).into_iter();
        let request = headers.fold(request, |it, (name, value)| it.header(name, value));
        let answer = Answer::of(request).await;
        assert_eq!(answer.status, status, "{age}");
        if status == 200 {
            assert_eq!(answer.body, json!({"challenge": "c4"}));
        }
    }
}
