//! What is recorded of deliveries, and of what they start.

use super::*;
use crate::hooks::{Delivery, GREET, push};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const DOWN: &str = "unavailable";

async fn deliver(program: &Program, delivery: &Delivery, id: &str) -> Answer {
    let request = delivery.request_at(&format!("http://{}", program.address));
    let request = request
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .header("x-request-id", id);
    Answer::of(request).await
}

/// What a record says, but for what is another each time.
fn said_by(record: &Value) -> Value {
    let mut record = record.as_object().unwrap().clone();
    for member in ["seq", "chain", "prev", "hash", "time", "client.address"] {
        assert!(record.shift_remove(member).is_some(), "{member}");
    }
    assert_eq!(record["trace_id"], TRACE);
    record.into()
}

/// The record of a delivery.
fn request_of(id: &str, changes: &Value) -> Value {
    with(
        json!({
            "event": "request", "request.id": id, "trace_id": TRACE, "caller.kind": "hook",
            "caller.id": "greet", "caller.hash": null, "http.request.method": "POST",
            "action": "webhook", "resource.kind": "hook", "resource.id": "greet",
            "decision": "allowed", "rules": ["hooks"], "http.response.status_code": 200,
            "error.code": null, "run.name": null,
        }),
        changes,
    )
}

/// The record of a launch.
fn launch_of(id: &str, changes: &Value) -> Value {
    with(
        json!({
            "event": "launch", "request.id": id, "trace_id": TRACE, "caller.kind": "hook",
            "caller.id": "greet", "caller.hash": null, "http.request.method": null,
            "action": "launch", "resource.kind": "task",
            "resource.id": "development/flytesnacks/demo.hello", "decision": "allowed",
            "rules": ["hooks", "configured"], "http.response.status_code": null,
            "error.code": null, "run.name": null, "launch.outcome": "started",
            "delivery.id": null,
        }),
        changes,
    )
}

fn with(mut record: Value, changes: &Value) -> Value {
    let members = record.as_object_mut().unwrap();
    members.extend(changes.as_object().unwrap().clone());
    record
}

/// Stops a program; gives the records but for the first and the last.
async fn recorded(place: &Place, program: Program) -> Vec<Value> {
    let head = head(&stop(program).await);
    let file = place.log.to_str().unwrap();
    said(&verify([file, "--head", &head]), 0);
    let records = place.records();
    let count = records.len();
    assert_eq!(records[0]["event"], "start");
    records[1..count - 1].iter().map(said_by).collect()
}

#[tokio::test]
async fn who_is_the_hook_and_what_is_each_task_that_it_starts() {
    let place = Place::new().await;
    let second =
        "      - task: development/flytesnacks/demo.add\n        inputs: {a: '1', b: '2'}\n";
    let program = place.serve("", &format!("{GREET}{second}")).await;
    let answer = deliver(&program, &push("1"), "one").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let runs = [0, 1].map(|index| answer.body["runs"][index]["name"].clone());
    let again = deliver(&program, &push("1"), "two").await;
    assert_eq!(again.body["status"], "duplicate", "{}", again.text);
    place
        .faults(&json!({"type": "error", "code": "permission_denied"}))
        .await;
    assert_eq!(deliver(&program, &push("2"), "three").await.status, 503);
    place.faults(&json!({"type": "error", "code": DOWN})).await;
    assert_eq!(deliver(&program, &push("3"), "four").await.status, 503);
    let forged = Delivery {
        secret: "a-secret-of-nobody-here-0123456789",
        ..push("4")
    };
    assert_eq!(deliver(&program, &forged, "five").await.status, 401);
    let add = json!({"resource.id": "development/flytesnacks/demo.add"});
    let found = json!({"launch.outcome": "found"});
    // A run that is there is found before the task is looked up.
    let known = json!({"run.name": runs[0], "launch.outcome": "found"});
    let failed = |code: &str| json!({"launch.outcome": "failed", "error.code": code});
    let denied = json!({"decision": "denied", "rules": ["hooks", "configured", "control_plane"]});
    let code = "run_not_started";
    let refused = json!({"http.response.status_code": 503, "error.code": code});
    let of_nobody = json!({
        "caller.kind": "nobody", "caller.id": null, "decision": "denied",
        "http.response.status_code": 401, "error.code": "bad_signature",
    });
    assert_eq!(
        recorded(&place, program).await,
        [
            launch_of("one", &json!({"run.name": runs[0]})),
            launch_of("one", &with(add.clone(), &json!({"run.name": runs[1]}))),
            request_of("one", &json!({"run.name": runs[0]})),
            launch_of("two", &known),
            launch_of(
                "two",
                &with(with(add, &found), &json!({"run.name": runs[1]}))
            ),
            request_of("two", &json!({"run.name": runs[0]})),
            launch_of("three", &with(failed(code), &denied)),
            request_of("three", &refused),
            launch_of("four", &failed(code)),
            request_of("four", &refused),
            request_of("five", &of_nobody),
        ]
    );
}

