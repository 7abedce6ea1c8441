//! Many who wait for one run.

use data_encoding::BASE64URL_NOPAD;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use super::{WATCH, place, received, watched, with};
use crate::harness::{Answer, TestApp};

const CALLERS: usize = 50;
const REQUESTS: usize = 20;

async fn wait(app: &TestApp, run: &str, caller: usize) -> Answer {
    let subject = json!({"sub": format!("caller-{caller}")}).to_string();
    let token = format!(
        "Bearer e30.{}.x",
        BASE64URL_NOPAD.encode(subject.as_bytes())
    );
    let request = app.anonymous(Method::GET, &format!("/run/{run}?wait=200"));
    Answer::of(request.header("authorization", token)).await
}

async fn abort(app: &TestApp, run: &str) {
    let aborted = app
        .post(&format!("/run/{run}/abort?reason=enough"), &Value::Null)
        .await;
    assert_eq!(aborted.status, 200, "{}", aborted.text);
}

/// The answer to who waited for a run that was aborted.
fn aborted(app: &TestApp, run: &str) -> Value {
    let failed = json!({
        "phase": "aborted", "done": true, "outputs": null,
        "error": {"kind": "user", "code": "Aborted", "message": "enough"},
        "detail": format!("Run {run} did not succeed; see phase and error"),
        "type": "about:blank", "title": "Failed Dependency", "status": 424,
        "code": "run_failed", "source": "control_plane", "retryable": false,
    });
    with(place(app, run), &failed)
}

fn without_request_id(answer: &Answer) -> Value {
    let mut body = answer.body.clone();
    body.as_object_mut().unwrap().remove("request_id");
    body
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_requests_of_fifty_callers_cost_fifty_watches_and_all_see_the_end() {
    crate::harness::allow_many_connections();
    let app = TestApp::start().await;
    let run = app
        .start_run("demo.sleep", &json!({"seconds": 600.0}))
        .await;
    app.forget().await;
    let requests = (0..CALLERS * REQUESTS).map(|at| wait(&app, &run, at % CALLERS));
    let end = async {
        watched(&app, CALLERS as u64).await;
        received(
            &app,
            "RunService/GetRunDetails",
            (CALLERS * REQUESTS) as u64,
        )
        .await;
        abort(&app, &run).await;
    };
    let (answers, ()) = tokio::join!(join_all(requests), end);
    let expected = aborted(&app, &run);
    for answer in &answers {
        assert_eq!(
            (answer.status, without_request_id(answer)),
            (424, expected.clone())
        );
    }
    assert_eq!(app.received().await["counts"][WATCH], CALLERS);
}

#[tokio::test]
async fn a_caller_who_may_not_see_a_run_learns_nothing_of_it_from_others_who_wait() {
    let app = TestApp::start().await;
    let run = app
        .start_run("demo.sleep", &json!({"seconds": 600.0}))
        .await;
    app.forget().await;
    let end = async {
        watched(&app, 1).await;
        let rule = |code: &str| json!({"method": "*", "caller": "caller-1", "effect": {"type": "error", "code": code}});
        let mut answers = Vec::new();
        for (code, status) in [("not_found", 404), ("permission_denied", 403)] {
            app.faults(&json!([rule(code)])).await;
            let answer = wait(&app, &run, 1).await;
            answers.push((answer, status));
        }
        abort(&app, &run).await;
        answers
    };
    let (seen, denied) = tokio::join!(wait(&app, &run, 0), end);
    assert_eq!(
        (seen.status, without_request_id(&seen)),
        (424, aborted(&app, &run))
    );
    for (answer, status) in denied {
        assert_eq!(answer.status, status, "{}", answer.text);
        for word in ["aborted", "enough", "running", "demo.sleep"] {
            assert!(!answer.text.contains(word), "{}", answer.text);
        }
    }
    assert_eq!(app.received().await["counts"][WATCH], 1);
}
