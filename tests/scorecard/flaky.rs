//! A control plane that answers every call after the same time, as many at once
//! as it has room for, and fails as often as it is told to.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::{Semaphore, watch},
    time::sleep,
};

use crate::harness::spawn;

/// The header by which the load names its requests, with a number.
const REQUEST_ID: &str = "x-request-id: ";

/// How calls are treated.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Mood {
    /// All succeed.
    Well,
    /// A tenth is answered 500, has its connection reset or takes a second more.
    Tenth,
    /// All are answered 503.
    Down,
}

/// Until the row's runtime ends.
pub(crate) struct Flaky {
    pub(crate) endpoint: String,
    mood: watch::Sender<Mood>,
    ledger: Arc<Ledger>,
}

struct Ledger {
    calls: AtomicU64,
    /// The requests that a fault befell, by number.
    touched: Vec<AtomicBool>,
    room: Semaphore,
    time: Duration,
}

enum Fault {
    Status(&'static str),
    Reset,
    Delay,
}

impl Flaky {
    /// One with room for so many calls, each of which takes this time; requests
    /// have numbers below `requests`.
    pub(crate) async fn start(room: usize, time: Duration, requests: usize) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let mood = watch::Sender::new(Mood::Well);
        let ledger = Arc::new(Ledger {
            calls: AtomicU64::new(0),
            touched: (0..requests).map(|_| AtomicBool::new(false)).collect(),
            room: Semaphore::new(room),
            time,
        });
        let (kept, moods) = (Arc::clone(&ledger), mood.subscribe());
        spawn(async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let (ledger, moods) = (Arc::clone(&kept), moods.clone());
                spawn(async move { serve(stream, &ledger, &moods).await });
            }
        });
        Self {
            endpoint,
            mood,
            ledger,
        }
    }

    pub(crate) fn set(&self, mood: Mood) {
        self.mood.send_replace(mood);
    }

    /// How many calls have come so far.
    pub(crate) fn calls(&self) -> u64 {
        self.ledger.calls.load(Ordering::Relaxed)
    }

    /// Whether a fault befell a call for the request of this number.
    pub(crate) fn has_touched(&self, number: usize) -> bool {
        self.ledger.touched[number].load(Ordering::Relaxed)
    }
}

async fn serve(stream: TcpStream, ledger: &Ledger, moods: &watch::Receiver<Mood>) {
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    while let Ok(number) = read(&mut stream).await {
        ledger.calls.fetch_add(1, Ordering::Relaxed);
        let place = ledger.room.acquire().await.unwrap();
        sleep(ledger.time).await;
        drop(place);
        let mood = *moods.borrow();
        let fault = fault(mood);
        if let Some(touched) = ledger.touched.get(number).filter(|_| fault.is_some()) {
            touched.store(true, Ordering::Relaxed);
        }
        let (status, body) = match fault {
            None => ("200 OK", ""),
            Some(Fault::Delay) => {
                sleep(Duration::from_secs(1)).await;
                ("200 OK", "")
            }
            Some(Fault::Status(status)) => (status, "{}"),
            Some(Fault::Reset) => {
                stream.get_ref().set_zero_linger().unwrap();
                return;
            }
        };
        let kind = if body.is_empty() { "proto" } else { "json" };
        let length = body.len();
        let answer = format!(
            "HTTP/1.1 {status}\r\ncontent-type: application/{kind}\r\n\
             content-length: {length}\r\n\r\n{body}"
        );
        if stream.get_mut().write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
}

fn fault(mood: Mood) -> Option<Fault> {
    match mood {
        Mood::Well => None,
        Mood::Down => Some(Fault::Status("503 Service Unavailable")),
        Mood::Tenth => match rand::random_range(0..30) {
            0 => Some(Fault::Status("500 Internal Server Error")),
            1 => Some(Fault::Reset),
            2 => Some(Fault::Delay),
            _ => None,
        },
    }
}

/// Reads one call; gives the number of the request that it is for.
async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<usize> {
    let (mut number, mut length) = (usize::MAX, 0);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(value) = line.strip_prefix(REQUEST_ID) {
            number = value.parse().unwrap_or(usize::MAX);
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    Ok(number)
}
