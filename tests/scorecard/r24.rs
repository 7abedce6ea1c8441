//! R24: bodies, stalled, compressed or of very many values, take no more memory
//! than was set aside for all of them, and keep no answer waiting.

use std::{fs, net::SocketAddr, time::Duration};

use axum::{Router, body::Bytes, extract::DefaultBodyLimit, routing::post};
use futures::future::join_all;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::{Instant, sleep, timeout},
};

use crate::{
    Size, bomb::bomb, harness::allow_many_connections, program::Program, stand_in, verdict::Verdict,
};

const STALLED: usize = 1_000;
const STALLED_BYTES: usize = 1_900_000;
const MOST_KIB: u64 = 128 << 10;
const QUICK: Duration = Duration::from_secs(1);
/// Enough for the negative control.
const FEW: usize = 100;
const BODY: usize = 2 << 20;

pub(crate) async fn run(size: Size) -> Verdict {
    allow_many_connections();
    let program = Program::serve("http://127.0.0.1:9", "{}\n").await;
    program.forget_peak();
    let stalled = stall(program.address, size.of(STALLED)).await;
    settled(|| program.memory()).await;
    let mut complaints = Vec::new();
    let mut slowest = Duration::ZERO;
    for case in cases() {
        let started = Instant::now();
        let status = timeout(2 * QUICK, case.status(program.address)).await;
        slowest = slowest.max(started.elapsed());
        if !status
            .as_ref()
            .is_ok_and(|status| case.statuses.contains(status))
        {
            complaints.push(format!("{}: {status:?}", case.name));
        }
    }
    drop(stalled);
    let peak = program.peak_memory();
    let control = generous().await;
    Verdict::new(
        format!(
            "peak={}MiB,slowest={}ms,stalled={}",
            peak >> 10,
            slowest.as_millis(),
            size.of(STALLED)
        ),
        complaints,
    )
    .require(peak <= MOST_KIB, "128 MiB")
    .require(slowest <= QUICK, "every answer within a second")
    .with_control(
        control > MOST_KIB,
        "a server with a limit for each body alone",
    )
}

/// Connections whose bodies never end. A server that refuses one may not read
/// all of it.
async fn stall(server: SocketAddr, count: usize) -> Vec<TcpStream> {
    let stalled = (0..count).map(|_| async move {
        let mut stream = TcpStream::connect(server).await.unwrap();
        let head = post_head("Authorization: Bearer a\r\n", BODY);
        let bytes = [head.as_bytes(), &vec![b' '; STALLED_BYTES]].concat();
        let _ = timeout(Duration::from_secs(3), stream.write_all(&bytes)).await;
        stream
    });
    join_all(stalled).await
}

struct Case {
    name: &'static str,
    request: Vec<u8>,
    statuses: &'static [u16],
}

/// While all of the budget is taken a body of some size is also 503.
fn cases() -> [Case; 5] {
    let bearer = "Authorization: Bearer a\r\n";
    let gzip = "Authorization: Bearer a\r\nContent-Encoding: gzip\r\n";
    let many = format!("[{}1]", "1,".repeat(1_000_000));
    [
        case("no_credentials", "", &vec![b' '; 1 << 20], &[401]),
        case("too_large", bearer, &vec![b' '; 16 << 20], &[413]),
        case("million_elements", bearer, many.as_bytes(), &[400, 503]),
        case("bomb", gzip, &bomb(), &[413]),
        case("small", bearer, b"[]", &[422, 503]),
    ]
}

fn case(name: &'static str, headers: &str, body: &[u8], statuses: &'static [u16]) -> Case {
    Case {
        name,
        request: [post_head(headers, body.len()).as_bytes(), body].concat(),
        statuses,
    }
}

fn post_head(headers: &str, length: usize) -> String {
    format!(
        "POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\nhost: x\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n{headers}\r\n"
    )
}

impl Case {
    /// The status of the answer, which may come before all is sent.
    async fn status(&self, server: SocketAddr) -> u16 {
        let (mut read, mut write) = TcpStream::connect(server).await.unwrap().into_split();
        let mut status = [0; 12];
        let sent = async {
            let _ = write.write_all(&self.request).await;
            std::future::pending::<()>().await;
        };
        tokio::select! {
            answered = read.read_exact(&mut status) => drop(answered.unwrap()),
            () = sent => {}
        }
        std::str::from_utf8(&status[9..]).unwrap().parse().unwrap()
    }
}

/// How much the same takes of a server that bounds each body alone, in KiB. It
/// runs in this process.
async fn generous() -> u64 {
    let router = Router::new()
        .fallback(post(async |_: Bytes| ""))
        .layer(DefaultBodyLimit::max(BODY));
    let server = stand_in::serve(router).await;
    let before = memory();
    let stalled = stall(server, FEW).await;
    let grown = settled(memory).await.saturating_sub(before);
    drop(stalled);
    grown
}

/// The memory in use when it grows no more.
async fn settled(memory: impl Fn() -> u64) -> u64 {
    let mut last = memory();
    loop {
        sleep(Duration::from_millis(300)).await;
        let now = memory();
        if now <= last + 512 {
            return now;
        }
        last = now;
    }
}

fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS"));
    let number = line.unwrap().split_whitespace().nth(1);
    number.unwrap().parse().unwrap()
}
