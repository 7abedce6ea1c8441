//! `GET /health`

use axum::Json;
use serde::Serialize;
use utoipa::ToSchema;

/// That the server is there.
#[derive(Serialize, ToSchema)]
pub struct Health {
    /// Always `healthy`.
    #[schema(example = "healthy")]
    status: &'static str,
}

/// Says that the server is there; needs no credentials and asks nobody.
#[utoipa::path(
    get,
    path = "/health",
    security(()),
    responses((status = 200, body = Health, description = "The server is there"))
)]
pub async fn health() -> Json<Health> {
    Json(Health { status: "healthy" })
}
