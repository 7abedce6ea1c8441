//! One thing that the keeper is asked to write.

use std::time::Duration;

use sqlx::SqliteConnection;
use tokio::sync::oneshot;

use super::{accept, queue};
use crate::inbox::{
    delivery::{Accepted, Delivery, DeliveryId},
    error::Error,
    job::{Job, Lease, Settlement},
};

/// Where an answer goes once it is committed.
pub(super) struct Reply<T> {
    value: Option<T>,
    to: oneshot::Sender<Result<T, Error>>,
}

impl<T> Reply<T> {
    pub(super) fn new(to: oneshot::Sender<Result<T, Error>>) -> Self {
        Self { value: None, to }
    }

    fn send(self, outcome: &Result<(), Error>) {
        let answer = match (outcome, self.value) {
            (Ok(()), Some(value)) => Ok(value),
            (Ok(()), None) => Err(Error::Closed),
            (Err(error), _) => Err(error.clone()),
        };
        // Whoever asked may not wait any more.
        let _ = self.to.send(answer);
    }
}

/// One thing to write.
pub(super) enum Work {
    Accept(Box<Delivery>, Reply<Accepted>),
    Claim {
        most: usize,
        lease: Duration,
        reply: Reply<Vec<Job>>,
    },
    Renew {
        lease: Lease,
        time: Duration,
        reply: Reply<bool>,
    },
    Settle {
        lease: Lease,
        settled: Settlement,
        reply: Reply<bool>,
    },
    Replay(DeliveryId, Reply<Option<u64>>),
    Hurry(Reply<()>),
}

/// Accepts all deliveries among `batch`, within the transaction that is open.
pub(super) async fn accept(
    connection: &mut SqliteConnection,
    batch: &mut [Work],
    now: i64,
) -> Result<(), sqlx::Error> {
    let deliveries = batch.iter_mut().filter_map(|work| {
        let Work::Accept(delivery, reply) = work else {
            return None;
        };
        Some((&**delivery, reply))
    });
    let (deliveries, replies): (Vec<&Delivery>, Vec<_>) = deliveries.unzip();
    if deliveries.is_empty() {
        return Ok(());
    }
    let accepted = accept::accept(connection, &deliveries, now).await?;
    for (reply, accepted) in replies.into_iter().zip(accepted) {
        reply.value = Some(accepted);
    }
    Ok(())
}

impl Work {
    /// Does it within the transaction that is open.
    pub(super) async fn apply(
        &mut self,
        connection: &mut SqliteConnection,
        now: i64,
    ) -> Result<(), sqlx::Error> {
        match self {
            // All of them at once, by `accept`.
            Self::Accept(..) => {}
            Self::Claim { most, lease, reply } => {
                reply.value = Some(queue::claim(connection, *most, *lease, now).await?);
            }
            Self::Renew { lease, time, reply } => {
                reply.value = Some(queue::renew(connection, *lease, *time, now).await?);
            }
            Self::Settle {
                lease,
                settled,
                reply,
            } => {
                reply.value = Some(queue::settle(connection, *lease, settled, now).await?);
            }
            Self::Replay(id, reply) => {
                reply.value = Some(queue::replay(connection, *id, now).await?);
            }
            Self::Hurry(reply) => reply.value = Some(queue::hurry(connection, now).await?),
        }
        Ok(())
    }

    /// Tells whoever asked, once the transaction is over.
    pub(super) fn answer(self, outcome: &Result<(), Error>) {
        match self {
            Self::Accept(_, reply) => reply.send(outcome),
            Self::Claim { reply, .. } => reply.send(outcome),
            Self::Renew { reply, .. } | Self::Settle { reply, .. } => reply.send(outcome),
            Self::Replay(_, reply) => reply.send(outcome),
            Self::Hurry(reply) => reply.send(outcome),
        }
    }
}
