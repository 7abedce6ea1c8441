//! The ways to keep a server waiting.

use std::{net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{sleep, timeout},
};

/// One way.
pub(crate) struct Shape {
    pub(super) name: &'static str,
    /// What is sent at first.
    start: &'static str,
    then: Then,
    /// When it has to be over.
    pub(super) within: Duration,
}

/// What is done after that.
enum Then {
    /// Nothing; the server may answer.
    Wait,
    /// So much each second.
    Dribble(&'static str),
    /// Asks more and more, and reads nothing.
    Ask,
}

const POST: &str = "POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\nhost: x\r\n\
    authorization: Bearer a\r\ncontent-length: 100000\r\n\r\n";
const POST_CHUNKS: &str = "POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\n\
    host: x\r\nauthorization: Bearer a\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{";
const HALF: &str = "GET /health HTTP/1.1\r\nhost: x\r\n";
const HEALTH: &str = "GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
const HEALTH_AND_HALF: &str =
    "GET /health HTTP/1.1\r\nhost: x\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n";
const PAGE: &str = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n";

/// The bounds of the score card.
const HEAD: Duration = Duration::from_secs(10);
const BODY: Duration = Duration::from_secs(16);
/// An answer may be left unread for as long as a body may take; that the server's
/// and the system's buffers are full comes first.
const ANSWER: Duration = Duration::from_secs(20);

/// The first is a connection and nothing more.
pub(crate) static SHAPES: [Shape; 11] = [
    shape("silence", "", Then::Wait, HEAD),
    shape("half_line", "GET /hea", Then::Wait, HEAD),
    shape("half_head", HALF, Then::Wait, HEAD),
    shape("dribbled_head", HALF, Then::Dribble("a: b\r\n"), HEAD),
    shape("half_preface", "PRI * HTTP/2.0\r\n\r\nS", Then::Wait, HEAD),
    shape("second_head", HEALTH_AND_HALF, Then::Wait, HEAD),
    shape("idle", HEALTH, Then::Wait, HEAD),
    shape("no_body", POST, Then::Wait, BODY),
    shape("dribbled_body", POST, Then::Dribble("{"), BODY),
    shape("half_chunk", POST_CHUNKS, Then::Dribble("x"), BODY),
    shape("unread_answers", PAGE, Then::Ask, ANSWER),
];

const fn shape(name: &'static str, start: &'static str, then: Then, within: Duration) -> Shape {
    Shape {
        name,
        start,
        then,
        within,
    }
}

impl Shape {
    /// Returns when the server has had enough, or soon after it should have.
    pub(crate) async fn hold(&self, server: SocketAddr) {
        let mut stream = TcpStream::connect(server).await.unwrap();
        let _ = timeout(self.within + Duration::from_secs(1), async {
            let _ = stream.write_all(self.start.as_bytes()).await;
            match self.then {
                Then::Wait => while more(&mut stream).await {},
                Then::Dribble(piece) => loop {
                    tokio::select! {
                        is_more = more(&mut stream) => if !is_more { return },
                        () = sleep(Duration::from_secs(1)) => {
                            let _ = stream.write_all(piece.as_bytes()).await;
                        }
                    }
                },
                Then::Ask => {
                    let many = self.start.repeat(100);
                    while stream.write_all(many.as_bytes()).await.is_ok() {}
                }
            }
        })
        .await;
    }
}

/// Whether the connection goes on.
async fn more(stream: &mut TcpStream) -> bool {
    stream.read(&mut [0; 1024]).await.is_ok_and(|read| read > 0)
}
