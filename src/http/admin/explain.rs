//! `POST /webhook/{hook}/explain`

use axum::{
    Json,
    extract::{Path, Request, State},
};
use flyte_webhook_core::hook::headers::Headers;

use crate::{
    audit::Trail,
    hooks::{Explanation, Occasion},
    http::{ApiState, Problem, extract::read_body, layer::request_id::RequestId},
    trace::Context,
};

/// Says what would come of a delivery, step by step, and does nothing.
pub(super) async fn explain(
    State(ApiState(api)): State<ApiState>,
    Path(hook): Path<String>,
    RequestId(request_id): RequestId,
    request: Request,
) -> Result<Json<Explanation>, Problem> {
    let hook = api.hooks.named(&hook).ok_or(Problem::NoRoute)?;
    let (parts, body) = request.into_parts();
    let body = read_body(&parts.headers, body, &api, hook.max_body_bytes).await?;
    let headers: Headers = parts.headers.iter().collect();
    let trace = parts.extensions.get::<Context>().cloned();
    // On a trail of its own: an administrator asks, and not the hook.
    let occasion = Occasion::new(request_id, trace, Trail::default());
    let explanation = api.hooks.explain(hook, &headers, &body.bytes, &occasion);
    Ok(Json(explanation.await))
}
