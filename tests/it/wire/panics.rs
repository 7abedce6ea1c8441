//! A handler that panics, behind the real stack.

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use flyte_webhook::{
    app::{App, Lasting},
    http::{
        serve::{Drain, Edge, Site, serve},
        stack::stack,
    },
};
use futures::future::join_all;
use reqwest::{Client, RequestBuilder};
use serde_json::json;
use tokio::{net::TcpListener, sync::watch};
use tokio_util::sync::CancellationToken;

use crate::harness::{Answer, TOKEN, client, config, spawn};

/// A server with one route that works and one that does not.
async fn with_a_bug() -> String {
    let config = config("http://127.0.0.1:9", "{}\n");
    let edge = Edge::of(&config.server, &config.limits);
    let lasting = Lasting::new(CancellationToken::new());
    let app = App::new(&config, &lasting).unwrap();
    let router = Router::new()
        .route("/works", get(async || "works"))
        .route("/panics", get(bug));
    let site = Site::new(stack(router, None, app.api()), edge);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let never = Drain::new(lasting.shutdown, Duration::ZERO, Duration::ZERO);
    let metrics = app.api().metrics.clone();
    spawn(serve(
        listener,
        watch::Sender::new(Arc::new(site)).subscribe(),
        never,
        metrics,
    ));
    format!("http://{address}")
}

async fn bug() -> &'static str {
    panic!("the caller's secret")
}

fn ask(client: &Client, server: &str, path: &str) -> RequestBuilder {
    client
        .get(format!("{server}{path}"))
        .header("authorization", TOKEN)
}

#[tokio::test]
async fn a_panic_is_500_without_its_words_and_ends_no_other_request() {
    let (server, client) = (with_a_bug().await, client());
    let both = (0..100).flat_map(|_| ["/panics", "/works"]);
    let answers = both.map(async |path| (path, Answer::of(ask(&client, &server, path)).await));
    for (path, answer) in join_all(answers).await {
        if path == "/works" {
            assert_eq!((answer.status, answer.text.as_str()), (200, "works"));
            continue;
        }
        assert_eq!(answer.status, 500);
        let expected = json!({
            "detail": "This server failed; its log says why",
            "type": "about:blank",
            "title": "Internal Server Error",
            "status": 500,
            "code": "internal",
            "source": "webhook",
            "retryable": false,
            "request_id": answer.header("x-request-id"),
        });
        assert_eq!(answer.body, expected);
    }
}
