//! What a record says, and how a change of one is found.

use super::*;

const RULES: &str = "\
task_allowlist: [flytesnacks/demo.hello, demo.add]
limits: {rate: {routes: {get_run: 1/1h}}}
auth:
  service_credentials: [{name: robot, token: robots-own-token}]
  local_keys: [{id: ci, hash: f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7, credential: robot}]
";
/// SHA-256 of this is the hash above.
const KEY: &str = "Bearer hunter2";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A record without what differs from run to run.
fn plain(record: &Value) -> Value {
    let mut record = record.as_object().unwrap().clone();
    for member in [
        "seq",
        "chain",
        "prev",
        "event",
        "hash",
        "time",
        "request.id",
        "trace_id",
    ] {
        assert!(record.shift_remove(member).is_some(), "{member}");
    }
    record.into()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "flat table")]
async fn a_record_says_who_did_what_by_which_rule_and_what_came_of_it() {
    let place = Place::new().await;
    let program = place.serve("", RULES).await;
    let as_ci = |method, path: &str| {
        request(&program, method, path)
            .header("authorization", KEY)
            .header("x-request-id", "mine")
            .header("traceparent", format!("00-{TRACE}-00f067aa0ba902b7-01"))
    };
    let run = Answer::of(as_ci(Method::POST, TASK).json(&json!({}))).await;
    let run = run.body["name"].as_str().unwrap().to_owned();
    let denied = Answer::of(as_ci(
        Method::GET,
        "/task/development/flytesnacks/demo.fail",
    ))
    .await;
    let nobody = Answer::of(request(&program, Method::GET, "/me")).await;
    assert_eq!((denied.status, nobody.status), (403, 401));
    assert_eq!(get(&program, &format!("/run/{run}")).await.status, 200);
    assert_eq!(get(&program, &format!("/run/{run}")).await.status, 429);
    assert_eq!(get(&program, "/health").await.status, 200);
    place
        .faults(&json!({"type": "error", "code": "permission_denied"}))
        .await;
    assert_eq!(get(&program, "/app/demo-echo").await.status, 403);
    stop(program).await;

    let records = place.records();
    assert_eq!(
        events(&records),
        [
            "start", "request", "request", "request", "request", "request", "request", "end"
        ]
    );
    assert_eq!(records[1]["request.id"], "mine");
    assert_eq!(records[1]["trace_id"], TRACE);
    assert_eq!(records[3]["trace_id"].as_str().unwrap().len(), 32);
    let hash = records[4]["caller.hash"].clone();
    assert_eq!(hash.as_str().unwrap().len(), 16);
    let record = |changes: Value| {
        let mut record = json!({
            "caller.kind": "local_key", "caller.id": "ci", "caller.hash": null,
            "client.address": "127.0.0.1", "http.request.method": "GET", "action": null,
            "resource.kind": null, "resource.id": null, "decision": "allowed",
            "rules": ["auth.local_keys"], "http.response.status_code": 200, "error.code": null,
            "run.name": null,
        });
        record
            .as_object_mut()
            .unwrap()
            .extend(changes.as_object().unwrap().clone());
        record
    };
    let passed = json!({"caller.kind": "credential", "caller.id": null, "caller.hash": hash});
    let by_passthrough = |changes: Value| {
        let mut all = passed.as_object().unwrap().clone();
        all.extend(changes.as_object().unwrap().clone());
        record(all.into())
    };
    let expected = [
        record(json!({
            "http.request.method": "POST", "action": "run_task", "resource.kind": "task",
            "resource.id": "development/flytesnacks/demo.hello",
            "rules": ["auth.local_keys", "task_allowlist[0]"], "run.name": run,
        })),
        record(json!({
            "action": "get_task", "resource.kind": "task",
            "resource.id": "development/flytesnacks/demo.fail", "decision": "denied",
            "rules": ["auth.local_keys", "task_allowlist"],
            "http.response.status_code": 403, "error.code": "not_in_allowlist",
        })),
        record(json!({
            "caller.kind": "nobody", "caller.id": null, "decision": "denied",
            "rules": ["auth.header_extractors"],
            "http.response.status_code": 401, "error.code": "no_credentials",
        })),
        by_passthrough(json!({
            "action": "get_run", "resource.kind": "run",
            "resource.id": format!("development/flytesnacks/{run}"), "run.name": run,
            "rules": ["auth.passthrough", "task_allowlist[0]"],
        })),
        by_passthrough(json!({
            "action": "get_run", "decision": "denied",
            "rules": ["auth.passthrough", "limits.rate.routes.get_run"],
            "http.response.status_code": 429, "error.code": "rate_limited",
        })),
        by_passthrough(json!({
            "action": "get_app", "resource.kind": "app",
            "resource.id": "development/flytesnacks/demo-echo", "decision": "denied",
            "rules": ["auth.passthrough", "app_allowlist: null", "control_plane"],
            "http.response.status_code": 403, "error.code": "permission_denied",
        })),
    ];
    for (record, expected) in records[1..].iter().zip(expected) {
        assert_eq!(plain(record), expected);
    }
    assert_eq!(mode(&place.log), 0o600);
}

