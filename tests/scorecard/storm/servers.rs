//! The servers that are killed, and what replaces them.

use std::{net::SocketAddr, path::Path, time::Duration};

use futures::future::join_all;
use rand::RngExt;
use tokio::{sync::watch, time::sleep};

use super::progress::Progress;
use crate::program::Program;

/// What administrators prove themselves with, and what the servers know of it.
const HASH: &str = "10709d5b5fd75cced49d9f2f4506b57c0a2d76978983fed260481467c7376c9c";
pub(super) const KEY: &str = "fwk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
/// What deliveries are signed with.
pub(super) const SECRET: &str = "a-secret-of-the-score-card-0123456789";

/// Which of the kills, in percent, come while deliveries are sent; the others come while
/// what was accepted is launched.
const WHILE_SENDING: usize = 75;
/// How long all servers live between two kills at the least and, while nothing is sent,
/// at the most.
const SHORTEST: Duration = Duration::from_millis(100);
const LONGEST: Duration = Duration::from_secs(1);

/// The servers that run now.
pub(super) type Addresses = watch::Receiver<Vec<SocketAddr>>;

/// When a delivery is acknowledged.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Ack {
    Launched,
    Stored,
}

/// How the servers are configured.
pub(crate) struct Setup {
    pub(crate) ack: Ack,
    /// The key of the inbox and its value; none where there is no inbox.
    pub(crate) store: Option<String>,
    pub(crate) replicas: usize,
}

impl Setup {
    /// A server that keeps what it accepts in a file of this folder.
    pub(crate) fn stored(folder: &Path) -> Self {
        let file = folder.join("inbox.db");
        Self {
            ack: Ack::Stored,
            store: Some(format!("path: {}", file.display())),
            replicas: 1,
        }
    }

    /// A server that keeps nothing.
    pub(crate) fn launched() -> Self {
        Self {
            ack: Ack::Launched,
            store: None,
            replicas: 1,
        }
    }

    fn yaml(&self) -> String {
        let inbox = self.store.as_ref().map_or(String::new(), |store| {
            format!(
                "inbox: {{{store}, attempts: 12, concurrency: 128, lease: 3s, \
                 backoff: {{first: 50ms, most: 2s}}}}\n"
            )
        });
        let ack = match self.ack {
            Ack::Launched => "launched",
            Ack::Stored => "stored",
        };
        format!(
            "telemetry: {{log_level: 'off,flyte_webhook::cli=info'}}\n\
             limits: {{connect_timeout: 1s, upstream_timeout: 1s}}\n\
             launch: {{requeue_after: 1s}}\n\
             admin: {{tokens: [{{id: storm, hash: {HASH}}}], on_main_port: true}}\n\
             {inbox}\
             hooks:\n  storm:\n    source: github\n    ack: {ack}\n    answer_within: 2s\n    \
             secrets: [{{value: {SECRET}}}]\n    identity: {{value: identity-of-the-hook}}\n    \
             rules:\n      - task: development/flytesnacks/demo.hello\n        version: v1\n        \
             inputs: {{name: payload.after}}\n"
        )
    }
}

/// Servers that are replaced where they die.
pub(super) struct Servers {
    programs: Vec<Program>,
    addresses: watch::Sender<Vec<SocketAddr>>,
    endpoint: String,
    yaml: String,
}

impl Servers {
    pub(super) async fn start(endpoint: &str, setup: &Setup) -> Self {
        let yaml = setup.yaml();
        let programs = (0..setup.replicas).map(|_| Program::serve(endpoint, &yaml));
        let servers = Self {
            programs: join_all(programs).await,
            addresses: watch::channel(Vec::new()).0,
            endpoint: endpoint.to_owned(),
            yaml,
        };
        servers.publish();
        servers
    }

    pub(super) fn addresses(&self) -> Addresses {
        self.addresses.subscribe()
    }

    /// Kills one at random so many times, and starts another in its place; lets them
    /// live on afterwards.
    pub(super) async fn kill(mut self, kills: usize, progress: Progress) -> Self {
        let sending = kills * WHILE_SENDING / 100;
        for kill in 0..kills {
            sleep(SHORTEST).await;
            if kill < sending {
                progress.reached(kill, sending).await;
            } else {
                let pause = LONGEST.mul_f64(rand::random());
                sleep(pause).await;
            }
            let victim = rand::rng().random_range(0..self.programs.len());
            // Gone while its clients still believe in it.
            self.programs.swap_remove(victim).kill().await;
            let next = Program::serve(&self.endpoint, &self.yaml).await;
            self.programs.push(next);
            self.publish();
        }
        self
    }

    fn publish(&self) {
        let addresses = self.programs.iter().map(|program| program.address);
        self.addresses.send_replace(addresses.collect());
    }
}