#[tokio::test]
async fn what_the_inbox_launches_is_the_hooks_too_and_says_which_delivery_it_was() {
    let place = Place::new().await;
    let inbox = place.data.path().join("inbox.db");
    let rest = format!(
        "inbox: {{path: {}, attempts: 2, backoff: {{first: 10ms}}}}\n{GREET}    ack: stored\n",
        inbox.display()
    );
    let program = place.serve("", &rest).await;
    assert_eq!(deliver(&program, &push("1"), "one").await.status, 202);
    program.logged("A delivery has been launched", 1).await;
    place.faults(&json!({"type": "error", "code": DOWN})).await;
    // Of another body: a delivery is known by that, too.
    let other = Delivery {
        body: br#"{"ref": "refs/heads/main", "after": "other"}"#.to_vec(),
        ..push("2")
    };
    assert_eq!(deliver(&program, &other, "two").await.status, 202);
    program.logged("A delivery is a dead letter", 1).await;
    let unfit = Delivery {
        body: br#"{"ref": "refs/heads/main", "after": [1]}"#.to_vec(),
        ..push("3")
    };
    place.no_faults().await;
    assert_eq!(deliver(&program, &unfit, "three").await.status, 202);
    program.logged("A delivery is a dead letter", 2).await;
    let records = recorded(&place, program).await;
    let of = |event: &str| {
        let records = records.iter().filter(|record| record["event"] == event);
        records.cloned().collect::<Vec<_>>()
    };
    let stored = json!({"http.response.status_code": 202});
    let requests = ["one", "two", "three"].map(|id| request_of(id, &stored));
    assert_eq!(of("request"), requests);
    let launches = of("launch");
    let run = launches[0]["run.name"].clone();
    assert!(run.as_str().is_some_and(|name| !name.is_empty()), "{run}");
    let failed = json!({
        "delivery.id": 2, "launch.outcome": "failed", "error.code": "run_not_started",
    });
    let refused = json!({
        "delivery.id": 3, "launch.outcome": "refused", "error.code": "inputs_do_not_fit",
    });
    assert_eq!(
        launches,
        [
            launch_of("delivery-1", &json!({"delivery.id": 1, "run.name": run})),
            launch_of("delivery-2", &failed),
            launch_of("delivery-2", &failed),
            launch_of("delivery-3", &refused),
        ]
    );
}

#[tokio::test]
async fn the_record_of_a_launch_survives_that_its_sender_goes_away() {
    let place = Place::new().await;
    let program = place
        .serve("", &format!("server: {{shutdown_grace: 0s}}\n{GREET}"))
        .await;
    place.faults(&json!({"type": "black_hole"})).await;
    let request = push("1").request_at(&format!("http://{}", program.address));
    let request = request
        .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
        .header("x-request-id", "one")
        .timeout(std::time::Duration::from_millis(300));
    assert!(request.send().await.is_err());
    let given_up = json!({"http.response.status_code": null});
    assert_eq!(
        recorded(&place, program).await,
        [
            launch_of("one", &json!({"launch.outcome": "unknown"})),
            request_of("one", &given_up),
        ]
    );
}