#[tokio::test]
async fn whatever_is_done_to_a_log_is_found_and_its_line_is_named() {
    let place = Place::new().await;
    let program = place.serve("", "").await;
    for _ in 0..4 {
        get(&program, "/me").await;
    }
    let head = head(&stop(program).await);
    let text = fs::read_to_string(&place.log).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    let file = place.log.to_str().unwrap();
    let whole = said(&verify([file, "--head", &head]), 0);
    assert_eq!(
        whole,
        format!(
            "ok: 6 records in 1 chains are as they were written\nhead: {head}\n\
             the given head is there; 0 records are newer\n"
        )
    );
    let changed = |lines: &[&str]| {
        fs::write(&place.log, format!("{}\n", lines.join("\n"))).unwrap();
        verify([file, "--head", &head])
    };
    for at in 0..lines.len() {
        let mut edited = lines.clone();
        let line = edited[at].replacen("\"time\":\"20", "\"time\":\"21", 1);
        edited[at] = &line;
        let said_of_edit = said(&changed(&edited), 1);
        assert!(
            said_of_edit.starts_with(&format!("{file}:{}: was changed", at + 1)),
            "{said_of_edit}"
        );

        let mut removed = lines.clone();
        removed.remove(at);
        let line = (at + 1).min(removed.len());
        let said_of_removal = said(&changed(&removed), 1);
        assert!(
            said_of_removal.starts_with(&format!("{file}:{line}: ")),
            "{said_of_removal}"
        );

        let mut reordered = lines.clone();
        let other = (at + 1) % lines.len();
        reordered.swap(at, other);
        let line = at.min(other) + 1;
        let said_of_order = said(&changed(&reordered), 1);
        assert!(
            said_of_order.starts_with(&format!("{file}:{line}: ")),
            "{said_of_order}"
        );
    }
    let said_of_cut = said(&changed(&lines[..4]), 1);
    assert!(
        said_of_cut.contains(&format!("no record up to here has the hash {head}")),
        "{said_of_cut}"
    );
    assert!(said(&verify([file]), 0).contains("no --head was given"));
}

#[tokio::test]
async fn a_request_that_was_given_up_is_recorded_without_an_outcome() {
    let place = Place::new().await;
    let program = place.serve("", "server: {shutdown_grace: 0s}\n").await;
    place.faults(&json!({"type": "black_hole"})).await;
    let asked = request(&program, Method::POST, TASK)
        .header("authorization", "Bearer x")
        .json(&json!({}));
    // A client that goes away, at the latest when the server does.
    let asked = asked
        .timeout(std::time::Duration::from_millis(300))
        .send()
        .await;
    assert!(asked.is_err());
    let log = stop(program).await;
    let records = place.records();
    assert_eq!(events(&records), ["start", "request", "end"]);
    assert_eq!(records[1]["http.response.status_code"], Value::Null);
    assert_eq!(
        records[1]["resource.id"],
        "development/flytesnacks/demo.hello"
    );
    assert!(
        log.contains("POST run_task was given up by the client"),
        "{log}"
    );
}

#[tokio::test]
async fn a_strangers_failures_do_not_fill_the_disk() {
    let place = Place::new().await;
    let program = place.serve(", max_failures: 2/1h", "").await;
    for _ in 0..5 {
        Answer::of(request(&program, Method::GET, "/me")).await;
        get(&program, "/me").await;
    }
    stop(program).await;
    let records = place.records();
    let of_nobody = records
        .iter()
        .filter(|record| record["caller.kind"] == "nobody");
    assert_eq!(of_nobody.count(), 2);
    let suppressed = records
        .iter()
        .filter(|record| record["event"] == "suppressed");
    assert_eq!(
        suppressed
            .map(|record| record["count"].as_u64().unwrap())
            .sum::<u64>(),
        3
    );
    let of_callers = records
        .iter()
        .filter(|record| record["caller.kind"] == "credential");
    assert_eq!(of_callers.count(), 5);
}

#[tokio::test]
async fn a_log_between_the_lines_of_another_is_checked_beside_them() {
    let place = Place::new().await;
    let program = Program::serve(&place.control_plane, "audit: {file: stderr}\n").await;
    get(&program, "/me").await;
    let log = stop(program).await;
    // The first lines were read until the program served.
    let mixed = place.data.path().join("mixed.log");
    fs::write(&mixed, &log).unwrap();
    let file = mixed.to_str().unwrap();
    let said_of_all = said(&verify([file, "--mixed", "--head", &head(&log)]), 0);
    assert!(
        said_of_all.starts_with("ok: 3 records in 1 chains"),
        "{said_of_all}"
    );
    assert!(said(&verify([file]), 1).contains("is no record"));
}

#[tokio::test]
async fn what_administrators_change_is_recorded_and_what_they_look_at_is_not() {
    let place = Place::new().await;
    let tokens = "admin: {on_main_port: true, tokens: [{id: ops, hash: \
        f52fbd32b2b3b86ff88ef6c490628285f482af15ddcb29541f94bcf526a3f6c7}]}\n";
    let program = place.serve("", tokens).await;
    let ask = async |method, path: &str, key: Option<&str>| {
        let request = request(&program, method, path);
        let request = match key {
            Some(key) => request.header("authorization", key),
            None => request,
        };
        Answer::of(request).await.status
    };
    assert_eq!(ask(Method::GET, "/metrics", Some(KEY)).await, 200);
    let replay = "/api/deliveries/1/replay";
    assert_eq!(ask(Method::POST, replay, None).await, 401);
    assert_eq!(ask(Method::POST, replay, Some(KEY)).await, 404);
    stop(program).await;
    let records = place.records();
    assert_eq!(events(&records), ["start", "request", "request", "end"]);
    let facts = |record: &Value| {
        let names = [
            "caller.kind",
            "caller.id",
            "action",
            "decision",
            "error.code",
        ];
        names.map(|name| record[name].clone())
    };
    assert_eq!(
        facts(&records[1]),
        [
            json!("nobody"),
            json!(null),
            json!(null),
            json!("denied"),
            json!("no_administrator")
        ]
    );
    assert_eq!(
        facts(&records[2]),
        [
            json!("administrator"),
            json!("ops"),
            json!("replay_delivery"),
            json!("allowed"),
            json!("no_inbox")
        ]
    );
    assert_eq!(records[2]["rules"], json!(["admin.tokens"]));
}
