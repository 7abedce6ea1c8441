//! `Idempotency-Key` and `Idempotency-Retry`, hostile requests first.

use data_encoding::BASE64URL_NOPAD;
use futures::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

const HELLO: &str = "/run-task/development/flytesnacks/demo.hello";
const FAIL: &str = "/run-task/development/flytesnacks/demo.fail";
const CREATE: &str = "RunService/CreateRun";

/// The credential of a subject, another one each time it is renewed.
fn token(subject: &str, renewal: u32) -> String {
    let claims = json!({"sub": subject, "jti": renewal}).to_string();
    format!("Bearer e30.{}.x", BASE64URL_NOPAD.encode(claims.as_bytes()))
}

struct Keyed<'a> {
    path: &'a str,
    body: Value,
    token: String,
    headers: Vec<(&'a str, &'a str)>,
}

/// Ada's request for a greeting, under this key.
fn hello(key: &str) -> Keyed<'_> {
    Keyed {
        path: HELLO,
        body: json!({"name": "Ada"}),
        token: token("ada", 0),
        headers: vec![("idempotency-key", key)],
    }
}

impl Keyed<'_> {
    async fn send(&self, app: &TestApp) -> Answer {
        let request = app.anonymous(Method::POST, self.path).json(&self.body);
        let request = request.header("authorization", &self.token);
        let headers = self.headers.iter();
        Answer::of(headers.fold(request, |it, (name, value)| it.header(*name, *value))).await
    }

    /// Sends it, and gives the name of its run.
    async fn run(&self, app: &TestApp) -> String {
        let answer = self.send(app).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        let name = answer.body["name"]
            .as_str()
            .or(answer.body["run_name"].as_str());
        name.unwrap().to_owned()
    }
}

async fn created(app: &TestApp) -> u64 {
    let counts = app.received().await["counts"].clone();
    counts[CREATE].as_u64().unwrap_or_default()
}

