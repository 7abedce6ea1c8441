//! `GET /api/deliveries`, `GET /api/deliveries/{id}` and
//! `POST /api/deliveries/{id}/replay`

use axum::{
    Extension, Json,
    extract::{Path, Query, State, rejection::QueryRejection},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    audit::Trail,
    http::{Api, ApiState, HookProblem, Problem},
    inbox::{DeliveryId, Filter, Inbox, LaunchRecord, Record, State as LaunchState},
};

/// How many are shown where it is not said, and at most.
const PAGE: u32 = 50;
const LARGEST_PAGE: u32 = 500;

/// Which deliveries to show.
#[derive(Deserialize)]
pub(super) struct Wanted {
    hook: Option<String>,
    state: Option<String>,
    before: Option<i64>,
    limit: Option<u32>,
}

/// A page of deliveries.
#[derive(Serialize)]
pub(super) struct Deliveries {
    deliveries: Vec<Delivery>,
}

/// A delivery, without its payload and without inputs.
#[derive(Serialize)]
#[expect(clippy::struct_field_names, reason = "the names of the answer")]
pub(super) struct Delivery {
    id: i64,
    hook: String,
    delivery_id: String,
    received_at: String,
    /// Why it starts nothing.
    reason: Option<String>,
    /// Whether its body is still kept.
    has_payload: bool,
    launches: Vec<Launch>,
    /// The event, and what the rules made of it.
    explanation: Value,
}

#[derive(Serialize)]
struct Launch {
    task: String,
    version: Option<String>,
    key: String,
    state: &'static str,
    attempts: u32,
    run: Option<String>,
    reason: Option<String>,
}

/// What is started once more.
#[derive(Serialize)]
pub(super) struct Replayed {
    pending: u64,
}

/// Shows deliveries, the newest first.
pub(super) async fn deliveries(
    State(ApiState(api)): State<ApiState>,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Json<Deliveries>, Problem> {
    let Query(wanted) = wanted.map_err(|_rejection| HookProblem::NoFilter)?;
    let states = [
        LaunchState::Pending,
        LaunchState::Leased,
        LaunchState::Launched,
        LaunchState::Dead,
    ];
    let state = match wanted.state.as_deref() {
        Some(word) => {
            let found = states.into_iter().find(|it| it.as_str() == word);
            Some(found.ok_or(HookProblem::NoFilter)?)
        }
        None => None,
    };
    let filter = Filter {
        hook: wanted.hook,
        state,
        before: wanted.before.map(DeliveryId),
        limit: wanted.limit.unwrap_or(PAGE).clamp(1, LARGEST_PAGE),
    };
    let records = inbox(&api)?.deliveries(&filter).await;
    let records = records.map_err(HookProblem::from)?.into_iter();
    Ok(Json(Deliveries {
        deliveries: records.map(Delivery::from).collect(),
    }))
}

/// Shows one delivery.
pub(super) async fn delivery(
    State(ApiState(api)): State<ApiState>,
    Path(id): Path<String>,
) -> Result<Json<Delivery>, Problem> {
    let record = inbox(&api)?.delivery(number(&id)?).await;
    let record = record.map_err(HookProblem::from)?;
    let record = record.ok_or(HookProblem::NoDelivery)?;
    Ok(Json(record.into()))
}

/// Starts what a delivery starts once more.
pub(super) async fn replay(
    State(ApiState(api)): State<ApiState>,
    Extension(trail): Extension<Trail>,
    Path(id): Path<String>,
) -> Result<Json<Replayed>, Problem> {
    trail.asked("replay_delivery");
    let pending = inbox(&api)?.replay(number(&id)?).await;
    let pending = pending.map_err(HookProblem::from)?;
    let pending = pending.ok_or(HookProblem::NoDelivery)?;
    tracing::info!(delivery.id = %id, "A delivery is replayed");
    Ok(Json(Replayed { pending }))
}

fn inbox(api: &Api) -> Result<&Inbox, Problem> {
    api.hooks.inbox().ok_or(HookProblem::NoInbox.into())
}

fn number(id: &str) -> Result<DeliveryId, Problem> {
    let number = id.parse().map(DeliveryId);
    number.map_err(|_no_number| HookProblem::NoDelivery.into())
}

impl From<Record> for Delivery {
    fn from(record: Record) -> Self {
        Self {
            id: record.id.0,
            hook: record.hook,
            delivery_id: record.delivery_id,
            received_at: record.received_at.to_string(),
            reason: record.reason,
            has_payload: record.has_payload,
            launches: record.launches.into_iter().map(Launch::from).collect(),
            explanation: serde_json::from_str(&record.event).unwrap_or_default(),
        }
    }
}

impl From<LaunchRecord> for Launch {
    fn from(launch: LaunchRecord) -> Self {
        Self {
            task: launch.task,
            version: launch.version,
            key: launch.key,
            state: launch.state.as_str(),
            attempts: launch.attempts,
            run: launch.run,
            reason: launch.reason,
        }
    }
}
