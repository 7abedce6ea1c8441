//! R26: HTTP/2 is refused where it is off. Where it is on, the known floods end
//! with their connection within a second.

pub(crate) mod flood;
mod frame;

use std::{net::SocketAddr, time::Duration};

use axum::Router;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
};
use tower::ServiceExt;

use crate::{harness::spawn, latency::health, program::Program, verdict::Verdict};
use flood::{FLOODS, Flood, Outcome};
use frame::PREFACE;

/// How much more memory may be in use.
const GROWTH_KIB: u64 = 8 << 10;
const QUICK: Duration = Duration::from_millis(250);
const ON: &str = "server: {h2c: true}\n";

pub(crate) async fn run() -> Verdict {
    let off = Program::serve("http://127.0.0.1:9", "{}\n").await;
    let answer = first_line(off.address).await;
    let mut complaints = Vec::new();
    if answer != "HTTP/1.1 505" {
        complaints.push(format!("the preface is not refused: {answer:?}"));
    }
    let program = Program::serve("http://127.0.0.1:9", ON).await;
    health(program.address, 100).await;
    let before = program.memory();
    program.forget_peak();
    let mut slowest = Duration::ZERO;
    for flood in &FLOODS {
        let flooding = spawn(flood.run(program.address));
        slowest = slowest.max(health(program.address, 50).await);
        let outcome = flooding.await.unwrap();
        complaints.extend(flood.complaint(&outcome));
    }
    let growth = program.peak_memory().saturating_sub(before);
    let control = unbounded_falls_for(&FLOODS[0]).await;
    Verdict::new(
        format!(
            "floods={},growth={}KiB,health={}ms",
            FLOODS.len(),
            growth,
            slowest.as_millis()
        ),
        complaints,
    )
    .require(growth <= GROWTH_KIB, "8 MiB")
    .require(slowest <= QUICK, "health checks go on")
    .with_control(control, "a server without bounds on resets")
}

async fn first_line(server: SocketAddr) -> String {
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(PREFACE).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    String::from_utf8_lossy(&start).into_owned()
}

/// Whether the check notices hyper without its bounds.
async fn unbounded_falls_for(flood: &'static Flood) -> bool {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let router = Router::new().fallback(async || "");
    spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let service = service_fn(move |request| router.clone().oneshot(request));
        let _ = hyper::server::conn::http2::Builder::new(TokioExecutor::new())
            .max_pending_accept_reset_streams(usize::MAX)
            .max_local_error_reset_streams(None)
            .serve_connection(TokioIo::new(stream), service)
            .await;
    });
    let outcome: Outcome = flood.run(address).await;
    flood.complaint(&outcome).is_some()
}
