//! A provider that sends every event several times, and again until it is taken.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use flyte_webhook_core::hook::sign::Signer;
use futures::future::join_all;
use rand::seq::{IndexedRandom, SliceRandom};
use tokio::time::{sleep, timeout};

use super::{
    delivery,
    progress::Progress,
    servers::{Addresses, SECRET},
};
use crate::{harness::spawn, wire::Connection};

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a sender waits that was not answered well.
const PAUSE: Duration = Duration::from_millis(10);

/// How much is sent.
#[derive(Clone, Copy)]
pub(crate) struct Volume {
    pub(crate) events: usize,
    /// How often each is sent, whatever comes of it.
    pub(crate) times: usize,
    pub(crate) connections: usize,
}

/// What there is of a provider.
struct Provider {
    addresses: Addresses,
    signer: Signer,
    /// Which events were acknowledged.
    taken: Vec<AtomicBool>,
}

/// Sends all of it; gives, for each event, whatever was answered that is no 2xx, no 429
/// and no 5xx.
pub(super) async fn send(addresses: Addresses, volume: Volume, progress: &Progress) -> Vec<String> {
    let provider = Arc::new(Provider {
        addresses,
        signer: delivery::signer(SECRET),
        taken: (0..volume.events).map(|_| AtomicBool::new(false)).collect(),
    });
    let mut sends: Vec<usize> = (0..volume.events * volume.times)
        .map(|send| send % volume.events)
        .collect();
    sends.shuffle(&mut rand::rng());
    let sends = Arc::new(sends);
    let again = Progress::new(volume.events);
    let senders = (0..volume.connections).map(|_| {
        let provider = Arc::clone(&provider);
        let (sends, progress, again) = (Arc::clone(&sends), progress.clone(), again.clone());
        spawn(async move {
            let mut sender = Sender::of(provider);
            while let Some(send) = progress.next() {
                sender.send(sends[send]).await;
            }
            while let Some(event) = again.next() {
                sender.insist(event).await;
            }
            sender.complaints
        })
    });
    let complaints = join_all(senders).await;
    complaints.into_iter().flat_map(Result::unwrap).collect()
}

/// The key of an event.
pub(super) fn key(event: usize) -> String {
    format!("event-{event}")
}

struct Sender {
    provider: Arc<Provider>,
    connection: Option<Connection>,
    complaints: Vec<String>,
}

impl Sender {
    fn of(provider: Arc<Provider>) -> Self {
        Self {
            provider,
            connection: None,
            complaints: Vec::new(),
        }
    }

    /// Sends an event until it has been acknowledged.
    async fn insist(&mut self, event: usize) {
        while !self.provider.taken[event].load(Ordering::Relaxed) {
            self.send(event).await;
        }
    }

    async fn send(&mut self, event: usize) {
        let Some(mut connection) = self.connect().await else {
            return sleep(PAUSE).await;
        };
        let request = delivery::request("storm", &key(event), &self.provider.signer);
        let asked = timeout(PATIENCE, connection.ask(&request)).await;
        let Ok(answer) = asked else {
            self.complaints.push(format!("{}: no answer", key(event)));
            return;
        };
        let Ok(answer) = answer else {
            return;
        };
        match answer.status {
            200..300 => self.provider.taken[event].store(true, Ordering::Relaxed),
            429 | 500..600 => sleep(PAUSE).await,
            status => {
                let body = String::from_utf8_lossy(&answer.body);
                self.complaints
                    .push(format!("{}: {status} {body}", key(event)));
                return sleep(PAUSE).await;
            }
        }
        self.connection = (answer.header("connection") != "close").then_some(connection);
    }

    async fn connect(&mut self) -> Option<Connection> {
        if let Some(connection) = self.connection.take() {
            return Some(connection);
        }
        let address = *self.provider.addresses.borrow().choose(&mut rand::rng())?;
        Connection::open(address).await.ok()
    }
}
