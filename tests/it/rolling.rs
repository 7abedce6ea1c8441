//! Clients that ask without a pause while servers are replaced or configured anew,
//! and what of it was not answered as it should.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::watch,
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{harness::spawn, program::Program};

/// How often the servers are asked whether they are ready.
const LOOK: Duration = Duration::from_millis(20);
/// After so many requests a client opens another connection, at a server that is
/// ready then.
const KEPT: usize = 100;
/// How long an answer may take; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(30);
const HEALTH: &[u8] = b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n";
const ME: &[u8] = b"GET /me HTTP/1.1\r\nhost: x\r\nauthorization: Bearer rolling\r\n\r\n";

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) requests: usize,
    /// Requests without a good answer, and servers that did not stop well.
    pub(crate) failures: Vec<String>,
}

/// Replaces the older of two servers so often, while clients ask those that say they
/// are ready; between two of these so many requests are made.
pub(crate) async fn restarts(
    endpoint: &str,
    yaml: &str,
    times: usize,
    clients: usize,
    between: usize,
) -> Outcome {
    let mut failures = Vec::new();
    let mut older = Program::serve(endpoint, yaml).await;
    let mut newer = Program::serve(endpoint, yaml).await;
    let (known, addresses) = watch::channel(vec![older.address, newer.address]);
    let ready = follow(addresses);
    let clients = Clients::start(&ready, clients);
    for time in 0..times {
        clients.made(between * (time + 1)).await;
        let next = Program::serve(endpoint, yaml).await;
        known.send_modify(|all| all.push(next.address));
        until(&ready, |all| all.contains(&next.address)).await;
        let stopped = std::mem::replace(&mut older, std::mem::replace(&mut newer, next));
        let address = stopped.address;
        stopped.terminate();
        let (status, log) = stopped.ended().await;
        known.send_modify(|all| all.retain(|it| *it != address));
        if status.code() != Some(0) || log.contains("unanswered") {
            failures.push(format!("stopped with {status}: {log}"));
        }
    }
    clients.made(between * (times + 1)).await;
    let mut outcome = clients.stop().await;
    outcome.failures.append(&mut failures);
    outcome
}

/// Follows which servers say that they are ready.
fn follow(known: watch::Receiver<Vec<SocketAddr>>) -> watch::Receiver<Vec<SocketAddr>> {
    let (ready, receiver) = watch::channel(known.borrow().clone());
    spawn(async move {
        while !ready.is_closed() {
            let all = known.borrow().clone();
            let mut are = Vec::new();
            for address in all {
                if is_ready(address).await {
                    are.push(address);
                }
            }
            ready.send_if_modified(|old| {
                let has_changed = *old != are;
                *old = are;
                has_changed
            });
            sleep(LOOK).await;
        }
    });
    receiver
}

