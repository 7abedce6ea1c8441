//! How much one caller may ask.

use serde_json::{Value, json};

use super::{body, get};
use crate::harness::{Answer, TestApp};

const TASK: &str = "/task/development/flytesnacks/demo.hello";

/// The headers about limits, all lines of each.
fn headers(answer: &Answer) -> (Vec<&str>, Vec<&str>) {
    let lines = |name| {
        let values = answer.headers.get_all(name).iter();
        values.map(|value| value.to_str().unwrap()).collect()
    };
    (lines("ratelimit-policy"), lines("ratelimit"))
}

fn used_up(key: &str) -> Value {
    json!({
        "detail": format!("The requests that {key} allows are used up; try again later"),
        "type": "about:blank",
        "title": "Too Many Requests",
        "status": 429,
        "code": "rate_limited",
        "source": "webhook",
        "retryable": true,
    })
}

#[tokio::test]
async fn a_caller_who_has_used_up_the_limit_is_told_when_there_is_more() {
    let app = TestApp::with("limits: {rate: {caller: 3/1h}}\n").await;
    let policy = vec!["\"caller\";q=3;w=3600"];
    // What does not exist, or does not fit, is asked for all the same.
    for (path, status, left) in [
        ("/me", 200, 2),
        ("/nothing", 404, 1),
        ("/run/x?wait=-1", 422, 0),
    ] {
        let answer = get(&app, "a", path).await;
        assert_eq!(answer.status, status, "{}", answer.text);
        let limit = format!("\"caller\";r={left};t=1200");
        assert_eq!(headers(&answer), (policy.clone(), vec![limit.as_str()]));
    }
    app.forget().await;
    for path in ["/me", TASK, "/nothing"] {
        let answer = get(&app, "a", path).await;
        assert_eq!(answer.status, 429, "{}", answer.text);
        assert_eq!(body(&answer), used_up("limits.rate.caller"));
        assert_eq!(answer.header("retry-after"), "1200");
        let limit = vec!["\"caller\";r=0;t=1200"];
        assert_eq!(headers(&answer), (policy.clone(), limit));
    }
    assert_eq!(app.received().await["counts"], json!({}));
    // Others have as much as before, and what is open to everyone is not counted.
    assert_eq!(get(&app, "b", "/me").await.status, 200);
    let health = Answer::of(app.anonymous(reqwest::Method::GET, "/health")).await;
    assert_eq!((health.status, headers(&health)), (200, (vec![], vec![])));
}

#[tokio::test]
async fn a_route_has_a_limit_of_its_own_beside_that_of_the_caller() {
    let app = TestApp::with("limits: {rate: {caller: 4/1h, routes: {get_task: 1/1m}}}\n").await;
    let answer = get(&app, "a", TASK).await;
    assert_eq!(answer.status, 200);
    // The inner limit writes first.
    let policies = vec!["\"get_task\";q=1;w=60", "\"caller\";q=4;w=3600"];
    let limits = vec!["\"get_task\";r=0;t=60", "\"caller\";r=3;t=900"];
    assert_eq!(headers(&answer), (policies.clone(), limits));
    let answer = get(&app, "a", TASK).await;
    assert_eq!(answer.status, 429);
    assert_eq!(body(&answer), used_up("limits.rate.routes.get_task"));
    let limits = vec!["\"get_task\";r=0;t=60", "\"caller\";r=2;t=900"];
    assert_eq!(headers(&answer), (policies, limits));
    let answer = get(&app, "a", "/me").await;
    assert_eq!(answer.status, 200);
    let limits = vec!["\"caller\";r=1;t=900"];
    assert_eq!(headers(&answer), (vec!["\"caller\";q=4;w=3600"], limits));
    assert_eq!(get(&app, "b", TASK).await.status, 200);
}

#[tokio::test]
async fn the_routes_of_the_guide_are_under_the_limit_of_their_endpoint() {
    let yaml = "compat: {guide_routes: true}\nlimits: {rate: {routes: {run_task: 1/1h}}}\n";
    let app = TestApp::with(yaml).await;
    let run = |path| app.post(path, &Value::Null);
    let guide = "/run-task/flytesnacks/development/demo.hello/v1";
    let first = run(guide).await;
    assert_eq!(first.headers.get_all("ratelimit").iter().count(), 1);
    let second = run(guide).await;
    assert_eq!(second.status, 429, "{}", second.text);
}

#[tokio::test]
async fn what_is_refused_for_its_credentials_charges_nobody() {
    let app = TestApp::with("limits: {rate: {caller: 1/1h}}\n").await;
    for _ in 0..3 {
        let foreign = app
            .anonymous(reqwest::Method::POST, "/run/x/abort")
            .header("cookie", "session=1")
            .header("origin", "https://evil.example");
        let answer = Answer::of(foreign).await;
        assert_eq!((answer.status, headers(&answer)), (403, (vec![], vec![])));
        let nobody = app.anonymous(reqwest::Method::GET, "/me");
        let answer = Answer::of(nobody).await;
        assert_eq!((answer.status, headers(&answer)), (401, (vec![], vec![])));
    }
    assert_eq!(get(&app, "a", "/me").await.status, 200);
}

#[tokio::test]
async fn without_a_limit_nothing_is_said_of_one() {
    let app = TestApp::start().await;
    let answer = get(&app, "a", "/me").await;
    assert_eq!((answer.status, headers(&answer)), (200, (vec![], vec![])));
}
