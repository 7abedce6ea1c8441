//! Calls that end in time, and are made again where that may help.

use std::time::{Duration, Instant};

use connectrpc::{ConnectError, client::CallOptions};

use super::{Caller, Error, retry::Retries};

/// One logical call: on whose behalf, and by when it must have ended.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub(super) caller: &'a Caller,
    pub(super) retries: &'a Retries,
    pub(super) ends: Instant,
}

impl Call<'_> {
    /// The time that is left.
    pub(super) fn left(&self) -> Duration {
        self.ends.saturating_duration_since(Instant::now())
    }

    /// Makes the call once.
    pub(super) async fn once<T, F>(
        &self,
        attempt: impl FnOnce(CallOptions) -> F + Send,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<T, ConnectError>> + Send,
    {
        let left = self.left();
        if left.is_zero() {
            return Err(Error::Timeout);
        }
        // In a box: it takes kilobytes, which all that wait for it would have to hold, and
        // to move: a request passes through a dozen of them.
        Box::pin(attempt(self.caller.options(left)))
            .await
            .map_err(|error| Error::new(error, self.caller))
    }

    /// Makes the call, again where the control plane fails: for reads and for
    /// what may be done twice without harm.
    pub(super) async fn repeatable<T, F>(
        &self,
        attempt: impl Fn(CallOptions) -> F + Send + Sync,
    ) -> Result<T, Error>
    where
        T: Send,
        F: Future<Output = Result<T, ConnectError>> + Send,
    {
        self.retries.earn();
        for made in 0.. {
            let error = match self.once(&attempt).await {
                Err(error) if error.may_pass() => error,
                outcome => return outcome,
            };
            let Some(pause) = self.retries.pause(made, &error, self.left()) else {
                return Err(error);
            };
            tokio::time::sleep(pause).await;
        }
        unreachable!("the retries of a call are counted")
    }
}