async fn is_ready(address: SocketAddr) -> bool {
    let ask = async {
        let mut connection = Connection::open(address).await?;
        connection
            .ask(b"GET /readyz HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
            .await
    };
    matches!(ask.await, Ok(Answer { status: 200, .. }))
}

async fn until(
    ready: &watch::Receiver<Vec<SocketAddr>>,
    holds: impl FnMut(&Vec<SocketAddr>) -> bool,
) {
    let mut ready = ready.clone();
    let waited = timeout(PATIENCE, ready.wait_for(holds)).await;
    waited.expect("ready in time").expect("followed");
}

/// Clients that ask until they are stopped.
pub(crate) struct Clients {
    stop: Arc<watch::Sender<bool>>,
    made: Arc<AtomicUsize>,
    tasks: Vec<JoinHandle<Vec<String>>>,
}

impl Clients {
    /// So many clients of whichever of these servers.
    pub(crate) fn start(servers: &watch::Receiver<Vec<SocketAddr>>, count: usize) -> Self {
        let stop = Arc::new(watch::channel(false).0);
        let made = Arc::new(AtomicUsize::new(0));
        let client = |number| {
            let client = Client {
                servers: servers.clone(),
                stop: stop.subscribe(),
                made: Arc::clone(&made),
                number,
            };
            spawn(client.run())
        };
        let tasks = (0..count).map(client).collect();
        Self { stop, made, tasks }
    }

    /// Waits until so many requests were made.
    pub(crate) async fn made(&self, requests: usize) {
        while self.made.load(Ordering::Relaxed) < requests {
            sleep(Duration::from_millis(1)).await;
        }
    }

    /// Stops them.
    pub(crate) async fn stop(self) -> Outcome {
        self.stop.send_replace(true);
        let mut failures = Vec::new();
        for task in self.tasks {
            failures.extend(task.await.unwrap());
        }
        Outcome {
            requests: self.made.load(Ordering::Relaxed),
            failures,
        }
    }
}

struct Client {
    servers: watch::Receiver<Vec<SocketAddr>>,
    stop: watch::Receiver<bool>,
    made: Arc<AtomicUsize>,
    number: usize,
}

impl Client {
    async fn run(self) -> Vec<String> {
        let mut failures = Vec::new();
        let mut turn = self.number;
        while !*self.stop.borrow() {
            let server = {
                let ready = self.servers.borrow();
                turn += 1;
                ready.get(turn % ready.len().max(1)).copied()
            };
            let Some(server) = server else {
                failures.push("no server is ready".to_owned());
                break;
            };
            if let Err(failure) = self.visit(server).await {
                failures.push(failure);
            }
        }
        failures
    }

    /// Asks on one connection, until the server asks to go.
    async fn visit(&self, server: SocketAddr) -> Result<(), String> {
        let opened = Connection::open(server).await;
        let mut connection = opened.map_err(|error| format!("not connected: {error}"))?;
        for turn in 0..KEPT {
            if *self.stop.borrow() {
                break;
            }
            let request = if (turn + self.number).is_multiple_of(2) {
                HEALTH
            } else {
                ME
            };
            self.made.fetch_add(1, Ordering::Relaxed);
            let answer = timeout(PATIENCE, connection.ask(request)).await;
            let answer = answer.map_err(|_late| "no answer in time".to_owned())?;
            let answer = answer.map_err(|error| format!("request {turn}: {error}"))?;
            if answer.status != 200 {
                return Err(format!("answered {}", answer.status));
            }
            if answer.closes {
                break;
            }
        }
        Ok(())
    }
}

struct Connection(BufReader<TcpStream>);

struct Answer {
    status: u16,
    closes: bool,
}

impl Connection {
    async fn open(server: SocketAddr) -> io::Result<Self> {
        Ok(Self(BufReader::new(TcpStream::connect(server).await?)))
    }

    async fn ask(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.0.get_mut().write_all(request).await?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            if self.0.read_line(&mut head).await? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let value = |name: &str| {
            let mut lines = head.lines().filter_map(|line| line.split_once(": "));
            lines.find(|(it, _)| *it == name).map(|(_, value)| value)
        };
        let status = head.get(9..12).and_then(|status| status.parse().ok());
        let length = value("content-length").and_then(|it| it.parse().ok());
        let answer = Answer {
            status: status.ok_or(io::ErrorKind::InvalidData)?,
            closes: value("connection") == Some("close"),
        };
        let mut body = vec![0; length.unwrap_or(0)];
        self.0.read_exact(&mut body).await?;
        Ok(answer)
    }
}

/// Configures a server anew so often while clients ask it; every fifth configuration
/// is wrong, and is refused.
pub(crate) async fn reloads(
    endpoint: &str,
    yaml: &str,
    times: usize,
    clients: usize,
    between: usize,
) -> Outcome {
    let server = Program::serve(endpoint, yaml).await;
    let (_kept, servers) = watch::channel(vec![server.address]);
    let clients = Clients::start(&servers, clients);
    let mut title = String::new();
    let mut failures = Vec::new();
    for time in 0..times {
        clients.made(between * (time + 1)).await;
        let is_wrong = time % 5 == 4;
        if is_wrong {
            server.rewrite(&format!("{yaml}title: wrong\nserver: {{prot: 1}}\n"));
        } else {
            title = format!("title-{time}");
            server.rewrite(&format!("{yaml}title: {title}\n"));
        }
        server.hang_up();
        let wrong = (time + 1) / 5;
        if is_wrong {
            server.logged("is refused", wrong).await;
        } else {
            server.logged("read anew", time + 1 - wrong).await;
        }
        let shown = served_title(server.address).await;
        if shown != title {
            failures.push(format!("reload {time}: {shown} is served, not {title}"));
        }
    }
    let mut outcome = clients.stop().await;
    outcome.failures.append(&mut failures);
    outcome
}

async fn served_title(server: SocketAddr) -> String {
    let url = format!("http://{server}/openapi.json");
    let document = crate::harness::client().get(url).send().await.unwrap();
    let document: serde_json::Value = document.json().await.unwrap();
    document["info"]["title"].as_str().unwrap().to_owned()
}
