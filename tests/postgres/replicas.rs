//! Several servers on one database, and a database that fails.

use std::{
    collections::HashMap,
    sync::{Arc, atomic::AtomicUsize, atomic::Ordering},
    time::Duration,
};

use flyte_webhook::inbox::{Inbox, Job, Launcher, OpenError, Outcome, Settlement, Worker};
use futures::future::join_all;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    clock,
    harness::spawn,
    inbox,
    inbox::kept::{Kept, delivery, store},
    open,
    server::Server,
};

const LEASE: Duration = Duration::from_mins(1);

pub(crate) async fn several_servers_open_an_empty_database_at_once(
    database: String,
    server: Server,
) -> Server {
    let config = server.settings(&database);
    let opened = join_all((0..5).map(|_| Kept::open(&config, clock()))).await;
    for kept in opened {
        let kept = kept.unwrap();
        kept.inbox.ready().unwrap();
        kept.close().await;
    }
    server
}

/// Tells the test which jobs it was given.
#[derive(Clone)]
struct Telling(mpsc::UnboundedSender<String>);

impl Launcher for Telling {
    async fn launch(&self, job: &Job) -> Outcome {
        self.0.send(job.key.clone()).unwrap();
        Outcome::Launched {
            run: format!("w-{}", job.key),
        }
    }
}

pub(crate) async fn what_one_server_accepts_another_launches_once(
    database: String,
    server: Server,
) -> Server {
    let kept = open(&server, &database).await;
    let (told, mut launched) = mpsc::unbounded_channel();
    let stop = CancellationToken::new();
    let mut workers = Vec::new();
    for _ in 0..3 {
        let inbox = inbox(&server, &database).await;
        let config = server.settings(&database);
        let worker = Worker::new(inbox, &config, Telling(told.clone()), || 0.5);
        workers.push(spawn(worker.run(stop.clone(), Duration::from_secs(5))));
    }
    let accepts = (0..300).map(|n| {
        let inbox = kept.inbox.clone();
        async move { store(&inbox, delivery(&format!("{n}"))).await }
    });
    join_all(accepts).await;
    let mut seen = HashMap::new();
    while seen.len() < 300 {
        *seen.entry(launched.recv().await.unwrap()).or_insert(0) += 1;
    }
    while kept.inbox.status().await.unwrap().pending > 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop.cancel();
    join_all(workers).await;
    assert!(seen.values().all(|times| *times == 1), "{seen:?}");
    assert!(launched.try_recv().is_err());
    kept.close().await;
    server
}

pub(crate) async fn another_server_takes_over_when_one_is_gone(
    database: String,
    server: Server,
) -> Server {
    let kept = open(&server, &database).await;
    store(&kept.inbox, delivery("a")).await;
    let gone = inbox(&server, &database).await;
    let short = Duration::from_millis(200);
    let lost = gone.claim(1, short).await.unwrap().jobs.remove(0);
    let claimed = kept.inbox.claim(1, LEASE).await.unwrap();
    assert_eq!(claimed.jobs, []);
    assert!(claimed.next.unwrap() <= short);
    let job = until_claimed(&kept.inbox).await;
    assert_eq!((job.attempts, &*job.key), (2, "a"));
    let run = "wabc".to_owned();
    let settled = gone.settle(lost.lease, Settlement::Launched { run });
    assert!(!settled.await.unwrap());
    kept.close().await;
    server
}

pub(crate) async fn bodies_and_deliveries_go_when_they_are_old(
    database: String,
    server: Server,
) -> Server {
    let kept = open(&server, &database).await;
    let mut ids = Vec::new();
    for (id, days) in [("new", 0), ("day", 2), ("week", 8)] {
        let mut delivery = delivery(id);
        let age = SignedDuration::from_hours(days * 24);
        delivery.received_at = Timestamp::now().checked_sub(age).unwrap();
        ids.push(store(&kept.inbox, delivery).await);
    }
    for job in kept.inbox.claim(9, LEASE).await.unwrap().jobs {
        let run = "wabc".to_owned();
        let settled = kept.inbox.settle(job.lease, Settlement::Launched { run });
        assert!(settled.await.unwrap());
    }
    kept.close().await;
    // Each opening sweeps at once.
    let kept = open(&server, &database).await;
    while kept.inbox.delivery(ids[2]).await.unwrap().is_some() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let records = join_all([ids[0], ids[1]].map(|id| kept.inbox.delivery(id))).await;
    let payloads = records
        .into_iter()
        .map(|it| it.unwrap().unwrap().has_payload);
    assert_eq!(payloads.collect::<Vec<_>>(), [true, false]);
    kept.close().await;
    server
}

pub(crate) async fn a_database_that_was_killed_has_all_that_was_accepted(
    database: String,
    mut server: Server,
) -> Server {
    let kept = open(&server, &database).await;
    let (over, tried) = (CancellationToken::new(), Arc::new(AtomicUsize::new(0)));
    let senders: Vec<_> = (0..8)
        .map(|sender| {
            let (inbox, over) = (kept.inbox.clone(), over.clone());
            let tried = Arc::clone(&tried);
            spawn(async move {
                let mut acknowledged = Vec::new();
                for n in 0.. {
                    if over.is_cancelled() {
                        break;
                    }
                    let id = format!("{sender}-{n}");
                    if inbox.accept(delivery(&id)).await.is_ok() {
                        acknowledged.push(id);
                    } else {
                        // A refusal comes at once: nothing else would be done.
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                    tried.fetch_add(1, Ordering::Relaxed);
                }
                acknowledged
            })
        })
        .collect();
    let more = async |tried: &AtomicUsize| {
        let before = tried.load(Ordering::Relaxed);
        while tried.load(Ordering::Relaxed) < before + 200 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    for _ in 0..3 {
        more(&tried).await;
        server.crash().await;
        until_ready(&kept.inbox).await;
    }
    more(&tried).await;
    over.cancel();
    for sender in senders {
        for id in sender.await.unwrap() {
            let found = kept.inbox.find(&delivery(&id)).await.unwrap();
            assert!(found.is_some(), "{id} was acknowledged and is lost");
        }
    }
    kept.close().await;
    server
}

pub(crate) async fn a_database_that_does_not_wait_for_its_disk_is_refused() {
    let server = Server::start(false).await;
    server.create("inbox").await;
    let config = server.settings("inbox");
    let refused = Kept::open(&config, clock()).await.err().unwrap();
    let said = refused.to_string();
    assert!(
        matches!(refused, OpenError::NotDurable { setting: "fsync" }),
        "{said}"
    );
    assert!(said.starts_with("inbox.postgres_url: "), "{said}");
}

async fn until_claimed(inbox: &Inbox) -> Job {
    loop {
        if let Some(job) = inbox.claim(1, LEASE).await.unwrap().jobs.pop() {
            return job;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn until_ready(inbox: &Inbox) {
    while inbox.ready().is_err() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}
