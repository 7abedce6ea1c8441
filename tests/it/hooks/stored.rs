//! `ack: stored`: a 202 says that the delivery is committed, whatever the control
//! plane does, and it is launched without the sender.

use flyte_webhook_core::hook::sign::Signer;
use jiff::Timestamp;
use reqwest::Method;
use secrecy::SecretString;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Delivery, GREET, SECRET, created, push};
use crate::{
    admin::{HASH, KEY},
    harness::{Answer, TestApp, config},
};

/// An inbox for a configuration that nobody serves by.
const MEMORY: &str = "inbox: {path: /nowhere/inbox.db}\n";

/// A server with an inbox, and what it is in.
async fn server(more: &str) -> (TestApp, TempDir) {
    configured(&format!("{GREET}{more}")).await
}

/// The same with hooks of the test's own.
async fn configured(hooks: &str) -> (TestApp, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inbox.db");
    let inbox = format!(
        "inbox: {{path: {}, backoff: {{first: 10ms}}}}\n",
        path.display()
    );
    let admin = format!("admin: {{tokens: [{{id: ops, hash: {HASH}}}], on_main_port: true}}\n");
    let app = TestApp::with(&format!("{inbox}{admin}{hooks}")).await;
    (app, folder)
}

async fn ask(app: &TestApp, method: Method, path: &str) -> Answer {
    let request = app.anonymous(method, path);
    Answer::of(request.header("authorization", format!("Bearer {KEY}"))).await
}

