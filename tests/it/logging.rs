//! The log of the real binary: each failed request's line alone says what failed,
//! where, for whom and whether it may be sent again, as `docs/LOGGING.md` has it.

mod apps;
mod edge;
mod fields;
mod identity;
mod load;
mod requests;
mod sample;
mod scene;
mod table;
mod upstream;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use self::{
    scene::Scene,
    table::{Row, rows},
};

/// A bug cannot be brought about. The others are of deliveries that are signed as
/// they should be, of administrators and of a server that stops, which tests of their
/// own bring about.
const NOT_PROVOKED: [&str; 16] = [
    "delivery_not_found",
    "delivery_unmapped",
    "delivery_unreadable",
    "filter_unknown",
    "identity_refused",
    "inbox_failed",
    "inputs_do_not_fit",
    "internal",
    "key_reused",
    "no_administrator",
    "no_inbox",
    "not_ready",
    "run_not_started",
    "run_queued",
    "task_not_looked_up",
    "too_many_attempts",
];

#[test]
fn every_code_is_brought_about_and_has_a_row() {
    let provoked = [
        apps::CODES,
        edge::CODES,
        identity::CODES,
        load::CODES,
        requests::CODES,
        upstream::CODES,
        &NOT_PROVOKED,
    ];
    let provoked: BTreeSet<String> = provoked.concat().into_iter().map(str::to_owned).collect();
    let table: BTreeSet<String> = rows().into_iter().map(|row| row.code).collect();
    assert_eq!(provoked, table);
}

#[test]
fn the_table_has_the_codes_of_the_source_and_no_others() {
    let table: BTreeSet<String> = rows().into_iter().map(|row| row.code).collect();
    assert_eq!(table, table::codes_of_the_source());
}

#[test]
fn the_judge_of_a_line_misses_each_of_its_facts() {
    let line = json!({
        "level": "WARN",
        "http.request.method": "GET",
        "http.route": "/me",
        "http.response.status_code": 503,
        "duration_ms": 1.5,
        "request.id": "a",
        "client.address": "127.0.0.1",
        "caller.kind": "credential",
        "caller.hash": "0011223344556677",
        "error.code": "unavailable",
        "error.source": "control_plane",
        "error.retryable": true,
        "error.message": "Looking up the user failed",
        "upstream.address": "127.0.0.1:80",
    });
    let row = Row {
        code: "unavailable".to_owned(),
        status: "503".to_owned(),
        place: "control_plane".to_owned(),
        level: "warn".to_owned(),
        retry: "yes".to_owned(),
    };
    assert_eq!(row.complaints(&line), [""; 0]);
    for fact in line.as_object().unwrap().keys() {
        let mut less = line.clone();
        less.as_object_mut().unwrap().shift_remove(fact);
        // A path that is none has no route.
        let is_optional = fact == "http.route";
        assert_eq!(row.complaints(&less).is_empty(), is_optional, "{fact}");
    }
    for (fact, value) in [
        ("level", json!("INFO")),
        ("error.source", json!("webhook")),
        ("error.retryable", json!(false)),
        ("http.response.status_code", json!(500)),
        ("upstream.address", Value::Null),
        ("caller.kind", json!("nobody")),
    ] {
        let mut other = line.clone();
        other[fact] = value;
        assert_ne!(row.complaints(&other), [""; 0], "{fact}");
    }
}
