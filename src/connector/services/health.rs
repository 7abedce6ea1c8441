//! Whether this server should be sent anything new, for those who ask and those
//! who wait to be told.

use std::sync::Arc;

use connectrpc::ConnectError;
use connectrpc_health::{Checker, Status, StatusStream};
use tokio::sync::watch;

/// The health of all services, which is one; cheap to clone.
#[derive(Clone)]
pub struct Health(Arc<Inner>);

struct Inner {
    names: Vec<&'static str>,
    status: watch::Sender<Status>,
}

impl Health {
    pub(super) fn of(names: impl Iterator<Item = &'static str>) -> Self {
        let status = watch::Sender::new(Status::Serving);
        let names = names.chain([""]).collect();
        Self(Arc::new(Inner { names, status }))
    }

    /// From now on no service is to be sent anything new.
    pub fn stop(&self) {
        self.0.status.send_replace(Status::NotServing);
    }

    fn known(&self, service: &str) -> Result<&Inner, ConnectError> {
        let is_known = self.0.names.contains(&service);
        let unknown = || ConnectError::not_found("there is no such service here");
        is_known.then_some(&*self.0).ok_or_else(unknown)
    }
}

impl Checker for Health {
    async fn check(&self, service: &str) -> Result<Status, ConnectError> {
        Ok(*self.known(service)?.status.borrow())
    }

    /// Ends with the bad news: nothing follows it, and a stream that goes on would
    /// hold up the end of the server.
    async fn watch(&self, service: &str) -> Result<StatusStream, ConnectError> {
        let mut statuses = self.known(service)?.status.subscribe();
        statuses.mark_changed();
        let told = futures::stream::unfold(Some(statuses), async |statuses| {
            let mut statuses = statuses?;
            statuses.changed().await.ok()?;
            let status = *statuses.borrow_and_update();
            let rest = (status == Status::Serving).then_some(statuses);
            Some((status, rest))
        });
        Ok(StatusStream::new(told))
    }
}
