//! `ack: launched`: a 2xx says that the run is there and has left the queue.

use futures::future::join_all;
use serde_json::{Value, json};

use super::{Delivery, GREET, OTHER_SECRET, created, push};
use crate::harness::{Answer, TestApp};

fn run_of(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body["run_id"].as_str().unwrap().to_owned()
}

async fn details(app: &TestApp, run: &str) -> Value {
    let id = json!({"runId": {"name": run, "project": "flytesnacks", "domain": "development"}});
    app.upstream("workflow.RunService/GetRunDetails", &id).await
}

#[tokio::test]
async fn a_delivery_starts_the_run_of_its_rule_with_its_inputs() {
    let app = TestApp::with(GREET).await;
    let answer = push("7c1").send(&app).await;
    let run = run_of(&answer);
    let url = format!(
        "http://{}/v2/domain/development/project/flytesnacks/runs/{run}",
        app.control_plane.unwrap()
    );
    let link = json!({"name": run, "project": "flytesnacks", "domain": "development", "url": url});
    let expected =
        json!({"ok": true, "status": "launched", "run_id": run, "url": url, "runs": [link]});
    assert_eq!(answer.body, expected);
    app.ended(&run).await;
    let io = app.get(&format!("/run/{run}/io")).await.body;
    assert_eq!(io["inputs"], json!({"name": "f00ba4"}));
    let labels = details(&app, &run).await["details"]["runSpec"]["labels"]["values"].clone();
    assert_eq!(
        (&labels["dedupe"], &labels["hook"], &labels["event"]),
        (&json!("7c1"), &json!("greet"), &json!("push"))
    );
}

#[tokio::test]
async fn the_control_plane_gets_the_hooks_credentials_and_nobody_elses() {
    let app = TestApp::with(GREET).await;
    let request = push("1").request(&app);
    let request = request
        .header("authorization", "Bearer of-the-sender")
        .header("cookie", "of=sender");
    assert_eq!(Answer::of(request).await.status, 200);
    let received = app.received().await.to_string();
    assert!(!received.contains("of-the-sender") && !received.contains("of=sender"));
}

#[tokio::test]
async fn the_same_delivery_is_one_run_however_often_and_at_once_it_comes() {
    let app = TestApp::with(GREET).await;
    let deliveries: Vec<_> = (0..8).map(|_| push("same")).collect();
    let answers = join_all(deliveries.iter().map(|it| it.send(&app))).await;
    let runs: Vec<_> = answers.iter().map(run_of).collect();
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
    app.ended(&runs[0]).await;
    let created_before = created(&app).await;
    let again = push("same").send(&app).await;
    assert_eq!(
        (run_of(&again), &again.body["status"]),
        (runs[0].clone(), &json!("duplicate"))
    );
    assert_eq!(created(&app).await, created_before);
    assert_ne!(run_of(&push("other").send(&app).await), runs[0]);
}

#[tokio::test]
async fn either_secret_vouches_while_one_is_changed() {
    let app = TestApp::with(GREET).await;
    let old = run_of(&push("1").send(&app).await);
    let new = Delivery {
        secret: OTHER_SECRET,
        ..push("1")
    };
    assert_eq!(run_of(&new.send(&app).await), old);
}

#[tokio::test]
async fn what_starts_nothing_says_why_and_is_200() {
    let yaml = format!("{GREET}    scopes: [acme/site]\n");
    let app = TestApp::with(&yaml).await;
    let ignored = |reason: &str| json!({"ok": true, "status": "ignored", "reason": reason});
    let tag = Delivery {
        body: br#"{"ref": "refs/tags/1", "repository": {"full_name": "acme/site"}}"#.to_vec(),
        ..push("1")
    };
    let issue = Delivery {
        event: "issues",
        body: br#"{"action": "opened", "repository": {"full_name": "acme/site"}}"#.to_vec(),
        ..push("2")
    };
    let elsewhere = Delivery {
        body:
            br#"{"ref": "refs/heads/main", "after": "1", "repository": {"full_name": "eve/site"}}"#
                .to_vec(),
        ..push("3")
    };
    for (delivery, reason) in [
        (tag, "no_rule_matched"),
        (issue, "no_rule_matched"),
        (elsewhere, "scope_not_allowed"),
    ] {
        let answer = delivery.send(&app).await;
        assert_eq!((answer.status, answer.body), (200, ignored(reason)));
    }
    let ping = Delivery {
        event: "ping",
        ..push("4")
    };
    let answer = ping.send(&app).await;
    assert_eq!(
        (answer.status, answer.body),
        (200, json!({"ok": true, "ping": true}))
    );
    assert_eq!(app.received().await["total"], 0);
}

