//! The inbox of one server, in one SQLite file.
//!
//! One task, the [`Keeper`], writes. What comes to it at the same time shares one
//! commit and one fsync, after which all of it is answered. Readers have connections
//! of their own. A second process on the same file is refused by a lock.
//!
//! After any failed write nothing is acknowledged until the file has been opened and
//! checked anew: a kernel that could not write a page may have dropped it, and a second
//! fsync would then succeed without it.

mod accept;
pub(super) mod file;
mod keeper;
mod queue;
mod read;
mod work;

use std::{path::Path, sync::Arc, time::Duration};

use sqlx::SqlitePool;
use tokio::sync::{mpsc, oneshot, watch};

pub(super) use keeper::Keeper;

use super::{
    clock::Clock,
    delivery::{Accepted, Delivery, DeliveryId},
    error::{Error, OpenError},
    job::{Claimed, Lease, Settlement},
    recover,
    sweep::Retention,
    volume::Volume,
};
use crate::config;
use work::{Reply, Work};

/// How much may wait for the next commit; who comes then waits before the door.
const QUEUE: usize = 1024;

/// What the keeper says about the file.
#[derive(Clone, Debug, Default)]
struct Health {
    /// What the file holds, in bytes.
    used: u64,
    /// Why nothing is accepted now.
    failure: Option<Error>,
}

/// A cheap handle on the file.
#[derive(Clone)]
pub(super) struct Sqlite {
    work: mpsc::Sender<Work>,
    read: SqlitePool,
    health: watch::Receiver<Health>,
    max_bytes: u64,
    clock: Clock,
    volume: Arc<Volume>,
}

/// Opens the file, or makes it.
pub(super) async fn open(
    path: &Path,
    config: &config::Inbox,
    clock: Clock,
) -> Result<(Sqlite, Keeper), OpenError> {
    let lock = file::lock(path)?;
    recover::finish(path)?;
    let mut connection = file::open(path).await?;
    file::migrate(&mut connection).await?;
    queue::restart(&mut connection, clock.now(), config.backoff.most).await?;
    let (sender, work) = mpsc::channel(QUEUE);
    let used = keeper::used(&mut connection).await?;
    let (publish, health) = watch::channel(Health {
        used,
        failure: None,
    });
    let read = file::readers(path);
    let store = Sqlite {
        work: sender,
        read: read.clone(),
        health,
        max_bytes: config.max_bytes,
        clock: clock.clone(),
        volume: Arc::new(Volume::of(path)),
    };
    let keeper = Keeper::new(keeper::Parts {
        path: path.to_owned(),
        lock,
        connection,
        read,
        work,
        health: publish,
        retention: Retention::of(config),
        max_bytes: config.max_bytes,
        clock,
    });
    Ok((store, keeper))
}

/// The file as it is, to look at; another process may use it.
pub(super) fn look(path: &Path, config: &config::Inbox, clock: Clock) -> Result<Sqlite, OpenError> {
    // Opening one that is not there would make it.
    path.metadata().map_err(|source| OpenError::File {
        path: path.to_owned(),
        source,
    })?;
    Ok(Sqlite {
        work: mpsc::channel(1).0,
        read: file::readers(path),
        health: watch::channel(Health::default()).1,
        max_bytes: config.max_bytes,
        clock,
        volume: Arc::new(Volume::of(path)),
    })
}

impl Sqlite {
    pub(super) async fn accept(&self, delivery: Delivery) -> Result<Accepted, Error> {
        self.ready()?;
        self.write(|reply| Work::Accept(Box::new(delivery), reply))
            .await
    }

    pub(super) async fn claim(&self, most: usize, lease: Duration) -> Result<Claimed, Error> {
        // A question costs no commit.
        let due = self.next().await?;
        let Some(0) = due else {
            return Ok(Claimed {
                jobs: Vec::new(),
                next: due.map(Duration::from_micros),
            });
        };
        let jobs = self
            .write(|reply| Work::Claim { most, lease, reply })
            .await?;
        Ok(Claimed { jobs, next: None })
    }

    pub(super) async fn renew(&self, lease: Lease, time: Duration) -> Result<bool, Error> {
        self.write(|reply| Work::Renew { lease, time, reply }).await
    }

    pub(super) async fn settle(&self, lease: Lease, settled: Settlement) -> Result<bool, Error> {
        self.write(|reply| Work::Settle {
            lease,
            settled,
            reply,
        })
        .await
    }

    pub(super) async fn replay(&self, id: DeliveryId) -> Result<Option<u64>, Error> {
        self.write(|reply| Work::Replay(id, reply)).await
    }

    pub(super) async fn hurry(&self) -> Result<(), Error> {
        self.write(Work::Hurry).await
    }

    pub(super) fn ready(&self) -> Result<(), Error> {
        let health = self.health.borrow();
        if let Some(failure) = &health.failure {
            return Err(failure.clone());
        }
        if health.used >= self.max_bytes {
            return Err(Error::Full {
                used: health.used,
                most: self.max_bytes,
            });
        }
        Ok(())
    }

    pub(super) fn volume(&self) -> &Volume {
        &self.volume
    }

    async fn write<T>(&self, work: impl FnOnce(Reply<T>) -> Work) -> Result<T, Error> {
        if let Some(failure) = &self.health.borrow().failure {
            return Err(failure.clone());
        }
        let (reply, answer) = oneshot::channel();
        let sent = self.work.send(work(Reply::new(reply))).await;
        sent.map_err(|_closed| Error::Closed)?;
        answer.await.map_err(|_closed| Error::Closed)?
    }
}
