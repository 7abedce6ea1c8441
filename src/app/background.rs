//! What runs as long as the process, beside what serves: the inbox and what
//! launches from it.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::Lasting;
use crate::{
    config::Config,
    hooks::HookLauncher,
    inbox::{Clock, Inbox, Keeper, OpenError, Worker},
};

/// What runs as long as the process.
pub struct Background {
    inbox: Option<(Keeper, Worker<HookLauncher>)>,
    grace: Duration,
}

impl Lasting {
    /// The same with the inbox, where there is to be one. What is given beside it
    /// has to run.
    ///
    /// # Errors
    ///
    /// Where the inbox cannot be used as it is.
    pub async fn open(
        config: &Config,
        shutdown: CancellationToken,
    ) -> Result<(Self, Background), OpenError> {
        let mut lasting = Self::new(shutdown);
        let grace = config.server.shutdown_grace;
        let Some(options) = &config.inbox else {
            return Ok((lasting, Background { inbox: None, grace }));
        };
        let clock = Clock::steady(jiff::Timestamp::now);
        let (inbox, keeper) = Inbox::open(options, clock, lasting.metrics.clone()).await?;
        let launcher = HookLauncher::new(lasting.hooks.subscribe());
        let worker = Worker::new(inbox.clone(), options, launcher, rand::random);
        lasting.readiness = lasting.readiness.keeping(inbox.clone());
        lasting.inbox = Some(inbox);
        let inbox = Some((keeper, worker));
        Ok((lasting, Background { inbox, grace }))
    }
}

impl Background {
    /// Runs until nothing serves any more; what is under way may then take as long
    /// as requests may.
    pub async fn run(self, ended: CancellationToken) {
        let Some((keeper, worker)) = self.inbox else {
            return;
        };
        let closed = CancellationToken::new();
        let work = async {
            worker.run(ended, self.grace).await;
            closed.cancel();
        };
        tokio::join!(keeper.run(closed.clone()), work);
    }
}