#[tokio::test]
async fn a_form_with_a_payload_is_the_same_delivery() {
    let app = TestApp::with(GREET).await;
    let json = String::from_utf8(push("1").body).unwrap();
    let form: String = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("payload", &json)
        .finish();
    let as_form = Delivery {
        body: form.into_bytes(),
        ..push("1")
    };
    assert_eq!(
        run_of(&as_form.send(&app).await),
        run_of(&push("1").send(&app).await)
    );
}

#[tokio::test]
async fn several_rules_start_several_runs() {
    let second = "      - task: development/flytesnacks/demo.add\n        inputs: {a: '1', b: size(payload.after)}\n";
    let app = TestApp::with(&format!("{GREET}{second}")).await;
    let answer = push("1").send(&app).await;
    run_of(&answer);
    let runs = answer.body["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    let sum = runs[1]["name"].as_str().unwrap();
    app.ended(sum).await;
    let io = app.get(&format!("/run/{sum}/io")).await.body;
    assert_eq!(io["inputs"], json!({"a": 1, "b": 6}));
}

#[tokio::test]
async fn rules_that_would_share_a_run_start_it_once_and_a_key_tells_them_apart() {
    let second = |more: &str| {
        let task = "      - task: development/flytesnacks/demo.hello\n";
        format!("{GREET}{task}        inputs: {{name: \"'Ada'\"}}\n{more}")
    };
    let app = TestApp::with(&second("")).await;
    let answer = push("1").send(&app).await;
    let run = run_of(&answer);
    assert_eq!(
        answer.body["runs"].as_array().unwrap().len(),
        1,
        "{}",
        answer.text
    );
    app.ended(&run).await;
    let io = app.get(&format!("/run/{run}/io")).await.body;
    assert_eq!(io["inputs"], json!({"name": "f00ba4"}));
    let own_key = "        key: event.delivery_id + '-second'\n";
    let app = TestApp::with(&second(own_key)).await;
    let answer = push("1").send(&app).await;
    run_of(&answer);
    let runs = answer.body["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 2);
    assert_ne!(runs[0]["name"], runs[1]["name"]);
}

#[tokio::test]
async fn a_run_that_stays_in_the_queue_is_no_success_and_is_put_there_again_later() {
    let yaml = format!("launch: {{requeue_after: 1s}}\n{GREET}    answer_within: 200ms\n");
    let app = TestApp::with(&yaml).await;
    let forgotten = json!([{"method": "RunService/CreateRun", "effect": {"type": "never_enqueued"}, "count": 1}]);
    app.faults(&forgotten).await;
    let answer = push("1").send(&app).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (503, &json!("run_queued"))
    );
    assert_ne!(answer.header("retry-after"), "");
    // As the provider does it: again, until it is taken.
    let mut answer = push("1").send(&app).await;
    while answer.status == 503 {
        answer = push("1").send(&app).await;
    }
    let run = run_of(&answer);
    assert_eq!(app.ended(&run).await["phase"], "succeeded");
}

#[tokio::test]
async fn a_key_of_the_rule_tells_deliveries_apart_in_its_place() {
    let app =
        TestApp::with(&GREET.replace("inputs: {name", "key: payload.after\n        inputs: {name"))
            .await;
    let one = run_of(&push("1").send(&app).await);
    assert_eq!(run_of(&push("2").send(&app).await), one);
    let another = Delivery {
        body: br#"{"ref": "refs/heads/main", "after": "other"}"#.to_vec(),
        ..push("1")
    };
    assert_ne!(run_of(&another.send(&app).await), one);
}