/// The delivery of this number, once its launch is in a state.
async fn once(app: &TestApp, id: i64, state: &str) -> Value {
    for _ in 0..2_000 {
        let answer = ask(app, Method::GET, &format!("/api/deliveries/{id}")).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        if answer.body["launches"][0]["state"] == state {
            return answer.body;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("delivery {id} did not become {state}");
}

fn stored(answer: &Answer) -> i64 {
    assert_eq!(
        (answer.status, &answer.body["status"]),
        (202, &json!("stored")),
        "{}",
        answer.text
    );
    answer.body["delivery"].as_i64().unwrap()
}

#[tokio::test]
async fn what_is_stored_is_launched_also_where_the_control_plane_fails_at_first() {
    let (app, _folder) = server("    ack: stored\n").await;
    let down =
        json!([{"method": "*", "effect": {"type": "error", "code": "unavailable"}, "count": 3}]);
    app.faults(&down).await;
    let id = stored(&push("1").send(&app).await);
    let delivery = once(&app, id, "launched").await;
    let run = delivery["launches"][0]["run"].as_str().unwrap();
    assert_eq!(app.ended(run).await["phase"], "succeeded");
    let io = app.get(&format!("/run/{run}/io")).await.body;
    assert_eq!(io["inputs"], json!({"name": "f00ba4"}));
    assert_eq!(delivery["explanation"]["event"]["qualified_type"], "push");
    assert_eq!(delivery["explanation"]["rules"][0]["outcome"], "applies");
    assert!(!delivery.to_string().contains("f00ba4"), "{delivery}");
}

#[tokio::test]
async fn a_delivery_that_comes_again_under_any_id_starts_nothing() {
    let (app, _folder) = server("    ack: stored\n").await;
    let id = stored(&push("1").send(&app).await);
    let run = once(&app, id, "launched").await["launches"][0]["run"].clone();
    let before = created(&app).await;
    // The id is not signed, so another may stand there.
    for again in ["1", "2"] {
        let answer = push(again).send(&app).await;
        assert_eq!(
            (answer.status, &answer.body["status"]),
            (200, &json!("duplicate"))
        );
        assert_eq!(answer.body["run_id"], run);
    }
    assert_eq!(created(&app).await, before);
}

#[tokio::test]
async fn a_signed_time_lets_nobody_send_a_delivery_again_under_an_id_that_is_not_signed() {
    for (content, names, status) in [
        ("{ts}.{body}", "", 200),
        ("{id}.{ts}.{body}", ", id_header: x-id", 202),
    ] {
        let signature =
            format!("{{header: x-signature, content: '{content}', timestamp_header: x-ts{names}}}");
        let generic = format!("source: generic\n    signature: {signature}\n    id_header: x-id");
        let hook = GREET.replace("source: github", &generic);
        let hook = hook.replace("event.type == \"push\" && ", "");
        let yaml = format!("{hook}    ack: stored\n");
        let (app, _folder) = configured(&yaml).await;
        let scheme = config("http://127.0.0.1:9", &format!("{MEMORY}{yaml}"))
            .hooks
            .remove(0);
        let scheme = scheme.verifier.scheme().clone();
        let signer = Signer::new(scheme, SecretString::from(SECRET)).unwrap();
        let first = push("1");
        let now = Timestamp::now();
        let send = async |signed: &str, sent: &str| {
            let request = app
                .anonymous(Method::POST, first.path)
                .body(first.body.clone());
            let proof = signer.headers(signed, now, &first.body).into_iter();
            let proof = proof.filter(|(name, _)| name != "x-id");
            let request = proof.fold(request, |it, (name, value)| it.header(name, value));
            Answer::of(request.header("x-id", sent)).await
        };
        stored(&send("1", "1").await);
        assert_eq!(send("1", "1").await.status, 200);
        // Where it is signed, it is another delivery of the same body.
        let again = send("2", "2").await;
        assert_eq!(again.status, status, "{content}: {}", again.text);
    }
}

#[tokio::test]
async fn a_server_whose_inbox_is_full_is_not_ready() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inbox.db");
    let inbox = format!("inbox: {{path: {}, max_bytes: 1048576}}\n", path.display());
    let app = TestApp::with(&format!("{inbox}{GREET}    ack: stored\n")).await;
    app.faults(&json!([{"method": "*", "effect": {"type": "error", "code": "unavailable"}}]))
        .await;
    let ready = async || Answer::of(app.anonymous(Method::GET, "/readyz")).await;
    assert_eq!(ready().await.status, 200);
    let mut refused = None;
    for n in 0..100 {
        let text = "x".repeat(100_000);
        let body = json!({"ref": "refs/heads/main", "after": "f00ba4", "n": n, "text": text});
        let delivery = Delivery {
            body: body.to_string().into_bytes(),
            ..push(&n.to_string())
        };
        let answer = delivery.send(&app).await;
        if answer.status == 503 {
            refused = Some(answer);
            break;
        }
        stored(&answer);
    }
    assert!(!refused.unwrap().header("retry-after").is_empty());
    let not_ready = ready().await;
    assert_eq!(
        (not_ready.status, &not_ready.body["code"]),
        (503, &json!("not_ready"))
    );
    let live = Answer::of(app.anonymous(Method::GET, "/livez")).await;
    assert_eq!(live.status, 200);
}

#[tokio::test]
async fn with_an_inbox_launched_remembers_bodies_too() {
    let (app, _folder) = server("").await;
    let first = push("1").send(&app).await;
    assert_eq!(first.body["status"], "launched", "{}", first.text);
    let again = push("2").send(&app).await;
    assert_eq!(
        (&again.body["status"], &again.body["run_id"]),
        (&json!("duplicate"), &first.body["run_id"])
    );
}

#[tokio::test]
async fn what_never_fits_is_a_dead_letter_and_a_replay_is_another_run() {
    let (app, _folder) = server("    ack: stored\n").await;
    let unfit = Delivery {
        body: br#"{"ref": "refs/heads/main", "after": [1]}"#.to_vec(),
        ..push("1")
    };
    let id = stored(&unfit.send(&app).await);
    let dead = once(&app, id, "dead").await;
    let reason = dead["launches"][0]["reason"].as_str().unwrap();
    assert!(reason.starts_with("inputs_do_not_fit: name"), "{reason}");
    let id = stored(&push("2").send(&app).await);
    let first = once(&app, id, "launched").await["launches"][0]["run"].clone();
    let replayed = ask(&app, Method::POST, &format!("/api/deliveries/{id}/replay")).await;
    assert_eq!(
        (replayed.status, &replayed.body),
        (200, &json!({"pending": 1}))
    );
    let mut second = once(&app, id, "launched").await["launches"][0]["run"].clone();
    while second == first {
        second = once(&app, id, "launched").await["launches"][0]["run"].clone();
    }
    assert_eq!(
        app.ended(second.as_str().unwrap()).await["phase"],
        "succeeded"
    );
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one story")]
async fn administrators_see_hooks_and_what_came_and_nobody_else_does() {
    let (app, _folder) = server("").await;
    let forged = Delivery {
        secret: "a-secret-of-nobody-here-0123456789",
        ..push("1")
    };
    assert_eq!(forged.send(&app).await.status, 401);
    let tag = Delivery {
        body: br#"{"ref": "refs/tags/1"}"#.to_vec(),
        ..push("2")
    };
    assert_eq!(tag.send(&app).await.status, 200);
    let events = ask(&app, Method::GET, "/api/events").await.body["events"].clone();
    let outcome = |index: usize| {
        (
            events[index]["outcome"].clone(),
            events[index]["reason"].clone(),
        )
    };
    assert_eq!(outcome(0), (json!("ignored"), json!("no_rule_matched")));
    assert_eq!(
        outcome(1),
        (
            json!("rejected"),
            json!("none of the secrets made the signature")
        )
    );
    let status = ask(&app, Method::GET, "/api/status").await;
    assert_eq!(status.body["hooks"][0]["urls"], json!(["/webhook/greet"]));
    assert_eq!(status.body["hooks"][0]["secrets"], 2);
    assert!(!status.text.contains("a-secret-of"), "{}", status.text);
    let page = ask(&app, Method::GET, "/").await;
    assert!(page.text.contains("/api/dashboard.js"), "{}", page.text);
    assert!(
        page.header("content-security-policy")
            .starts_with("default-src 'none'")
    );
    for (method, path, status) in [
        (Method::GET, "/api/deliveries?state=odd", 400),
        (Method::GET, "/api/deliveries?limit=-1", 400),
        (Method::GET, "/api/deliveries/77", 404),
        (Method::GET, "/api/deliveries/x", 404),
        (Method::POST, "/api/deliveries/77/replay", 404),
        (Method::GET, "/api/deliveries/1/replay", 405),
        (Method::POST, "/webhook/none/explain", 404),
    ] {
        assert_eq!(ask(&app, method, path).await.status, status, "{path}");
    }
    for path in [
        "/",
        "/api/status",
        "/api/events",
        "/api/deliveries",
        "/api/dashboard.js",
        "/webhook/greet/explain",
    ] {
        let answer = Answer::of(app.anonymous(Method::GET, path)).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (401, &json!("no_administrator")),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_delivery_is_explained_over_http_and_starts_nothing() {
    let (app, _folder) = server("").await;
    let delivery = Delivery {
        path: "/webhook/greet/explain",
        ..push("7c1")
    };
    let request = delivery
        .request(&app)
        .header("authorization", format!("Bearer {KEY}"));
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(answer.body["outcome"], "launched");
    let rule = &answer.body["rules"][0];
    assert_eq!(
        (&rule["key"], &rule["inputs"], &rule["fit"]["ok"]),
        (&json!("7c1"), &json!({"name": "f00ba4"}), &json!(true))
    );
    assert_eq!(created(&app).await, 0);
}
