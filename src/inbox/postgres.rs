//! The inbox of several servers, in PostgreSQL.
//!
//! Every time that orders or ends something is the database's, since the servers'
//! clocks may differ. Who claims skips what others are claiming; a lease that has run
//! out is anybody's, and its former holder is refused by the fence.

mod accept;
mod keeper;
mod open;
mod queue;
mod read;

use std::time::Duration;

use sqlx::PgPool;
use tokio::sync::watch;

pub(super) use keeper::Keeper;
pub(super) use open::{look, open};

use super::error::Error;

/// What the keeper says about the database.
#[derive(Clone, Debug, Default)]
struct Health {
    /// What the inbox holds, in bytes.
    used: u64,
    /// Why nothing is accepted now.
    failure: Option<Error>,
}

/// A cheap handle on the database.
#[derive(Clone)]
pub(super) struct Postgres {
    pool: PgPool,
    health: watch::Receiver<Health>,
    max_bytes: u64,
}

/// The database's time in microseconds, within a statement.
macro_rules! now {
    () => {
        // Not clock_timestamp(), which changes within a statement: no index helps with it.
        "(extract(epoch FROM statement_timestamp()) * 1000000)::bigint"
    };
}
use now;

impl Postgres {
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
}

/// How long to wait for a free connection, and for the database to be found.
const ACQUIRE: Duration = Duration::from_secs(3);
