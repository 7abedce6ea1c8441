//! R25: what is no clean HTTP/1 is refused, and of what is served a second reader
//! sees the same messages: nothing can be smuggled between the two.

mod h11;
mod mutant;
mod reading;

use std::{net::SocketAddr, sync::Arc};

use axum::{Router, body::Body, extract::Request, response::Response};
use data_encoding::HEXLOWER;
use flyte_webhook::{
    http::{
        serve::{Drain, Edge, Refusal, Site, serve},
        stack::HttpService,
    },
    metrics::Metrics,
};
use futures::{StreamExt, stream};
use http_body_util::BodyExt;
use jiff::Timestamp;
use std::time::Duration;
use tokio::{net::TcpListener, sync::watch, time::timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    Size,
    harness::{config, spawn},
    stand_in, vectors,
    verdict::Verdict,
};
use mutant::Mutants;
use reading::{Reading, SENTINEL, read};

const MUTANTS: usize = 100_000;
/// Enough for the negative control.
const FEW: usize = 500;
const AT_ONCE: usize = 64;
/// Nothing comes later than at once, but for the machine's own delays.
const OPTIONS: &str = "server: {head_timeout: 200ms, keep_alive: 200ms}\n";
const BODY: Duration = Duration::from_millis(200);

pub(crate) async fn run(size: Size) -> Verdict {
    let server = strict().await;
    let listed = unlike_listed(server).await;
    let vectors = vectors::refused().len();
    let mutants = Mutants::new(size.of(MUTANTS));
    let count = mutants.len();
    let found = disagreements(server, mutants).await;
    let lenient = stand_in::serve(Router::new().fallback(echo)).await;
    let control = disagreements(lenient, Mutants::new(FEW)).await;
    let value = format!(
        "wrong={},different={},vectors={vectors},mutants={count}",
        listed.len(),
        found.len()
    );
    Verdict::new(value, [listed, found].concat())
        .require(vectors >= 60, "at least 60 vectors")
        .with_control(!control.is_empty(), "hyper without the front")
}

/// The front alone, with a handler that says what it was given.
async fn strict() -> SocketAddr {
    let config = config("http://127.0.0.1:9", OPTIONS);
    let edge = Edge::of(&config.server, &config.limits);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = HttpService::new(Router::new().fallback(echo));
    let never = Drain::new(CancellationToken::new(), Duration::ZERO, Duration::ZERO);
    let site = Site::new(service, edge);
    let metrics = Metrics::new(Timestamp::UNIX_EPOCH);
    spawn(serve(
        listener,
        watch::Sender::new(Arc::new(site)).subscribe(),
        never,
        metrics,
    ));
    address
}

async fn echo(request: Request) -> Response {
    if let Some(refusal) = request.extensions().get::<Refusal>() {
        let status = match refusal {
            Refusal::Slow => 408,
            Refusal::TargetTooLong => 414,
            Refusal::TooManyHeaders | Refusal::HeadTooLarge => 431,
            Refusal::Version => 505,
            Refusal::LineEnd
            | Refusal::RequestLine
            | Refusal::Connect
            | Refusal::Target
            | Refusal::Header
            | Refusal::Folded
            | Refusal::Host
            | Refusal::Length
            | Refusal::Encoding
            | Refusal::TwoLengths
            | Refusal::Chunk => 400,
        };
        return answer(status, refusal.to_string());
    }
    let start = format!("{} {}", request.method(), request.uri());
    match timeout(BODY, request.into_body().collect()).await {
        Ok(Ok(body)) => {
            let body = HEXLOWER.encode(&body.to_bytes());
            answer(200, format!("{start} {body}"))
        }
        Ok(Err(_)) => answer(400, "the body is malformed".to_owned()),
        Err(_elapsed) => answer(408, "the body is not whole".to_owned()),
    }
}

fn answer(status: u16, body: String) -> Response {
    let response = Response::builder().status(status);
    let last = if status == 200 { "keep-alive" } else { "close" };
    let response = response.header("connection", last).header("x-echo", "1");
    response.body(Body::from(body)).unwrap()
}

/// What of the vectors is not answered as it should be.
async fn unlike_listed(server: SocketAddr) -> Vec<String> {
    let mut wrong = Vec::new();
    for (bytes, status) in vectors::refused() {
        let reading = read(server, bytes.as_bytes()).await;
        if reading.status != status || !reading.messages.is_empty() {
            wrong.push(format!("{bytes:?}: {reading:?}"));
        }
    }
    wrong
}

/// Where the server and h11 do not see the same messages.
async fn disagreements(server: SocketAddr, mutants: Mutants) -> Vec<String> {
    let bytes: Vec<Vec<u8>> = mutants.map(|it| [&it, SENTINEL].concat()).collect();
    let theirs = h11::read(&bytes).await;
    let ours =
        stream::iter(bytes.clone()).map(move |bytes| async move { read(server, &bytes).await });
    let ours: Vec<Reading> = ours.buffered(AT_ONCE).collect().await;
    assert_eq!(ours.len(), theirs.len());
    let compared = bytes.iter().zip(ours.iter().zip(&theirs));
    let different = compared.filter_map(|(bytes, (ours, theirs))| {
        let why = ours.unlike(theirs)?;
        let text = String::from_utf8_lossy(bytes);
        Some(format!("{why}: {text:?}\n  {ours:?}\n  {theirs:?}"))
    });
    different.collect()
}
