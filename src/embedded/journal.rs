//! The calls that arrived, in order, for tests and for the curious.
//!
//! A task of its own keeps them; the oldest go when there are too many. No
//! credential is kept, only the beginning of its hash, so that two of them can
//! be compared.

use std::collections::{BTreeMap, VecDeque};

use http::{HeaderMap, HeaderName, header};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::identity::fingerprint;

/// How many calls are kept.
const KEPT: usize = 1_000;

/// Headers whose values are credentials.
const CREDENTIALS: [HeaderName; 4] = [
    header::AUTHORIZATION,
    header::COOKIE,
    header::PROXY_AUTHORIZATION,
    HeaderName::from_static("x-api-key"),
];

/// One call.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Entry {
    pub(super) sequence: u64,
    pub(super) method: String,
    pub(super) http_method: String,
    pub(super) path: String,
    pub(super) http_version: String,
    pub(super) caller: String,
    /// The fault that befell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) fault: Option<String>,
    /// Names and values in the order of arrival.
    pub(super) headers: Vec<(String, String)>,
}

/// The calls so far.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Calls {
    requests: VecDeque<Entry>,
    /// How many calls of each method, those no longer kept included.
    counts: BTreeMap<String, u64>,
    total: u64,
}

enum Command {
    Record(Box<Entry>),
    Show(oneshot::Sender<Calls>),
    Clear(oneshot::Sender<()>),
}

/// A cheap handle on the journal.
#[derive(Clone)]
pub(super) struct Journal {
    commands: mpsc::Sender<Command>,
}

impl Journal {
    /// Starts to keep calls.
    pub(super) fn start(tasks: &TaskTracker, shutdown: CancellationToken) -> Self {
        let (commands, receiver) = mpsc::channel(64);
        tasks.spawn(keep(receiver, shutdown));
        Self { commands }
    }

    /// Notes a call. When it returns, the call is in.
    pub(super) async fn record(&self, entry: Entry) {
        // An error says that the control plane is stopping.
        let _ = self.commands.send(Command::Record(Box::new(entry))).await;
    }

    /// The calls so far.
    pub(super) async fn show(&self) -> Calls {
        let (sender, receiver) = oneshot::channel();
        let _ = self.commands.send(Command::Show(sender)).await;
        receiver.await.unwrap_or_default()
    }

    /// Forgets all calls.
    pub(super) async fn clear(&self) {
        let (sender, receiver) = oneshot::channel();
        let _ = self.commands.send(Command::Clear(sender)).await;
        let _ = receiver.await;
    }
}

async fn keep(mut commands: mpsc::Receiver<Command>, shutdown: CancellationToken) {
    let mut calls = Calls::default();
    loop {
        let command = tokio::select! {
            () = shutdown.cancelled() => break,
            command = commands.recv() => command,
        };
        match command {
            Some(Command::Record(entry)) => calls.add(*entry),
            Some(Command::Show(reply)) => {
                let _ = reply.send(calls.clone());
            }
            Some(Command::Clear(reply)) => {
                calls = Calls::default();
                let _ = reply.send(());
            }
            None => break,
        }
    }
}

impl Calls {
    fn add(&mut self, mut entry: Entry) {
        self.total += 1;
        entry.sequence = self.total;
        *self.counts.entry(entry.method.clone()).or_default() += 1;
        self.requests.push_back(entry);
        while self.requests.len() > KEPT {
            self.requests.pop_front();
        }
    }
}

/// The headers of a call without its credentials.
pub(super) fn headers(headers: &HeaderMap) -> Vec<(String, String)> {
    let shown = |name: &HeaderName, value: &[u8]| {
        if CREDENTIALS.contains(name) {
            format!("sha256:{}", fingerprint(value))
        } else {
            String::from_utf8_lossy(value).into_owned()
        }
    };
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.to_string(), shown(name, value.as_bytes())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_keep_no_credential() {
        let mut map = HeaderMap::new();
        map.append(header::AUTHORIZATION, "Bearer s3cret".parse().unwrap());
        map.append(header::COOKIE, "session=s3cret".parse().unwrap());
        map.append(header::ACCEPT, "a/b".parse().unwrap());
        let shown = headers(&map);
        assert!(!format!("{shown:?}").contains("s3cret"));
        assert_eq!(shown[0].0, "authorization");
        assert!(shown[0].1.starts_with("sha256:") && shown[0].1 != shown[1].1);
        assert_eq!(shown[2], ("accept".to_owned(), "a/b".to_owned()));
    }
}
