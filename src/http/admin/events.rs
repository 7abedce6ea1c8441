//! `GET /api/events`

use std::sync::Arc;

use axum::{Json, extract::State};
use serde::Serialize;

use crate::{hooks::Happening, http::ApiState};

/// The last deliveries that came.
#[derive(Serialize)]
pub(super) struct Events {
    events: Vec<Arc<Happening>>,
}

/// Shows the last deliveries that came, those that were rejected, too.
pub(super) async fn events(State(ApiState(api)): State<ApiState>) -> Json<Events> {
    let events = api.hooks.recent().all();
    Json(Events { events })
}
