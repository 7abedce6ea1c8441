//! One route of axum and nothing else: what is left of any server written with it.

use axum::{Json, Router, routing::any};
use serde_json::json;
use tokio::net::TcpListener;

pub(crate) async fn run(address: &str) -> anyhow::Result<()> {
    let route = any(|| async { Json(json!({"status": "healthy"})) });
    let router = Router::new().fallback(route);
    axum::serve(TcpListener::bind(address).await?, router).await?;
    Ok(())
}
