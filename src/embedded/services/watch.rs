//! Streams that follow what is stored.

use std::{future::Future, pin::Pin};

use connectrpc::{ConnectError, ServiceStream};
use futures::{FutureExt, Stream, stream};
use tokio::sync::broadcast::{self, error::RecvError};
use tokio_util::sync::CancellationToken;

use super::State;
use crate::embedded::store::ActionKey;

/// One reading of the store and whether it is the last that matters.
#[derive(Clone)]
pub(super) struct Reading<T> {
    pub(super) value: T,
    pub(super) last: bool,
}

type Read<T> = Pin<Box<dyn Future<Output = Result<Reading<T>, ConnectError>> + Send>>;

struct Follower<T, R, C, K> {
    read: R,
    concerns: C,
    changes: broadcast::Receiver<K>,
    shutdown: CancellationToken,
    sent: Option<T>,
    over: bool,
}

/// The value now and whenever a change that concerns it has made another of it.
pub(super) fn follow<T, R, C>(state: &State, concerns: C, read: R) -> ServiceStream<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    R: Fn() -> Read<T> + Send + 'static,
    C: Fn(&ActionKey) -> bool + Send + 'static,
{
    follow_on(state.store.changes(), &state.shutdown, concerns, read)
}

/// The same for changes of another kind, subscribed before this is called, so
/// that nothing falls between.
pub(super) fn follow_on<T, R, C, K>(
    changes: broadcast::Receiver<K>,
    shutdown: &CancellationToken,
    concerns: C,
    read: R,
) -> ServiceStream<T>
where
    T: Clone + PartialEq + Send + Sync + 'static,
    R: Fn() -> Read<T> + Send + 'static,
    C: Fn(&K) -> bool + Send + 'static,
    K: Clone + Send + 'static,
{
    let follower = Follower {
        changes,
        shutdown: shutdown.clone(),
        read,
        concerns,
        sent: None,
        over: false,
    };
    Box::pin(values(follower))
}

/// A future for the reading, as `follow` takes it.
pub(super) fn reading<T, F>(future: F) -> Read<T>
where
    F: Future<Output = Result<Reading<T>, ConnectError>> + Send + 'static,
{
    future.boxed()
}

fn values<T, R, C, K>(follower: Follower<T, R, C, K>) -> impl Stream<Item = Result<T, ConnectError>>
where
    T: Clone + PartialEq,
    R: Fn() -> Read<T>,
    C: Fn(&K) -> bool,
    K: Clone,
{
    stream::unfold(follower, |mut follower| async move {
        let item = follower.next().await?;
        follower.over |= item.is_err();
        Some((item, follower))
    })
}

impl<T, R, C, K> Follower<T, R, C, K>
where
    T: Clone + PartialEq,
    R: Fn() -> Read<T>,
    C: Fn(&K) -> bool,
    K: Clone,
{
    async fn next(&mut self) -> Option<Result<T, ConnectError>> {
        loop {
            if self.over || (self.sent.is_some() && !self.changed().await) {
                return None;
            }
            let reading = match (self.read)().await {
                Ok(reading) => reading,
                Err(error) => return Some(Err(error)),
            };
            self.over = reading.last;
            if self.sent.as_ref() != Some(&reading.value) {
                self.sent = Some(reading.value.clone());
                return Some(Ok(reading.value));
            }
        }
    }

    /// Waits for a change that concerns us; false when there will be none.
    async fn changed(&mut self) -> bool {
        loop {
            let received = tokio::select! {
                () = self.shutdown.cancelled() => return false,
                received = self.changes.recv() => received,
            };
            match received {
                Ok(key) if (self.concerns)(&key) => return true,
                Ok(_) => {}
                // Some were lost, perhaps ours.
                Err(RecvError::Lagged(_)) => return true,
                Err(RecvError::Closed) => return false,
            }
        }
    }
}
