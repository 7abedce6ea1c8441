//! The built-in app: it answers with what it was asked.

use std::net::TcpListener;

use axum::{Json, Router, http::Request};
use bytes::Bytes;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

/// Serves until it is told to stop; says why it ended.
pub(super) async fn serve(listener: TcpListener, stop: CancellationToken) -> String {
    match listen(listener, stop).await {
        Ok(()) => "it was stopped".to_owned(),
        Err(error) => error.to_string(),
    }
}

async fn listen(listener: TcpListener, stop: CancellationToken) -> std::io::Result<()> {
    listener.set_nonblocking(true)?;
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let app = Router::new().fallback(echo);
    axum::serve(listener, app)
        .with_graceful_shutdown(stop.cancelled_owned())
        .await
}

/// No header is repeated but two that hold no secret.
async fn echo(request: Request<axum::body::Body>) -> Json<Value> {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20)
        .await
        .unwrap_or_default();
    let header = |name: &str| {
        let value = parts.headers.get(name);
        value
            .and_then(|value| value.to_str().ok())
            .map(str::to_owned)
    };
    Json(json!({
        "method": parts.method.as_str(),
        "path": parts.uri.path(),
        "query": parts.uri.query(),
        "content_type": header("content-type"),
        "user_agent": header("user-agent"),
        "body": read(&body),
    }))
}

fn read(body: &Bytes) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| String::from_utf8_lossy(body).into())
}
