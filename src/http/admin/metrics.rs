//! `GET /metrics`: what is counted, in Prometheus' text format.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use http::header::CONTENT_TYPE;

use crate::metrics::Metrics;

/// Where it is.
pub(super) const PATH: &str = "/metrics";

/// The version of the format is a part of its name.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Everything that is counted.
pub(super) async fn metrics(State(metrics): State<Metrics>) -> Response {
    ([(CONTENT_TYPE, TEXT)], metrics.render()).into_response()
}
