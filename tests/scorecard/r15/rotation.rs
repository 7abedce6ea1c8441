//! Deliveries that come while their secret is changed.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures::future::join_all;
use tokio::{sync::watch, time::sleep};

use crate::{
    harness::spawn,
    program::Program,
    storm::{Plane, Weather, delivery},
    wire::Connection,
};

const SENDERS: usize = 16;
const ROTATIONS: usize = 10;

/// When the old secret goes.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Order {
    /// When all senders have the new one.
    Overlapping,
    /// Before they have it.
    Hasty,
}

/// What came of it.
pub(super) struct Rotated {
    pub(super) deliveries: usize,
    pub(super) rotations: usize,
    pub(super) complaints: Vec<String>,
}

/// What senders have in common.
struct Provider {
    server: Program,
    /// The number of the secret that is signed with.
    secret: watch::Receiver<usize>,
    /// How many deliveries were sent.
    sent: AtomicUsize,
    /// The number of the secret that each sender was last answered for.
    answered: [AtomicUsize; SENDERS],
    deliveries: usize,
}

pub(super) async fn rotate(deliveries: usize, order: Order) -> Rotated {
    let plane = Plane::start(Weather(0)).await;
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let inbox = format!(
        "inbox: {{path: {}}}\n",
        folder.path().join("inbox.db").display()
    );
    let yaml = |secrets: &[usize]| format!("{inbox}{}", yaml(secrets));
    let (current, secret) = watch::channel(0);
    let provider = Arc::new(Provider {
        server: Program::serve(&plane.endpoint, &yaml(&[0])).await,
        secret,
        sent: AtomicUsize::new(0),
        answered: Default::default(),
        deliveries,
    });
    let senders = (0..SENDERS).map(|sender| spawn(send(Arc::clone(&provider), sender)));
    let senders: Vec<_> = senders.collect();
    let mut complaints = Vec::new();
    let mut reloads = 0;
    let mut reload = async |secrets: &[usize]| {
        provider.server.rewrite(&yaml(secrets));
        provider.server.hang_up();
        reloads += 1;
        provider.server.logged("read anew", reloads).await;
    };
    for old in 0..ROTATIONS {
        provider
            .has_sent(deliveries * (old + 1) / (ROTATIONS + 1))
            .await;
        let new = old + 1;
        if order == Order::Overlapping {
            reload(&[new, old]).await;
            current.send_replace(new);
            provider.is_answered_for(new).await;
        }
        reload(&[new]).await;
        if order == Order::Hasty {
            let more = provider.sent.load(Ordering::Relaxed) + 2 * SENDERS;
            provider.has_sent(more.min(deliveries)).await;
        }
        current.send_replace(new);
        if provider.deliver(old, "forged").await != 401 {
            complaints.push(format!("secret {old} counts when it is gone"));
        }
    }
    for sender in join_all(senders).await {
        complaints.extend(sender.unwrap());
    }
    Rotated {
        deliveries,
        rotations: ROTATIONS,
        complaints,
    }
}

async fn send(provider: Arc<Provider>, sender: usize) -> Vec<String> {
    let mut complaints = Vec::new();
    let mut connection = Connection::open(provider.server.address).await.unwrap();
    loop {
        let number = provider.sent.fetch_add(1, Ordering::Relaxed);
        if number >= provider.deliveries {
            provider.answered[sender].store(usize::MAX, Ordering::Relaxed);
            return complaints;
        }
        let secret = *provider.secret.borrow();
        let request = request(secret, &format!("delivery-{number}"));
        let answer = connection.ask(&request).await.unwrap();
        if answer.status != 202 {
            let body = String::from_utf8_lossy(&answer.body);
            complaints.push(format!("{number}: {} {body}", answer.status));
        }
        if answer.header("connection") == "close" {
            connection = Connection::open(provider.server.address).await.unwrap();
        }
        provider.answered[sender].store(secret, Ordering::Relaxed);
    }
}

impl Provider {
    async fn has_sent(&self, deliveries: usize) {
        while self.sent.load(Ordering::Relaxed) < deliveries {
            sleep(Duration::from_millis(1)).await;
        }
    }

    async fn is_answered_for(&self, secret: usize) {
        let all = |it: &AtomicUsize| it.load(Ordering::Relaxed) >= secret;
        while !self.answered.iter().all(all) {
            sleep(Duration::from_millis(1)).await;
        }
    }

    async fn deliver(&self, secret: usize, id: &str) -> u16 {
        let mut connection = Connection::open(self.server.address).await.unwrap();
        let answer = connection.ask(&request(secret, id)).await;
        answer.unwrap().status
    }
}

fn secret(number: usize) -> String {
    format!("secret-{number}-of-the-score-card-0123456789")
}

fn request(number: usize, id: &str) -> Vec<u8> {
    let signer = delivery::signer(secret(number));
    delivery::request("rotated", id, &signer)
}

fn yaml(secrets: &[usize]) -> String {
    let secrets: Vec<_> = secrets
        .iter()
        .map(|number| format!("{{value: {}}}", secret(*number)))
        .collect();
    let secrets = secrets.join(", ");
    format!(
        "telemetry: {{log_level: 'off,flyte_webhook::cli=info,flyte_webhook::app=info'}}\n\
         hooks:\n  rotated:\n    source: github\n    ack: stored\n    secrets: [{secrets}]\n    \
         identity: {{value: identity-of-the-hook}}\n    \
         rules:\n      - task: development/flytesnacks/demo.hello\n        version: v1\n        \
         inputs: {{name: payload.after}}\n"
    )
}
