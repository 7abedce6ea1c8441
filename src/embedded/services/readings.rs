//! What those who follow an action are shown: read once for each change, however
//! many follow.

use std::time::Duration;

use connectrpc::ConnectError;
use flyte_idl::flyteidl2::workflow::WatchActionDetailsResponse;
use moka::future::Cache;

use super::{State, details, run::find, watch::Reading};
use crate::embedded::store::ActionKey;

/// How many readings are kept, and for how long: until all who follow have had it.
const KEPT: u64 = 64;
const TIME: Duration = Duration::from_secs(1);

/// The latest readings.
#[derive(Clone)]
pub(in crate::embedded) struct Readings {
    readings: Cache<(ActionKey, u64), Reading<WatchActionDetailsResponse>>,
}

impl Readings {
    pub(in crate::embedded) fn new() -> Self {
        let readings = Cache::builder().max_capacity(KEPT).time_to_live(TIME);
        Self {
            readings: readings.build(),
        }
    }

    /// The action as it is now.
    pub(super) async fn of(
        &self,
        state: &State,
        key: ActionKey,
    ) -> Result<Reading<WatchActionDetailsResponse>, ConnectError> {
        let read = read(state, key.clone());
        // Before anything is read, so that nobody is shown what was before a change.
        let version = state.store.version();
        let reading = self.readings.try_get_with((key, version), read).await;
        reading.map_err(|error| ConnectError::clone(&error))
    }
}

async fn read(
    state: &State,
    key: ActionKey,
) -> Result<Reading<WatchActionDetailsResponse>, ConnectError> {
    let row = find(state, &key).await?;
    let details = details::action_details(state, &row).await?.into();
    let value = WatchActionDetailsResponse {
        details,
        ..Default::default()
    };
    Ok(Reading {
        value,
        last: row.is_done(),
    })
}
