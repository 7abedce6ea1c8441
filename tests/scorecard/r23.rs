//! R23: very many idle connections cost little, and running out of file
//! descriptors ends nothing.

use std::{net::SocketAddr, time::Duration};

use futures::future::join_all;
use tokio::{
    net::{TcpListener, TcpStream},
    time::{sleep, timeout},
};

use crate::{
    Size, harness::allow_many_connections, latency::health, program::Program, verdict::Verdict,
    wire::Connection,
};

const CONNECTIONS: usize = 10_000;
/// For each, in bytes.
const COST: u64 = 8 << 10;
const QUICK: Duration = Duration::from_millis(100);
const FILES: usize = 64;
const OPTIONS: &str = "server: {max_connections: 20000, head_timeout: 300s}\n";
const POST: &[u8] = b"POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\nhost: x\r\n\
    authorization: Bearer a\r\ncontent-length: 100000\r\n\r\n";

pub(crate) async fn run(size: Size) -> Verdict {
    allow_many_connections();
    let count = size.of(CONNECTIONS);
    let silent = Idle::measure(b"".to_vec(), count).await;
    let bodies = Idle::measure([POST, &b" ".repeat(32 << 10)].concat(), 1_000).await;
    let alive = survives(Limited::start().await.address()).await;
    // A listener that nobody accepts from any more.
    let dead = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let is_dead_alive = survives(dead.local_addr().unwrap()).await;
    let value = format!(
        "each={}B,health={}us,connections={count},alive={alive}",
        silent.each,
        silent.health.as_micros()
    );
    Verdict::new(value, Vec::new())
        .require(silent.each <= COST, "8 KiB for each")
        .require(silent.health <= QUICK, "a health check within 100 ms")
        .require(alive, "alive after running out of files")
        .with_control(bodies.each > COST, "connections that bring 32 KiB")
        .with_control(!is_dead_alive, "a server that stopped to accept")
}

/// What connections cost that do nothing.
struct Idle {
    each: u64,
    health: Duration,
}

impl Idle {
    async fn measure(start: Vec<u8>, count: usize) -> Self {
        let program = Program::serve("http://127.0.0.1:9", OPTIONS).await;
        health(program.address, 100).await;
        let before = program.memory();
        let mut open = Vec::with_capacity(count);
        for _ in 0..count {
            let mut connection = Connection::open(program.address).await.unwrap();
            connection.send(&start).await.unwrap();
            open.push(connection);
        }
        // By then the server has got to all of them.
        let health = health(program.address, 200).await;
        let grown = program.memory().saturating_sub(before) << 10;
        Self {
            each: grown / count as u64,
            health,
        }
    }
}

/// The program with few file descriptors.
struct Limited(Program);

impl Limited {
    async fn start() -> Self {
        Self(Program::with_files(FILES, "http://127.0.0.1:9", "{}\n").await)
    }

    fn address(&self) -> SocketAddr {
        self.0.address
    }
}

/// Whether a server answers after there were more connections than files.
async fn survives(server: SocketAddr) -> bool {
    let open = join_all((0..4 * FILES).map(|_| TcpStream::connect(server))).await;
    sleep(Duration::from_millis(500)).await;
    drop(open);
    timeout(Duration::from_secs(10), health(server, 20))
        .await
        .is_ok()
}
