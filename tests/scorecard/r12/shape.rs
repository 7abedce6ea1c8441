//! Answers that no client should have to read.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::sleep,
};

use crate::bomb::bomb;

/// One way to answer.
#[derive(Clone)]
pub(super) struct Shape {
    pub(super) name: &'static str,
    /// What callers may be told.
    pub(super) statuses: &'static [u16],
    head: Vec<u8>,
    then: Then,
}

#[derive(Clone)]
enum Then {
    Close,
    Stall,
    /// The same again until the other side has enough.
    Repeat(Vec<u8>),
    /// A byte a second.
    Drip,
}

const OK: &str = "HTTP/1.1 200 OK\r\n";
const FAILED: &str = "HTTP/1.1 500 X\r\n";
const CHUNKED: &str = "transfer-encoding: chunked\r\n\r\n";
const TEN_GIB: u64 = 10 << 30;
const TEN_MB: usize = 10_000_000;
/// The largest body that is taken, by default.
const LARGEST: usize = 8 << 20;
/// What is sent at once.
const PIECE: usize = 64 << 10;

/// There may be no room for an answer, which is no mistake of the app.
const REFUSED: &[u16] = &[502, 503, 504];
const TAKEN: &[u16] = &[200, 503];
const ENDED: &[u16] = &[504, 503];

/// A short answer.
pub(super) fn plain() -> Shape {
    shape("plain", &[200], sized(OK, b"{}"), Then::Close)
}

/// All of them.
pub(super) fn shapes() -> Vec<Shape> {
    let mut shapes = endless();
    shapes.extend(slow());
    shapes.extend(heads());
    shapes.extend(large());
    shapes
}

fn endless() -> Vec<Shape> {
    let flood = |name, head: String, piece: Vec<u8>| {
        shape(name, REFUSED, head.into_bytes(), Then::Repeat(piece))
    };
    let ones = || vec![b'1'; PIECE];
    let chunk = [b"10000\r\n".to_vec(), ones(), b"\r\n".to_vec()].concat();
    vec![
        flood(
            "announced",
            format!("{OK}content-length: {TEN_GIB}\r\n\r\n"),
            ones(),
        ),
        flood("endless", format!("{OK}\r\n"), ones()),
        flood("endless_error", format!("{FAILED}\r\n"), ones()),
        flood("chunks", format!("{OK}{CHUNKED}"), chunk),
        flood(
            "bytes_as_chunks",
            format!("{OK}{CHUNKED}"),
            b"1\r\n1\r\n".repeat(PIECE / 6),
        ),
        flood("chunk_extension", format!("{OK}{CHUNKED}1;"), ones()),
        flood(
            "trailers",
            format!("{OK}{CHUNKED}0\r\n"),
            b"x: y\r\n".repeat(PIECE / 6),
        ),
    ]
}

fn slow() -> Vec<Shape> {
    let interim = b"HTTP/1.1 103 Early Hints\r\n\r\n".repeat(PIECE / 28);
    let mut nearly = sized(OK, &vec![b'1'; LARGEST]);
    nearly.pop();
    vec![
        shape("drip", &[504], format!("{OK}\r\n").into_bytes(), Then::Drip),
        shape("drip_of_a_head", &[504], OK.into(), Then::Drip),
        shape(
            "interim_answers",
            &[504, 502],
            Vec::new(),
            Then::Repeat(interim),
        ),
        shape("nearly_all", ENDED, nearly, Then::Stall),
    ]
}

fn heads() -> Vec<Shape> {
    let many = b"x: y\r\n".repeat(TEN_MB / 6);
    let long = [b"x: ".to_vec(), vec![b'y'; TEN_MB], b"\r\n".to_vec()].concat();
    let head = |name, lines: Vec<u8>| {
        let head = [OK.as_bytes(), &lines, b"\r\n{}"].concat();
        shape(name, REFUSED, head, Then::Close)
    };
    vec![head("many_headers", many), head("long_header", long)]
}

fn large() -> Vec<Shape> {
    let json = [b"[\"".to_vec(), vec![b'1'; LARGEST - 4], b"\"]".to_vec()].concat();
    // As JSON, each of these bytes takes six.
    let controls = vec![1; LARGEST];
    vec![
        shape("gzip_bomb", REFUSED, compressed(&bomb()), Then::Close),
        shape("large_json", TAKEN, sized(OK, &json), Then::Close),
        shape(
            "control_characters",
            TAKEN,
            sized(OK, &controls),
            Then::Close,
        ),
        shape(
            "controls_as_error",
            &[500, 503],
            sized(FAILED, &controls),
            Then::Close,
        ),
    ]
}

fn shape(name: &'static str, statuses: &'static [u16], head: Vec<u8>, then: Then) -> Shape {
    Shape {
        name,
        statuses,
        head,
        then,
    }
}

fn sized(status: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("{status}content-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn compressed(body: &[u8]) -> Vec<u8> {
    sized(&format!("{OK}content-encoding: gzip\r\n"), body)
}

impl Shape {
    /// Answers one request, whatever it is. Errors say that the other side has
    /// had enough.
    pub(super) async fn answer(self, mut stream: TcpStream) {
        let _ = stream.read(&mut [0; 4 << 10]).await;
        if stream.write_all(&self.head).await.is_err() {
            return;
        }
        match self.then {
            Then::Close => {}
            Then::Stall => drop(stream.read_to_end(&mut Vec::new()).await),
            Then::Repeat(piece) => while stream.write_all(&piece).await.is_ok() {},
            Then::Drip => {
                while stream.write_all(b"1").await.is_ok() {
                    sleep(Duration::from_secs(1)).await;
                }
            }
        }
        let _ = stream.shutdown().await;
        let _ = stream.read_to_end(&mut Vec::new()).await;
    }
}
