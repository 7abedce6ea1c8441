//! How many calls of one app go on at once: an app that hangs holds up its own
//! callers and no others.

use std::{sync::Arc, time::Duration};

use flyte_webhook_core::id::AppId;
use moka::future::Cache;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Error;

/// How many apps are counted, and for how long after the last call: longer than
/// a call may take.
const APPS: u64 = 10_000;
const COUNTED_FOR: Duration = Duration::from_hours(2);

/// The calls that go on, by app.
pub(super) struct Slots {
    limit: usize,
    apps: Cache<AppId, Arc<Semaphore>>,
}

impl Slots {
    pub(super) fn new(limit: usize) -> Self {
        let apps = Cache::builder()
            .max_capacity(APPS)
            .time_to_idle(COUNTED_FOR)
            .build();
        Self { limit, apps }
    }

    /// Takes a slot, or refuses: those who would wait for an app that hangs
    /// would wait in vain.
    pub(super) async fn take(&self, app: &AppId) -> Result<OwnedSemaphorePermit, Error> {
        let limit = self.limit;
        let fresh = async { Arc::new(Semaphore::new(limit)) };
        let slots = self.apps.get_with_by_ref(app, fresh).await;
        let slot = slots.try_acquire_owned();
        slot.map_err(|_none_left| Error::Busy { limit })
    }
}
