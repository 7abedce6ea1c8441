//! How many tasks a second, and in how much memory, beside the reference: by name
//! alone, since it takes a while and is of use only where nothing else runs.

use std::{
    convert::Infallible,
    ffi::OsString,
    io::Write,
    net::SocketAddr,
    path::Path,
    process::Stdio,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use buffa::Message;
use bytes::{BufMut, Bytes, BytesMut};
use flyte_idl::flyteidl::{
    admin::{
        CreateRequestHeader, ExecuteTaskSyncRequest, ExecuteTaskSyncResponse,
        execute_task_sync_request::Part, execute_task_sync_response::Res,
    },
    core::{TaskTemplate, task_execution::Phase},
};
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper::{body::Incoming, client::conn::http2, service::service_fn};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde_json::json;
use tokio::{
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    time::sleep,
};

use crate::harness::spawn;

/// Requests at once, and over how many connections.
const IN_FLIGHT: usize = 64;
const CONNECTIONS: usize = 4;
const WARM_UP: Duration = Duration::from_secs(2);
const MEASURED: Duration = Duration::from_secs(10);

/// What was measured of a connector.
struct Measured {
    per_second: f64,
    kib: usize,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "`make accept-6` runs it"]
async fn it_is_ten_times_as_fast_as_the_reference_in_a_quarter_of_the_memory() {
    let target = target().await;
    let venv = std::env::vars().find(|(name, _)| name == "CONNECTOR_VENV");
    let venv = venv.expect("CONNECTOR_VENV is where flytekit is").1;
    let pyflyte = Path::new(&venv).join("bin/pyflyte");
    let (port, other) = (free_port().await, free_port().await);
    let arguments = format!("serve connector --port {port} --prometheus_port {other}");
    let mut reference = Command::new(pyflyte);
    reference.args(arguments.split(' '));
    let theirs = measure(reference, port, target).await;
    let port = free_port().await;
    let directory = tempfile::tempdir().unwrap();
    let config = directory.path().join("connector.yaml");
    let text = format!(
        "egress: {{allow: [127.0.0.0/8]}}\nconnector: {{host: 127.0.0.1, port: {port}}}\n\
         telemetry: {{log_level: warn}}\n"
    );
    std::fs::write(&config, text).unwrap();
    let mut own = Command::new(binary());
    own.arg("connector").arg("--config").arg(config);
    let ours = measure(own, port, target).await;
    let faster = ours.per_second / theirs.per_second;
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let smaller = theirs.kib as f64 / ours.kib as f64;
    let line = format!(
        "A6 {:.0}/s beside {:.0}/s: {faster:.1} times; {} KiB beside {} KiB: 1/{smaller:.1}",
        ours.per_second, theirs.per_second, ours.kib, theirs.kib
    );
    writeln!(std::io::stdout(), "{line}").unwrap();
    assert!(faster >= 10.0, "{faster:.1} times as fast");
    assert!(smaller >= 4.0, "1/{smaller:.1} of the memory");
}

/// What is measured: the binary that is named, as the one that is released, else this
/// build's.
fn binary() -> OsString {
    let named = std::env::var_os("FLYTE_WEBHOOK_BIN");
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_flyte-webhook").into())
}

async fn measure(mut command: Command, port: u16, target: SocketAddr) -> Measured {
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = command.kill_on_drop(true).spawn().unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    while TcpStream::connect(address).await.is_err() {
        sleep(Duration::from_millis(50)).await;
    }
    let body = task(target);
    let done = Arc::new(AtomicUsize::new(0));
    for number in 0..IN_FLIGHT {
        // Each has a share in one of the connections.
        if number < CONNECTIONS {
            let stream = TcpStream::connect(address).await.unwrap();
            stream.set_nodelay(true).unwrap();
            let io = TokioIo::new(stream);
            let (sender, driver) = http2::handshake(TokioExecutor::new(), io).await.unwrap();
            spawn(driver);
            for _ in 0..IN_FLIGHT / CONNECTIONS {
                spawn(ask(
                    sender.clone(),
                    address,
                    body.clone(),
                    Arc::clone(&done),
                ));
            }
        }
    }
    sleep(WARM_UP).await;
    let (before, started) = (done.load(Ordering::Relaxed), Instant::now());
    sleep(MEASURED).await;
    let count = done.load(Ordering::Relaxed) - before;
    #[expect(clippy::cast_precision_loss, reason = "a ratio")]
    let per_second = count as f64 / started.elapsed().as_secs_f64();
    let kib = memory(&child);
    child.kill().await.unwrap();
    Measured { per_second, kib }
}

/// Asks again and again, until the connector is gone.
async fn ask(
    mut sender: http2::SendRequest<Full<Bytes>>,
    address: SocketAddr,
    body: Bytes,
    done: Arc<AtomicUsize>,
) {
    loop {
        let path = "/flyteidl.service.SyncAgentService/ExecuteTaskSync";
        let request = Request::post(format!("http://{address}{path}"))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Full::new(body.clone()));
        let Ok(response) = sender.send_request(request.unwrap()).await else {
            return;
        };
        let Ok(answer) = response.into_body().collect().await else {
            return;
        };
        let answer = answer.to_bytes();
        let answer = ExecuteTaskSyncResponse::decode_from_slice(&answer[5..]).unwrap();
        let Some(Res::Header(header)) = answer.res else {
            panic!("no resource");
        };
        assert_eq!(header.resource.phase.as_known(), Some(Phase::SUCCEEDED));
        done.fetch_add(1, Ordering::Relaxed);
    }
}

/// A task as two messages of gRPC.
fn task(target: SocketAddr) -> Bytes {
    let custom = json!({"url": format!("http://{target}/"), "method": "POST", "headers": {},
        "data": {"a": "b"}, "show_data": false, "show_url": false, "timeout_sec": 10});
    let template = TaskTemplate {
        r#type: "webhook".to_owned(),
        custom: serde_json::from_value(custom).map(Some).unwrap().into(),
        ..Default::default()
    };
    let header = CreateRequestHeader {
        template: template.into(),
        ..Default::default()
    };
    let parts = [Part::Header(Box::new(header)), Part::Inputs(Box::default())];
    let mut body = BytesMut::new();
    for part in parts {
        let message = ExecuteTaskSyncRequest {
            part: Some(part),
            ..Default::default()
        };
        let message = message.encode_to_vec();
        body.put_u8(0);
        body.put_u32(u32::try_from(message.len()).unwrap());
        body.put_slice(&message);
    }
    body.freeze()
}

/// A server that answers at once.
async fn target() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answer = async |request: Request<Incoming>| {
        let _ = request.into_body().collect().await;
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from_static(b"ok"))))
    };
    spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let io = TokioIo::new(stream);
            let http = hyper::server::conn::http1::Builder::new();
            spawn(http.serve_connection(io, service_fn(answer)));
        }
    });
    address
}

async fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    listener.local_addr().unwrap().port()
}

/// What a process holds of real memory, in KiB.
fn memory(child: &Child) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id().unwrap()));
    let status = status.unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    line.unwrap()
        .split_whitespace()
        .nth(1)
        .unwrap()
        .parse()
        .unwrap()
}
