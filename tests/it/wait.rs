//! Waiting for runs, hostile requests first.

mod crowd;
mod guide;

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TOKEN, TestApp};

const HELLO: &str = "/run-task/development/flytesnacks/demo.hello";
const SLEEP: &str = "/run-task/development/flytesnacks/demo.sleep";
const FAIL: &str = "/run-task/development/flytesnacks/demo.fail";
const WATCH: &str = "RunService/WatchActionDetails";

/// The members that every answer about a run has.
fn place(app: &TestApp, name: &str) -> Value {
    let console = format!(
        "http://{}/v2/domain/development/project/flytesnacks/runs/{name}",
        app.control_plane.unwrap()
    );
    json!({"url": console, "name": name, "project": "flytesnacks", "domain": "development"})
}

/// One object with the members of both.
fn with(one: Value, other: &Value) -> Value {
    let mut all = one;
    for (key, value) in other.as_object().unwrap() {
        all[key] = value.clone();
    }
    all
}

fn name(answer: &Answer) -> &str {
    answer.body["name"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", answer.text))
}

async fn preferring(
    app: &TestApp,
    method: Method,
    path: &str,
    prefer: &str,
    body: &Value,
) -> Answer {
    let request = app
        .anonymous(method, path)
        .header("prefer", prefer)
        .json(body);
    Answer::of(request.header("authorization", TOKEN)).await
}

#[tokio::test]
async fn a_wait_that_is_no_number_is_422_before_any_call() {
    let app = TestApp::with("endpoints: [run_task, get_run, run_trigger]\n").await;
    app.forget().await;
    let number = "Input should be a valid integer, unable to parse string as an integer";
    for given in ["", "x", "1.5", "5s", "1_0", "0x10", "\u{0665}"] {
        let expected = json!([{"type": "int_parsing", "loc": ["query", "wait"], "msg": number, "input": given}]);
        for answer in [
            app.post(&format!("{HELLO}?wait={given}"), &json!({})).await,
            app.post(
                &format!("/trigger/demo.hello/daily/run?wait={given}"),
                &json!({}),
            )
            .await,
            app.get(&format!("/run/x?wait={given}")).await,
        ] {
            assert_eq!(
                (answer.status, &answer.body["detail"]),
                (422, &expected),
                "{given}"
            );
        }
    }
    let negative = app.get("/run/x?wait=-1").await;
    let expected = json!([{
        "type": "greater_than_equal", "loc": ["query", "wait"],
        "msg": "Input should be greater than or equal to 0", "input": "-1", "ctx": {"ge": 0},
    }]);
    assert_eq!(
        (negative.status, &negative.body["detail"]),
        (422, &expected)
    );
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn who_may_not_see_a_run_cannot_wait_for_it() {
    let app = TestApp::with("task_allowlist: [demo.hello]\n").await;
    let id = json!({"project": "flytesnacks", "domain": "development", "name": "secret"});
    let task = json!({"project": "flytesnacks", "domain": "development", "name": "demo.sleep", "version": "v1"});
    app.upstream(
        "workflow.RunService/CreateRun",
        &json!({"runId": id, "taskId": task}),
    )
    .await;
    app.forget().await;
    let hidden = app.get("/run/secret?wait=20").await;
    let unknown = app.get("/run/nothing?wait=20").await;
    assert_eq!(
        (hidden.status, &hidden.body["detail"]),
        (404, &json!("Run secret not found"))
    );
    assert_eq!(
        (unknown.status, &unknown.body["detail"]),
        (404, &json!("Run nothing not found"))
    );
    let denied = app.post(&format!("{SLEEP}?wait=20"), &json!({})).await;
    assert_eq!(denied.status, 403, "{}", denied.text);
    assert_eq!(
        app.received().await["counts"],
        json!({"RunService/GetRunDetails": 2})
    );
}

#[tokio::test]
async fn a_stream_that_fails_in_any_way_hides_no_end() {
    let app = TestApp::with("limits: {connect_timeout: 400ms, upstream_timeout: 500ms}\n").await;
    for effect in [
        json!({"type": "error", "code": "unimplemented"}),
        json!({"type": "error", "code": "unavailable"}),
        json!({"type": "error", "code": "permission_denied"}),
        json!({"type": "error", "code": "internal"}),
        json!({"type": "garbage"}),
        json!({"type": "html"}),
        json!({"type": "wrong_content_type"}),
        json!({"type": "oversized"}),
        json!({"type": "gzip_bomb"}),
        json!({"type": "cut_body"}),
        json!({"type": "reset"}),
        json!({"type": "answer_lost"}),
        json!({"type": "black_hole"}),
        json!({"type": "slow_drip", "interval_ms": 5000}),
    ] {
        app.faults(&json!([{"method": WATCH, "effect": effect}]))
            .await;
        let answer = app
            .post(&format!("{SLEEP}?wait=60"), &json!({"seconds": 0.5}))
            .await;
        let progress = json!({"phase": "succeeded", "done": true, "outputs": {"o0": 0.5}});
        assert_eq!(answer.status, 200, "{effect}: {}", answer.text);
        assert_eq!(
            answer.body,
            with(place(&app, name(&answer)), &progress),
            "{effect}"
        );
    }
}

#[tokio::test]
async fn a_run_that_was_started_is_named_whatever_becomes_of_the_waiting() {
    let app = TestApp::with("limits: {max_wait: 700ms}\n").await;
    for effect in [
        json!({"type": "error", "code": "unavailable"}),
        json!({"type": "error", "code": "unauthenticated"}),
        json!({"type": "garbage"}),
        json!({"type": "black_hole"}),
    ] {
        let rules = ["GetRunDetails", "WatchActionDetails"]
            .map(|method| json!({"method": format!("RunService/{method}"), "effect": effect}));
        app.faults(&json!(rules)).await;
        let answer = app.post(&format!("{HELLO}?wait=60"), &json!({})).await;
        assert_eq!(answer.status, 202, "{effect}: {}", answer.text);
        let progress = json!({"phase": "queued", "done": false, "outputs": null});
        assert_eq!(
            answer.body,
            with(place(&app, name(&answer)), &progress),
            "{effect}"
        );
        assert_eq!(answer.header("location"), format!("/run/{}", name(&answer)));
    }
}

#[tokio::test]
async fn outputs_that_cannot_be_read_are_no_failure_of_the_run() {
    let app = TestApp::start().await;
    let unreadable =
        json!([{"method": "DataProxyService/GetActionData", "effect": {"type": "garbage"}}]);
    app.faults(&unreadable).await;
    let started = app.post(&format!("{HELLO}?wait=60"), &json!({})).await;
    let progress = json!({"phase": "succeeded", "done": true, "outputs": null});
    assert_eq!(started.status, 202, "{}", started.text);
    assert_eq!(started.body, with(place(&app, name(&started)), &progress));
    let seen = app.get(&format!("/run/{}?wait=60", name(&started))).await;
    assert_eq!(
        (seen.status, &seen.body["code"]),
        (502, &json!("bad_answer"))
    );
}

#[tokio::test]
async fn a_run_that_ends_in_time_is_answered_with_its_outputs() {
    let app = TestApp::start().await;
    let hello = json!({"phase": "succeeded", "done": true, "outputs": {"o0": "Hello, Ada!"}});
    let body = json!({"name": "Ada"});
    let asked = app.post(&format!("{HELLO}?wait=60"), &body).await;
    let preferred = preferring(&app, Method::POST, HELLO, "respond-async, wait=60", &body).await;
    // The query is the stronger wish.
    let path = format!("{HELLO}?wait=60");
    let both = preferring(&app, Method::POST, &path, "wait=0", &body).await;
    for answer in [asked, preferred, both] {
        assert_eq!(answer.status, 200, "{}", answer.text);
        assert_eq!(answer.body, with(place(&app, name(&answer)), &hello));
        assert_eq!(answer.header("preference-applied"), "wait=60");
        assert_eq!(answer.header("location"), "");

        let seen = app.get(&format!("/run/{}?wait=60", name(&answer))).await;
        assert_eq!((seen.status, &seen.body), (200, &answer.body));
    }
    let plain = app.post(HELLO, &body).await;
    assert_eq!(
        (plain.status, &plain.body),
        (200, &place(&app, name(&plain)))
    );
}

#[tokio::test]
async fn a_run_that_goes_on_is_answered_with_where_to_look() {
    let app = TestApp::with("limits: {max_wait: 300ms}\n").await;
    let body = json!({"seconds": 600.0});
    for (query, prefer, applied) in [
        ("?wait=0", "", "wait=0"),
        ("?wait=99999999999999999999999", "", "wait=0"),
        ("", "wait=3600", "wait=0"),
        ("", "respond-async", "respond-async"),
    ] {
        let started = preferring(
            &app,
            Method::POST,
            &format!("{SLEEP}{query}"),
            prefer,
            &body,
        )
        .await;
        let run = name(&started).to_owned();
        let seen = preferring(
            &app,
            Method::GET,
            &format!("/run/{run}{query}"),
            prefer,
            &json!(null),
        )
        .await;
        for answer in [started, seen] {
            let phase = answer.body["phase"].clone();
            assert_ne!(phase, "succeeded");
            let progress = json!({"phase": phase, "done": false, "outputs": null});
            assert_eq!(
                (answer.status, &answer.body),
                (202, &with(place(&app, &run), &progress)),
                "{query}{prefer}"
            );
            assert_eq!(answer.header("location"), format!("/run/{run}"));
            assert_eq!(answer.header("preference-applied"), applied);
        }
    }
    let long = app.start_run("demo.sleep", &body).await;
    let plain = app.get(&format!("/run/{long}?project=flytesnacks")).await;
    assert_eq!((plain.status, plain.body.get("outputs")), (200, None));
}

#[tokio::test]
async fn a_run_that_fails_is_no_success() {
    for (yaml, status) in [("{}\n", 424), ("wait: {failed_status: 500}\n", 500)] {
        let app = TestApp::with(yaml).await;
        let started = app
            .post(&format!("{FAIL}?wait=60"), &json!({"message": "no luck"}))
            .await;
        let run = name(&started).to_owned();
        let seen = app.get(&format!("/run/{run}?wait=60")).await;
        for answer in [started, seen] {
            assert_eq!(answer.status, status, "{}", answer.text);
            let failed = json!({
                "phase": "failed", "done": true, "outputs": null,
                "error": {"kind": "user", "code": "DemoError", "message": "no luck"},
                "detail": format!("Run {run} did not succeed; see phase and error"),
                "type": "about:blank", "title": answer.body["title"], "status": status,
                "code": "run_failed", "source": "control_plane", "retryable": false,
                "request_id": answer.header("x-request-id"),
            });
            assert_eq!(answer.body, with(place(&app, &run), &failed));
        }
        // Who does not wait is told the state, as ever.
        assert_eq!(app.get(&format!("/run/{run}")).await.status, 200);
    }
}

#[tokio::test]
async fn a_run_that_is_aborted_while_it_is_waited_for_ends_the_wait() {
    let app = TestApp::start().await;
    let run = app
        .start_run("demo.sleep", &json!({"seconds": 600.0}))
        .await;
    let path = format!("/run/{run}?wait=60");
    let abort = async {
        watched(&app, 1).await;
        app.post(&format!("/run/{run}/abort?reason=enough"), &json!(null))
            .await
    };
    let (waited, _) = tokio::join!(app.get(&path), abort);
    assert_eq!(waited.status, 424, "{}", waited.text);
    assert_eq!(waited.body["phase"], "aborted");
    assert_eq!(
        waited.body["error"],
        json!({"kind": "user", "code": "Aborted", "message": "enough"})
    );
}

/// Returns when so many watches have been opened.
async fn watched(app: &TestApp, watches: u64) {
    received(app, WATCH, watches).await;
}

/// Returns when the control plane has received so many calls.
async fn received(app: &TestApp, method: &str, calls: u64) {
    let mut count = 0;
    for _ in 0..1_000 {
        count = app.received().await["counts"][method]
            .as_u64()
            .unwrap_or_default();
        if count >= calls {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("{count} calls of {method} instead of {calls}");
}

#[tokio::test]
async fn a_wait_comes_on_top_of_what_a_request_may_take() {
    let limits =
        "limits: {connect_timeout: 300ms, upstream_timeout: 400ms, request_timeout: 500ms}\n";
    let app = TestApp::with(limits).await;
    let answer = app
        .post(&format!("{SLEEP}?wait=60"), &json!({"seconds": 1.5}))
        .await;
    assert_eq!(
        (answer.status, &answer.body["outputs"]),
        (200, &json!({"o0": 1.5})),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn a_watch_ends_when_nobody_waits_any_more() {
    let app = TestApp::with("limits: {max_wait: 300ms}\n").await;
    let unsupported = json!({"type": "error", "code": "unimplemented"});
    app.faults(&json!([{"method": WATCH, "effect": unsupported}]))
        .await;
    let run = app
        .start_run("demo.sleep", &json!({"seconds": 600.0}))
        .await;
    let answer = app.get(&format!("/run/{run}?wait=60")).await;
    assert_eq!(answer.status, 202, "{}", answer.text);
    app.forget().await;
    // Asked for every few hundred milliseconds as long as somebody waits.
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(app.received().await["counts"], json!({}));
}

#[tokio::test]
async fn a_server_that_stops_lets_nobody_wait() {
    let app = TestApp::start().await;
    let body = json!({"seconds": 600.0});
    let path = format!("{SLEEP}?wait=200");
    let stop = async {
        watched(&app, 1).await;
        app.stop();
        Instant::now()
    };
    let (answer, stopped) = tokio::join!(app.post(&path, &body), stop);
    assert_eq!(answer.status, 202, "{}", answer.text);
    assert!(
        stopped.elapsed() < Duration::from_secs(5),
        "{:?}",
        stopped.elapsed()
    );
}

#[tokio::test]
async fn a_trigger_is_fired_and_waited_for() {
    let app = TestApp::with("endpoints: [run_trigger]\n").await;
    let trigger = json!({
        "name": {"project": "flytesnacks", "domain": "development", "taskName": "demo.fail", "name": "now"},
        "spec": {"taskVersion": "v1"}, "automationSpec": {"type": "TYPE_NONE"},
    });
    app.upstream("trigger.TriggerService/DeployTrigger", &trigger)
        .await;
    let body = json!({"message": "no luck"});
    let answer = app.post("/trigger/demo.fail/now/run?wait=60", &body).await;
    assert_eq!(
        (answer.status, &answer.body["error"]["message"]),
        (424, &json!("no luck")),
        "{}",
        answer.text
    );
}
