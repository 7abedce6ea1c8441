//! What tells that there is another configuration: SIGHUP, and the files that the one in
//! use was read from.

use std::{fmt, io, time::Duration};

use jiff::Timestamp;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::spawn_blocking,
    time::{Interval, MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::Lasting,
    config::{self, Attempt, Config, ReadFile, Sources},
    metrics::Metrics,
};

/// The configurations that come while the process serves.
pub struct Changes {
    sources: Sources,
    shutdown: CancellationToken,
    metrics: Metrics,
    hangups: Signal,
    files: Watched,
}

/// The files of the last configuration that was read, good or bad.
struct Watched {
    read: Vec<ReadFile>,
    /// How they were when they were last looked at.
    seen: Vec<ReadFile>,
    ticks: Option<Interval>,
}

impl Changes {
    /// What these sources say from now on; they said `config`, with these files.
    ///
    /// # Errors
    ///
    /// Where signals cannot be listened for.
    pub fn new(
        sources: Sources,
        config: &Config,
        files: Vec<ReadFile>,
        lasting: &Lasting,
    ) -> io::Result<Self> {
        Ok(Self {
            sources,
            shutdown: lasting.shutdown.clone(),
            metrics: lasting.metrics.clone(),
            hangups: signal(SignalKind::hangup())?,
            files: Watched::new(files, config.server.check_files),
        })
    }

    /// The next configuration that is right; none once the process is to stop.
    pub(super) async fn next(&mut self) -> Option<Config> {
        loop {
            tokio::select! {
                () = self.shutdown.cancelled() => return None,
                Some(()) = self.hangups.recv() => {}
                () = self.files.changed() => {}
            }
            let sources = self.sources.clone();
            let read = spawn_blocking(move || config::attempt(&sources)).await;
            // A panic is in the log by way of the panic hook.
            let Ok(Attempt { outcome, files }) = read else {
                continue;
            };
            self.files.read_anew(files);
            match outcome {
                Ok(loaded) => return Some(loaded.config),
                Err(problems) => self.refuse(&problems),
            }
        }
    }

    /// Counts one that is in use.
    pub(super) fn taken_over(&self) {
        self.metrics.config_reloaded(Timestamp::now());
    }

    /// Says why one is not.
    pub(super) fn refuse(&self, reason: &dyn fmt::Display) {
        // One line each, as in a terminal.
        for line in reason.to_string().lines() {
            tracing::error!(config.problem = line, "{line}");
        }
        self.metrics.config_refused();
        tracing::error!("The configuration is refused; the one before stays in use");
    }
}

impl Watched {
    fn new(read: Vec<ReadFile>, every: Duration) -> Self {
        let ticks = (!every.is_zero()).then(|| {
            let mut ticks = interval(every);
            ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            ticks
        });
        Self {
            seen: read.clone(),
            read,
            ticks,
        }
    }

    fn read_anew(&mut self, files: Vec<ReadFile>) {
        self.seen.clone_from(&files);
        self.read = files;
    }

    /// Returns when they differ from what was read, and have not changed since they
    /// were last looked at: whoever writes one may not be done.
    async fn changed(&mut self) {
        let Some(ticks) = &mut self.ticks else {
            return std::future::pending().await;
        };
        loop {
            ticks.tick().await;
            let now: Vec<ReadFile> = self.read.iter().map(ReadFile::now).collect();
            let is_settled = now == self.seen;
            self.seen = now;
            if is_settled && self.seen != self.read {
                return;
            }
        }
    }
}
