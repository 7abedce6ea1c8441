//! R03: the credential gate. Every route with every shape of credentials is 401
//! exactly where it should be, a 401 costs next to nothing of a body, and no forged
//! token is let in.

mod tokens;

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, body::to_bytes, extract::Request, response::IntoResponse};
use flyte_webhook_core::endpoint::{Endpoint, Method};
use serde_json::json;
use tokio::{
    io::{AsyncWriteExt, BufReader},
    net::{TcpListener, TcpSocket, TcpStream},
    time::timeout,
};

use crate::{
    harness::TestApp,
    stand_in,
    verdict::Verdict,
    wire::{self, Connection},
};

/// How much of a body may be taken before it is refused.
const ACCEPTABLE: usize = 64 << 10;
/// What a client sends, if it is let.
const BODY: usize = 10 << 20;
/// Small, so that what the kernels hold on the way does not count for much.
const KERNEL_BUFFER: u32 = 4 << 10;

/// Header lines, and whether they are credentials.
const SHAPES: [(&[u8], bool); 12] = [
    (b"", false),
    (b"authorization:\r\n", false),
    (b"authorization:   \r\n", false),
    (b"cookie: \t\r\n", false),
    (b"authorization: \r\ncookie: \r\n", false),
    (b"authorization: \r\nauthorization: Bearer a\r\n", false),
    (
        b"x-api-key: a\r\nproxy-authorization: Bearer a\r\nflyte-authorization: Bearer a\r\n",
        false,
    ),
    (b"authorization: Bearer a\r\n", true),
    (b"authorization: Basic dXNlcjpwYXNz\r\n", true),
    (b"authorization: \xff\r\n", true),
    (b"cookie: a=b\r\n", true),
    (b"authorization: \r\ncookie: a=b\r\n", true),
];

pub(crate) async fn run() -> Verdict {
    let app = TestApp::with(&configuration()).await;
    let mut complaints = gate(app.address).await;
    let asked = Endpoint::ALL.len() * SHAPES.len();
    let wrong = complaints.len();
    let (server, address) = guarded().await;
    let accepted = most_accepted(address, &mut complaints).await;
    drop(server);

    let tokens = tokens::run().await;
    let forged = tokens.let_in.len();
    complaints.extend(tokens.let_in);

    let lax = stand_in::serve(lax()).await;
    let lax_gate = gate(lax).await;
    let lax_accepted = most_accepted(stand_in::at(listener(), self::lax()), &mut Vec::new()).await;
    Verdict::new(
        format!(
            "wrong={wrong}/{asked},accepted={}KiB,forged={forged}/{}",
            accepted.div_ceil(1 << 10),
            tokens.sent
        ),
        complaints,
    )
    .require(
        accepted <= ACCEPTABLE,
        "at most 64 KiB of a body before a 401",
    )
    .require(tokens.sent >= 60, "at least 60 forged tokens")
    .require(
        tokens.shut_out.is_empty(),
        "every good token is let in as well",
    )
    .with_control(tokens.control, "a verifier that looks at the shape only")
    .with_control(!lax_gate.is_empty(), "a gate that looks for names only")
    .with_control(lax_accepted > ACCEPTABLE, "a gate behind the body")
}

/// All endpoints, the one included that has to be named.
fn configuration() -> String {
    let names: Vec<&str> = Endpoint::ALL
        .iter()
        .map(|endpoint| endpoint.name())
        .collect();
    format!("endpoints: [{}]\n", names.join(", "))
}

/// What is wrong with a server's gate.
async fn gate(address: SocketAddr) -> Vec<String> {
    let mut complaints = Vec::new();
    for endpoint in Endpoint::ALL {
        for (headers, are_credentials) in SHAPES {
            let required = !are_credentials && !endpoint.is_public();
            let shape = String::from_utf8_lossy(headers);
            let complaint = match ask(address, endpoint, headers).await {
                Ok(answer) => complaint(&answer, required),
                Err(error) => Some(error.to_string()),
            };
            complaints.extend(complaint.map(|it| format!("{endpoint} {shape:?}: {it}")));
        }
    }
    complaints
}

