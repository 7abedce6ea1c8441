//! The control of faults and the journal, for tests and drills.

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::embedded::{
    faults::{Faults, Rule},
    journal::Journal,
};

/// What `PUT /_dev/faults` takes.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Rules {
    rules: Vec<Rule>,
}

pub(super) fn routes(faults: Faults, journal: Journal) -> Router {
    let faults = Router::new()
        .route(
            "/_dev/faults",
            get(show_faults).put(put_faults).delete(delete_faults),
        )
        .with_state(faults);
    Router::new()
        .route("/_dev/requests", get(show_requests).delete(delete_requests))
        .with_state(journal)
        .merge(faults)
}

async fn show_faults(State(faults): State<Faults>) -> Json<Value> {
    Json(json!({ "rules": faults.show() }))
}

/// Takes the place of all rules; a wrong one leaves them as they are.
async fn put_faults(State(faults): State<Faults>, body: Bytes) -> Response {
    let mut reader = serde_json::Deserializer::from_slice(&body);
    let rules: Rules = match serde_path_to_error::deserialize(&mut reader) {
        Ok(rules) => rules,
        Err(error) => return refused(&format!("{}: {}", error.path(), error.inner())),
    };
    match faults.replace(rules.rules) {
        Ok(()) => show_faults(State(faults)).await.into_response(),
        Err(error) => refused(&error.to_string()),
    }
}

async fn delete_faults(State(faults): State<Faults>) -> Response {
    match faults.replace(Vec::new()) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(error) => refused(&error.to_string()),
    }
}

async fn show_requests(State(journal): State<Journal>) -> Response {
    Json(journal.show().await).into_response()
}

async fn delete_requests(State(journal): State<Journal>) -> StatusCode {
    journal.clear().await;
    StatusCode::NO_CONTENT
}

fn refused(detail: &str) -> Response {
    (
        StatusCode::UNPROCESSABLE_ENTITY,
        Json(json!({ "detail": detail })),
    )
        .into_response()
}
