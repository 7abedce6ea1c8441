//! Decides when a connection has to end, whatever is spoken on it.

use std::{pin::pin, time::Duration};

use hyper_util::server::graceful::GracefulConnection;
use tokio::{
    select,
    time::{Instant, sleep_until},
};

use super::{activity::Activity, edge::Edge};

/// How soon to look again whether a head that is there in part is there whole.
const SOON: Duration = Duration::from_millis(20);

/// Has a connection work until it ends by itself, has been idle for too long, or
/// `stop` says that the server stops and its last request is answered.
pub(super) async fn tend<C: GracefulConnection>(
    connection: C,
    activity: &Activity,
    edge: &Edge,
    stop: impl Future<Output = ()>,
) {
    let mut connection = pin!(connection);
    let mut stop = pin!(stop);
    let mut is_stopping = false;
    let mut asked: Option<Instant> = None;
    loop {
        let idle = activity.idle_since();
        let is_expired = idle.is_some_and(|since| since.elapsed() >= edge.keep_alive);
        // Half a head would be lost.
        let may_stop = is_stopping && !activity.is_receiving();
        if asked.is_none() && (is_expired || may_stop) {
            connection.as_mut().graceful_shutdown();
            asked = Some(Instant::now());
        }
        let look = match (asked, idle) {
            // It has nothing to finish and goes on all the same, say because of
            // half a head of HTTP/2.
            (Some(asked), Some(_)) if asked.elapsed() >= edge.head_timeout => return,
            (Some(asked), Some(_)) => asked + edge.head_timeout,
            (Some(_), None) => Instant::now() + edge.head_timeout,
            (None, _) if is_stopping => Instant::now() + SOON,
            (None, since) => since.unwrap_or_else(Instant::now) + edge.keep_alive,
        };
        select! {
            biased;
            // Errors say that the client has gone, or that it was cut off.
            _ended = connection.as_mut() => return,
            () = &mut stop, if !is_stopping => is_stopping = true,
            () = sleep_until(look) => {}
        }
    }
}
