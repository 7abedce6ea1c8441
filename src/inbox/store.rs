//! The two stores behind one set of questions.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::{
    clock::Clock,
    delivery::{Accepted, Delivery, DeliveryId, First},
    error::{Error, OpenError},
    job::{Claimed, Lease, Settlement},
    postgres::{self, Postgres},
    record::{Filter, Record, Status},
    sqlite::{self, Sqlite},
    volume::Volume,
};
use crate::config;

/// A cheap handle on the store.
#[derive(Clone)]
pub(super) enum Store {
    Sqlite(Sqlite),
    Postgres(Postgres),
}

/// The task that owns the store: it writes, sweeps and opens anew what has failed.
pub(super) struct Keeper(Kind);

enum Kind {
    Sqlite(Box<sqlite::Keeper>),
    Postgres(Box<postgres::Keeper>),
}

pub(super) async fn open(
    config: &config::Inbox,
    clock: Clock,
) -> Result<(Store, Keeper), OpenError> {
    match &config.store {
        config::InboxStore::File(path) => {
            let (store, keeper) = sqlite::open(path, config, clock).await?;
            Ok((Store::Sqlite(store), Keeper(Kind::Sqlite(Box::new(keeper)))))
        }
        config::InboxStore::Postgres(url) => {
            let (store, keeper) = postgres::open(url, config).await?;
            let keeper = Keeper(Kind::Postgres(Box::new(keeper)));
            Ok((Store::Postgres(store), keeper))
        }
    }
}

pub(super) async fn look(config: &config::Inbox, clock: Clock) -> Result<Store, OpenError> {
    match &config.store {
        config::InboxStore::File(path) => Ok(Store::Sqlite(sqlite::look(path, config, clock)?)),
        config::InboxStore::Postgres(url) => {
            let store = postgres::look(url, config).await?;
            Ok(Store::Postgres(store))
        }
    }
}

impl Keeper {
    /// Runs until it is told to stop, and then finishes what was asked of it.
    pub(super) async fn run(self, shutdown: CancellationToken) {
        match self.0 {
            Kind::Sqlite(keeper) => keeper.run(shutdown).await,
            Kind::Postgres(keeper) => keeper.run(shutdown).await,
        }
    }
}

impl Store {
    pub(super) async fn accept(&self, delivery: Delivery) -> Result<Accepted, Error> {
        match self {
            Self::Sqlite(store) => store.accept(delivery).await,
            Self::Postgres(store) => store.accept(&delivery).await,
        }
    }

    pub(super) async fn find(&self, delivery: &Delivery) -> Result<Option<First>, Error> {
        match self {
            Self::Sqlite(store) => store.find(delivery).await,
            Self::Postgres(store) => store.find(delivery).await,
        }
    }

    pub(super) async fn claim(&self, most: usize, lease: Duration) -> Result<Claimed, Error> {
        match self {
            Self::Sqlite(store) => store.claim(most, lease).await,
            Self::Postgres(store) => store.claim(most, lease).await,
        }
    }

    pub(super) async fn renew(&self, lease: Lease, time: Duration) -> Result<bool, Error> {
        match self {
            Self::Sqlite(store) => store.renew(lease, time).await,
            Self::Postgres(store) => store.renew(lease, time).await,
        }
    }

    pub(super) async fn settle(&self, lease: Lease, settled: Settlement) -> Result<bool, Error> {
        match self {
            Self::Sqlite(store) => store.settle(lease, settled).await,
            Self::Postgres(store) => store.settle(lease, settled).await,
        }
    }

    pub(super) async fn replay(&self, id: DeliveryId) -> Result<Option<u64>, Error> {
        match self {
            Self::Sqlite(store) => store.replay(id).await,
            Self::Postgres(store) => store.replay(id).await,
        }
    }

    pub(super) async fn hurry(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.hurry().await,
            Self::Postgres(store) => store.hurry().await,
        }
    }

    pub(super) async fn status(&self) -> Result<Status, Error> {
        match self {
            Self::Sqlite(store) => store.status().await,
            Self::Postgres(store) => store.status().await,
        }
    }

    pub(super) fn ready(&self) -> Result<(), Error> {
        match self {
            Self::Sqlite(store) => store.ready(),
            Self::Postgres(store) => store.ready(),
        }
    }

    pub(super) async fn deliveries(&self, filter: &Filter) -> Result<Vec<Record>, Error> {
        match self {
            Self::Sqlite(store) => store.deliveries(filter).await,
            Self::Postgres(store) => store.deliveries(filter).await,
        }
    }

    pub(super) async fn delivery(&self, id: DeliveryId) -> Result<Option<Record>, Error> {
        match self {
            Self::Sqlite(store) => store.delivery(id).await,
            Self::Postgres(store) => store.delivery(id).await,
        }
    }

    pub(super) async fn payload(&self, id: DeliveryId) -> Result<Option<Vec<u8>>, Error> {
        match self {
            Self::Sqlite(store) => store.payload(id).await,
            Self::Postgres(store) => store.payload(id).await,
        }
    }

    pub(super) async fn check(&self) -> Result<Vec<String>, Error> {
        match self {
            Self::Sqlite(store) => store.check().await,
            // It checks its own pages as it reads them.
            Self::Postgres(store) => store.status().await.map(|_| Vec::new()),
        }
    }

    pub(super) fn volume(&self) -> &Volume {
        match self {
            Self::Sqlite(store) => store.volume(),
            Self::Postgres(_) => &Volume::Database,
        }
    }
}