async fn ask(address: SocketAddr, endpoint: Endpoint, headers: &[u8]) -> io::Result<wire::Answer> {
    let mut request = head(endpoint);
    request.extend_from_slice(headers);
    request.extend_from_slice(b"content-length: 0\r\n\r\n");
    Connection::open(address).await?.ask(&request).await
}

fn head(endpoint: Endpoint) -> Vec<u8> {
    let path = endpoint.path().replace(['{', '}'], "").replace('_', "-");
    let method = endpoint.method().as_str();
    format!("{method} {path} HTTP/1.1\r\nhost: localhost\r\n").into_bytes()
}

fn complaint(answer: &wire::Answer, required: bool) -> Option<String> {
    let body = answer.json();
    if !required {
        // The control plane may refuse too, in its own name.
        let refused = body["code"] == "no_credentials";
        return refused.then(|| format!("refused: {body}"));
    }
    let expected = json!({
        "detail": "Authentication credentials required",
        "type": "about:blank",
        "title": "Unauthorized",
        "status": 401,
        "code": "no_credentials",
        "source": "webhook",
        "retryable": false,
        "request_id": answer.header("x-request-id"),
    });
    let exact = answer.status == 401
        && body == expected
        && answer.header("www-authenticate") == "Bearer"
        && answer.header("content-type") == "application/json";
    (!exact).then(|| format!("{} {body} in place of a 401", answer.status))
}

/// A server whose sockets hold little.
async fn guarded() -> (TestApp, SocketAddr) {
    let app = TestApp::at(listener(), "http://127.0.0.1:9", &configuration()).await;
    let address = app.address;
    (app, address)
}

fn listener() -> TcpListener {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(KERNEL_BUFFER).unwrap();
    socket.bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    socket.listen(64).unwrap()
}

/// How much of a body was taken at most, over all routes that have one.
async fn most_accepted(address: SocketAddr, complaints: &mut Vec<String>) -> usize {
    let mut most = 0;
    let with_body = |endpoint: &Endpoint| endpoint.method() == Method::Post;
    for endpoint in Endpoint::ALL.into_iter().filter(with_body) {
        for framing in [
            format!("content-length: {BODY}\r\n\r\n"),
            // One chunk of the same size.
            format!("transfer-encoding: chunked\r\n\r\n{BODY:x}\r\n"),
        ] {
            let mut request = head(endpoint);
            request.extend_from_slice(framing.as_bytes());
            let (accepted, status) = pour(address, &request).await;
            most = most.max(accepted);
            if status != Some(401) {
                complaints.push(format!(
                    "{endpoint}: {status:?} to a stream without credentials"
                ));
            }
        }
    }
    most
}

/// Sends more and more of a body until it is answered. Gives how much had to be
/// sent, and the status. What a server reads after its answer, so that the client
/// gets to see it, does not count.
async fn pour(address: SocketAddr, request: &[u8]) -> (usize, Option<u16>) {
    let stream = TcpStream::connect(address).await.unwrap();
    let (reader, mut writer) = stream.into_split();
    writer.write_all(request).await.unwrap();
    let mut reader = BufReader::new(reader);
    let answer = wire::read(&mut reader);
    tokio::pin!(answer);
    let mut sent = 0;
    for most in [0, ACCEPTABLE, BODY] {
        let piece = vec![b' '; most - sent];
        // An error says that the server has closed, and so has answered.
        let _ = timeout(Duration::from_secs(1), writer.write_all(&piece)).await;
        sent = most;
        if let Ok(answer) = timeout(Duration::from_secs(1), &mut answer).await {
            return (sent, answer.ok().map(|answer| answer.status));
        }
    }
    (sent, None)
}

/// Looks whether a header is there, and reads the body first.
fn lax() -> Router {
    Router::new().fallback(|request: Request| async {
        let (parts, body) = request.into_parts();
        let _ = to_bytes(body, usize::MAX).await;
        let there = |name| parts.headers.contains_key(name);
        if there("authorization") || there("cookie") {
            http::StatusCode::OK.into_response()
        } else {
            http::StatusCode::UNAUTHORIZED.into_response()
        }
    })
}
