//! The inbox: deliveries that were accepted, kept until what they start has started.
//!
//! A delivery is acknowledged only after [`Inbox::accept`] has come back: by then it
//! is committed, and a kill, a power cut or a restart on the same volume does not
//! lose it. The inbox is also the memory by which a repeated delivery is known. The
//! [`worker`] launches what is in it, through a [`Launcher`] that is given to it.
//!
//! There are two stores: a SQLite file for one server, and PostgreSQL for several.
//! Neither knows HTTP, and nothing in them is a caller's credential.

mod backoff;
mod clock;
mod delivery;
mod error;
mod job;
mod measure;
mod postgres;
mod record;
pub mod recover;
mod sql;
mod sqlite;
mod store;
mod sweep;
mod volume;
pub mod worker;

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use tokio::{sync::Notify, time::timeout};

use crate::{config, metrics::Metrics};

pub use backoff::Backoff;
pub use clock::Clock;
pub use delivery::{Accepted, Delivery, DeliveryId, First, Memory, NewLaunch};
pub use error::{Error, OpenError};
pub use job::{Claimed, Job, LaunchId, Lease, Settlement};
pub use measure::Keeper;
pub use record::{Filter, LaunchRecord, Record, State, Status};
pub use volume::Volume;
pub use worker::{Launcher, Outcome, Worker};

use store::Store;

/// How long a commit may take before the provider is told to come again.
const LONGEST_COMMIT: Duration = Duration::from_secs(5);

/// A cheap handle on the inbox.
#[derive(Clone)]
pub struct Inbox {
    store: Store,
    /// Told when there is something to claim.
    news: Arc<Notify>,
    max_payload_bytes: usize,
    metrics: Metrics,
}

impl Inbox {
    /// Opens the store, checks it and brings its schema up to date. The [`Keeper`] has
    /// to run for as long as the inbox is used.
    ///
    /// # Errors
    ///
    /// Where the store cannot be used as it is.
    pub async fn open(
        config: &config::Inbox,
        clock: Clock,
        metrics: Metrics,
    ) -> Result<(Self, Keeper), OpenError> {
        let (store, keeper) = store::open(config, clock).await?;
        store.volume().announce();
        metrics.inbox_opened(config.max_bytes);
        let inbox = Self {
            store,
            news: Arc::default(),
            max_payload_bytes: config.max_payload_bytes,
            metrics,
        };
        let keeper = Keeper {
            store: keeper,
            inbox: inbox.clone(),
        };
        Ok((inbox, keeper))
    }

    /// The inbox to look at, also while a server uses it: nothing can be written.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn look(config: &config::Inbox, clock: Clock) -> Result<Self, OpenError> {
        Ok(Self {
            store: store::look(config, clock).await?,
            news: Arc::default(),
            max_payload_bytes: 0,
            metrics: Metrics::new(Timestamp::UNIX_EPOCH),
        })
    }

    /// Everything that is wrong with what is stored; nothing where it is sound.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn check(&self) -> Result<Vec<String>, Error> {
        self.store.check().await
    }

    /// Keeps a delivery. When this comes back it is committed durably, or it was known.
    ///
    /// # Errors
    ///
    /// Where it is not known to be committed: the provider has to send it again.
    pub async fn accept(&self, mut delivery: Delivery) -> Result<Accepted, Error> {
        let limit = self.max_payload_bytes;
        delivery.payload = delivery.payload.filter(|payload| payload.len() <= limit);
        let news = delivery.launches.iter().any(|launch| launch.run.is_none());
        // In a box, as the calls of the control plane are: a database's futures are large.
        let accepted = timeout(LONGEST_COMMIT, Box::pin(self.store.accept(delivery))).await;
        let accepted = accepted.unwrap_or(Err(Error::Late));
        self.metrics.inbox_accepted(word(&accepted));
        if news && matches!(accepted, Ok(Accepted::Stored(_))) {
            self.news.notify_one();
        }
        accepted
    }

    /// The delivery that is remembered under this hook and id, or with this body.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn find(&self, delivery: &Delivery) -> Result<Option<First>, Error> {
        Box::pin(self.store.find(delivery)).await
    }

    /// Takes at most so many launches that are due, the longest due first, under a lease.
    ///
    /// # Errors
    ///
    /// Where the store cannot be written.
    pub async fn claim(&self, most: usize, lease: Duration) -> Result<Claimed, Error> {
        self.store.claim(most, lease).await
    }

    /// Extends a lease; `false` where it has passed to another.
    ///
    /// # Errors
    ///
    /// Where the store cannot be written.
    pub async fn renew(&self, lease: Lease, time: Duration) -> Result<bool, Error> {
        self.store.renew(lease, time).await
    }

    /// Says what came of a launch, which ends its lease; `false`, and nothing is changed,
    /// where the lease had passed to another.
    ///
    /// # Errors
    ///
    /// Where the store cannot be written.
    pub async fn settle(&self, lease: Lease, settlement: Settlement) -> Result<bool, Error> {
        self.store.settle(lease, settlement).await
    }

    /// Starts what a delivery starts once more: dead letters under their key, what has
    /// been launched as another run. Gives how many launches are pending by it, or none
    /// where there is no such delivery.
    ///
    /// # Errors
    ///
    /// Where the store cannot be written.
    pub async fn replay(&self, id: DeliveryId) -> Result<Option<u64>, Error> {
        let replayed = self.store.replay(id).await?;
        self.news.notify_one();
        Ok(replayed)
    }

    /// Makes everything that waits for its next attempt due now.
    ///
    /// # Errors
    ///
    /// Where the store cannot be written.
    pub async fn hurry(&self) -> Result<(), Error> {
        self.store.hurry().await
    }

    /// How full the inbox is, and how far behind.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn status(&self) -> Result<Status, Error> {
        self.store.status().await
    }

    /// Whether deliveries are accepted now; the error says why not.
    ///
    /// # Errors
    ///
    /// Where a delivery would be refused.
    pub fn ready(&self) -> Result<(), Error> {
        self.store.ready()
    }

    /// Deliveries, the newest first.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn deliveries(&self, filter: &Filter) -> Result<Vec<Record>, Error> {
        self.store.deliveries(filter).await
    }

    /// One delivery.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn delivery(&self, id: DeliveryId) -> Result<Option<Record>, Error> {
        self.store.delivery(id).await
    }

    /// The body of a delivery as it came, if it is still kept.
    ///
    /// # Errors
    ///
    /// Where the store cannot be read.
    pub async fn payload(&self, id: DeliveryId) -> Result<Option<Vec<u8>>, Error> {
        self.store.payload(id).await
    }

    /// Whether what is accepted outlives this machine's or this pod's restart.
    pub fn volume(&self) -> &Volume {
        self.store.volume()
    }

    /// Waits until something new may be claimed.
    pub(in crate::inbox) async fn news(&self) {
        self.news.notified().await;
    }
}

/// What came of a delivery, as it is counted.
fn word(accepted: &Result<Accepted, Error>) -> &'static str {
    match accepted {
        Ok(Accepted::Stored(_)) => "stored",
        Ok(Accepted::Duplicate(_)) => "duplicate",
        Err(Error::Full { .. }) => "full",
        Err(Error::Database(_) | Error::Reopen(_) | Error::Late | Error::Closed) => "failed",
    }
}
