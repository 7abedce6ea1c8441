//! Strangers who do all at once what a server can be hurt with.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    task::JoinSet,
    time::{sleep, timeout},
};

use crate::{
    r22::shape::{SHAPES, Shape},
    r26::flood::{FLOODS, Flood},
};

const IDLE: usize = 2_000;
const SLOW: usize = 20;
/// Before one comes back.
const PAUSE: Duration = Duration::from_millis(100);
/// Within which something too large is refused.
const REFUSED: Duration = Duration::from_secs(5);
const HEAD: &str = "POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\nhost: x\r\n\
    authorization: Bearer a\r\ncontent-type: application/json\r\n";

/// What one of them does again and again, each time on another connection.
#[derive(Clone)]
enum Deed {
    Slow(&'static Shape),
    Flood(&'static Flood),
    Oversized(Arc<[u8]>),
}

impl Deed {
    async fn once(&self, server: SocketAddr) {
        match self {
            Self::Slow(shape) => shape.hold(server).await,
            Self::Flood(flood) => {
                flood.run(server).await;
            }
            Self::Oversized(bytes) => {
                let _ = timeout(REFUSED, send(server, bytes)).await;
            }
        }
    }
}

/// An attack that goes on.
pub(super) struct Attack {
    strangers: JoinSet<()>,
    exchanges: Arc<AtomicUsize>,
}

impl Attack {
    pub(super) fn start(server: SocketAddr) -> Self {
        let exchanges = Arc::new(AtomicUsize::new(0));
        let mut strangers = JoinSet::new();
        for deed in deeds() {
            let exchanges = Arc::clone(&exchanges);
            strangers.spawn(async move {
                loop {
                    exchanges.fetch_add(1, Ordering::Relaxed);
                    deed.once(server).await;
                    sleep(PAUSE).await;
                }
            });
        }
        Self {
            strangers,
            exchanges,
        }
    }

    /// Ends it; gives the number of connections that there were.
    pub(super) async fn stop(mut self) -> usize {
        self.strangers.shutdown().await;
        self.exchanges.load(Ordering::Relaxed)
    }
}

fn deeds() -> Vec<Deed> {
    let idle = std::iter::repeat_n(Deed::Slow(&SHAPES[0]), IDLE);
    let slow = SHAPES
        .iter()
        .flat_map(|shape| std::iter::repeat_n(Deed::Slow(shape), SLOW));
    let oversized = oversized().map(|bytes| Deed::Oversized(bytes.into()));
    let floods = FLOODS.iter().map(Deed::Flood);
    idle.chain(slow).chain(oversized).chain(floods).collect()
}

/// Everything that can be too large.
fn oversized() -> [Vec<u8>; 7] {
    let many = |count: usize, text: &str| text.repeat(count);
    let body = |length: usize| format!("{HEAD}content-length: {length}\r\n\r\n");
    let depth = 200_000;
    let chunked = format!("{HEAD}transfer-encoding: chunked\r\n\r\n");
    [
        format!("GET /{} HTTP/1.1\r\nhost: x\r\n\r\n", many(64 << 10, "a")),
        format!("{HEAD}a: {}\r\n\r\n", many(128 << 10, "a")),
        format!("{HEAD}{}\r\n", many(1_000, "a: b\r\n")),
        format!("{}{}", body(16 << 20), many(16 << 20, " ")),
        format!("{}{}", body(depth), many(depth, "[")),
        format!("{}[{}1]", body(400_003), many(200_000, "1,")),
        format!("{chunked}1;{}\r\n", many(1 << 20, "a")),
    ]
    .map(String::into_bytes)
}

/// Sends all until there is an answer.
async fn send(server: SocketAddr, bytes: &[u8]) {
    let (mut read, mut write) = TcpStream::connect(server).await.unwrap().into_split();
    let sent = async {
        let _ = write.write_all(bytes).await;
        std::future::pending::<()>().await;
    };
    let mut answer = [0; 1024];
    tokio::select! {
        _ = read.read(&mut answer) => {}
        () = sent => {}
    }
}