async fn runs(app: &TestApp) -> Vec<String> {
    let scope = json!({"projectId": {"name": "flytesnacks", "domain": "development"}});
    let answer = app.upstream("workflow.RunService/ListRuns", &scope).await;
    let runs = answer["runs"].as_array().cloned().unwrap_or_default();
    let names = runs.iter().map(|run| &run["action"]["id"]["run"]["name"]);
    names
        .map(|name| name.as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn headers_that_make_no_sense_are_422_before_any_call() {
    let app = TestApp::with("{}\n").await;
    let (key, retry) = ("idempotency-key", "idempotency-retry");
    let long = "k".repeat(256);
    let empty = "it is empty; make up a key for this request, such as a UUID";
    let cases = [
        (vec![(key, "")], key, empty),
        (vec![(key, "\"\"")], key, empty),
        (
            vec![(key, long.as_str())],
            key,
            "it has more than 255 characters; a UUID will do",
        ),
        (
            vec![(key, "\"open")],
            key,
            "it is no text in quotes, nor one of visible ASCII characters; a UUID will do",
        ),
        (
            vec![(key, "schlüssel")],
            key,
            "it holds other characters than visible ASCII",
        ),
        (
            vec![(key, "a"), (key, "a")],
            key,
            "it is there more than once",
        ),
        (
            vec![(retry, "failed")],
            retry,
            "it needs the Idempotency-Key of the request that failed",
        ),
        (
            vec![(key, "a"), (retry, "always")],
            retry,
            "it knows no other value than `failed`",
        ),
    ];
    for (headers, place, message) in cases {
        let request = Keyed {
            headers,
            ..hello("")
        };
        let answer = request.send(&app).await;
        let detail = json!([{"type": "value_error", "loc": ["header", place], "msg": message}]);
        assert_eq!(
            (answer.status, &answer.body["detail"]),
            (422, &detail),
            "{:?}",
            request.headers
        );
    }
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn another_request_under_the_same_key_is_422_and_starts_nothing() {
    let app = TestApp::with("{}\n").await;
    hello("one").run(&app).await;
    let body = Keyed {
        body: json!({"name": "Eve"}),
        ..hello("one")
    };
    let path = format!("{HELLO}?version=v2");
    let version = Keyed {
        path: &path,
        ..hello("one")
    };
    for other in [body, version] {
        let mut answer = other.send(&app).await;
        answer.body.as_object_mut().unwrap().remove("request_id");
        let expected = json!({
            "type": "about:blank",
            "title": "Unprocessable Entity",
            "status": 422,
            "detail": [{
                "type": "value_error",
                "loc": ["header", "idempotency-key"],
                "msg": "it was sent with another request before; make up a new one",
            }],
            "code": "idempotency_key_reused",
            "source": "webhook",
            "retryable": false,
        });
        assert_eq!((answer.status, &answer.body), (422, &expected));
    }
    assert_eq!(runs(&app).await.len(), 1);
}

#[tokio::test]
async fn whoever_is_first_of_two_different_requests_at_once_is_the_only_one() {
    let app = TestApp::with("{}\n").await;
    for round in 0..20 {
        let key = format!("race {round}");
        let requests = ["Ada", "Eve"].map(|name| Keyed {
            body: json!({"name": name}),
            ..hello(&key)
        });
        let answers = join_all(requests.iter().map(|request| request.send(&app))).await;
        let mut statuses: Vec<u16> = answers.iter().map(|answer| answer.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422], "{answers:?}");
    }
    assert_eq!(runs(&app).await.len(), 20);
}

#[tokio::test]
async fn a_run_that_the_allowlist_hides_stays_hidden_from_whoever_knows_its_key() {
    let app = TestApp::with("task_allowlist: [demo.add]\n").await;
    let answer = hello("one").send(&app).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (403, &json!("not_in_allowlist"))
    );
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn while_it_is_not_known_who_the_caller_is_nothing_is_started() {
    let app = TestApp::with("limits: {connect_timeout: 1s, upstream_timeout: 1s}\n").await;
    for (effect, status) in [
        (json!({"type": "error", "code": "unavailable"}), 503),
        (json!({"type": "error", "code": "internal"}), 502),
        (json!({"type": "black_hole"}), 504),
        (json!({"type": "garbage"}), 502),
    ] {
        let rule = json!([{"method": "IdentityService/UserInfo", "effect": effect}]);
        app.faults(&rule).await;
        assert_eq!(hello("one").send(&app).await.status, status, "{effect}");
    }
    assert_eq!(created(&app).await, 0);
}

#[tokio::test]
async fn many_at_once_at_two_servers_start_one_run() {
    let app = TestApp::with("{}\n").await;
    let endpoint = format!("http://{}", app.control_plane.unwrap());
    let other = TestApp::against(&endpoint, "{}\n").await;
    let request = hello("many");
    let servers = [&app, &other].into_iter().cycle().take(40);
    let names = join_all(servers.map(|server| request.run(server))).await;
    assert!(names.iter().all(|name| *name == names[0]), "{names:?}");
    assert_eq!(runs(&app).await, [names[0].clone()]);
    assert_eq!(app.ended(&names[0]).await["phase"], "succeeded");
    // Later, too, and however it is written or waited for.
    app.forget().await;
    let path = format!("{HELLO}?wait=30");
    let quoted = Keyed {
        path: &path,
        ..hello("\"many\"")
    };
    let answer = quoted.send(&other).await;
    assert_eq!(
        (answer.status, &answer.body["name"], &answer.body["outputs"]),
        (200, &json!(names[0]), &json!({"o0": "Hello, Ada!"}))
    );
    assert_eq!(created(&app).await, 0);
}

#[tokio::test]
async fn a_key_counts_for_one_caller_and_one_task_whatever_the_credential() {
    let app = TestApp::with("endpoints: [run_task, run_trigger]\n").await;
    let run = hello("k").run(&app).await;
    let renewed = Keyed {
        token: token("ada", 1),
        ..hello("k")
    };
    assert_eq!(renewed.run(&app).await, run);
    let mut names = vec![run];
    for (path, body, token) in [
        (HELLO, json!({"name": "Ada"}), token("eve", 0)),
        (HELLO, json!({"name": "Ada"}), "Bearer opaque".to_owned()),
        (
            HELLO,
            json!({"name": "Ada"}),
            "Bearer opaque, too".to_owned(),
        ),
        (
            "/run-task/development/flytesnacks/demo.echo",
            json!({}),
            token("ada", 0),
        ),
        (
            "/trigger/demo.hello/daily/run",
            json!({"name": "Ada"}),
            token("ada", 0),
        ),
    ] {
        let headers = vec![("idempotency-key", "k")];
        let request = Keyed {
            path,
            body,
            token,
            headers,
        };
        let answers = [request.send(&app).await, request.send(&app).await];
        let [first, second] = answers.map(|answer| (answer.status, answer.body["name"].clone()));
        assert_eq!(first, second, "{path}");
        if first.0 == 200 {
            names.push(first.1.as_str().unwrap().to_owned());
        }
    }
    let mut distinct = names.clone();
    distinct.sort_unstable();
    distinct.dedup();
    assert_eq!(distinct.len(), names.len(), "{names:?}");
    assert_eq!(runs(&app).await.len(), names.len());
}

#[tokio::test]
async fn a_failed_run_is_started_anew_only_where_that_is_asked_for() {
    let app = TestApp::with("{}\n").await;
    let body = json!({"message": "no"});
    let plain = Keyed {
        path: FAIL,
        body: body.clone(),
        ..hello("f")
    };
    let retry = Keyed {
        path: FAIL,
        body,
        headers: vec![("idempotency-key", "f"), ("idempotency-retry", "failed")],
        ..hello("f")
    };
    let first = plain.run(&app).await;
    assert_eq!(app.ended(&first).await["phase"], "failed");
    assert_eq!(plain.run(&app).await, first);
    let second = retry.run(&app).await;
    assert_ne!(second, first);
    assert_eq!(app.ended(&second).await["phase"], "failed");
    assert_eq!(plain.run(&app).await, second);
    let third = retry.run(&app).await;
    assert_eq!(runs(&app).await.len(), 3, "{third}");
    // A run that goes well is never started anew.
    let well = hello("w").run(&app).await;
    app.ended(&well).await;
    let again = Keyed {
        headers: vec![("idempotency-key", "w"), ("idempotency-retry", "failed")],
        ..hello("w")
    };
    assert_eq!(again.run(&app).await, well);
}

#[tokio::test]
async fn answers_that_are_lost_start_no_second_run() {
    let app = TestApp::with("limits: {connect_timeout: 1s, upstream_timeout: 1s}\n").await;
    for effect in ["answer_lost", "cut_body", "reset", "black_hole"] {
        let rule = json!([{"method": CREATE, "count": 1, "effect": {"type": effect}}]);
        app.faults(&rule).await;
        let request = hello(effect);
        let first = request.send(&app).await;
        assert!(
            first.status == 200 || first.body["retryable"] == true,
            "{}",
            first.text
        );
        let run = request.run(&app).await;
        assert_eq!(app.ended(&run).await["phase"], "succeeded", "{effect}");
    }
    assert_eq!(runs(&app).await.len(), 4);
}

#[tokio::test]
async fn a_control_plane_that_says_the_name_is_taken_is_asked_whose_it_is() {
    let app = TestApp::with("{}\n").await;
    let exists = json!({"type": "error", "code": "already_exists"});
    app.faults(&json!([{"method": CREATE, "effect": exists}]))
        .await;
    let answer = hello("taken").send(&app).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (503, &json!("unavailable"))
    );
}

#[tokio::test]
async fn a_look_up_that_fails_as_if_there_were_no_run_starts_no_other() {
    let app = TestApp::with("{}\n").await;
    let run = hello("masked").run(&app).await;
    app.forget().await;
    let masked =
        json!({"type": "error", "code": "not_found", "message": "failed to get run: timeout"});
    let rule = json!([{"method": "RunService/GetRunDetails", "count": 1, "effect": masked}]);
    app.faults(&rule).await;
    let answer = hello("masked").send(&app).await;
    assert_eq!(
        (answer.status, &answer.body["retryable"]),
        (503, &json!(true))
    );
    assert_eq!(created(&app).await, 0);
    assert_eq!(hello("masked").run(&app).await, run);
}

#[tokio::test]
async fn a_run_that_never_reached_the_queue_is_sent_again_under_its_name() {
    let app = TestApp::with("launch: {requeue_after: 1s}\n").await;
    let lost = json!([{"method": CREATE, "count": 1, "effect": {"type": "never_enqueued"}}]);
    app.faults(&lost).await;
    let request = hello("stuck");
    let run = request.run(&app).await;
    assert_eq!(
        app.get(&format!("/run/{run}")).await.body["phase"],
        "queued"
    );
    assert_eq!(request.run(&app).await, run);
    assert_eq!(created(&app).await, 1, "it may still be on its way");
    while created(&app).await == 1 {
        assert_eq!(request.run(&app).await, run);
    }
    assert_eq!(app.ended(&run).await["phase"], "succeeded");
    assert_eq!(runs(&app).await, [run]);
}

#[tokio::test]
async fn triggers_builds_and_the_routes_of_the_guide_take_keys() {
    let app = TestApp::with(
        "endpoints: [run_task, run_trigger, build_image]\ncompat: {guide_routes: true}\n",
    )
    .await;
    let guide = "/run-task/flytesnacks/development/demo.hello/v1";
    for (path, body) in [
        ("/trigger/demo.hello/daily/run", json!({"name": "Ada"})),
        ("/build-image?name=site", json!({"pip_packages": ["httpx"]})),
        (guide, json!({"name": "Ada"})),
    ] {
        let request = Keyed {
            path,
            body,
            ..hello("once")
        };
        let answers = [request.send(&app).await, request.send(&app).await];
        let [first, second] = answers.map(|answer| (answer.status, answer.body));
        assert_eq!(first.0, 200, "{path}: {}", first.1);
        assert_eq!(first, second, "{path}");
        let other = Keyed {
            body: json!({"name": "Eve", "pip_packages": ["attrs"]}),
            path,
            ..hello("once")
        };
        assert_eq!(other.send(&app).await.status, 422, "{path}");
    }
    assert_eq!(runs(&app).await.len(), 3);
}
