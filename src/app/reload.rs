//! Takes over another configuration while the server serves: on SIGHUP, and when
//! a file changes that the one in use was read from.
//!
//! It is taken over whole or not at all. One that is wrong is refused with the words
//! of `config check`, and the one before stays.

use std::{io, time::Duration};

use jiff::Timestamp;
use tokio::{
    signal::unix::{Signal, SignalKind, signal},
    task::spawn_blocking,
    time::{Interval, MissedTickBehavior, interval},
};

use super::{App, Lasting, Replacer};
use crate::{
    config::{self, Attempt, Config, Problems, ReadFile, Sources},
    http::Api,
};

/// What takes over other configurations.
pub struct Reloader {
    sources: Sources,
    /// What the process was started with.
    started: Config,
    /// What answers now.
    current: Api,
    lasting: Lasting,
    replacer: Replacer,
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

/// Why a configuration is not taken over.
#[derive(Debug, thiserror::Error)]
enum Refusal {
    #[error(transparent)]
    Problems(#[from] Problems),
    #[error(transparent)]
    App(#[from] super::Error),
}

impl Reloader {
    /// What takes over what these sources say from now on.
    ///
    /// # Errors
    ///
    /// Where signals cannot be listened for.
    pub fn new(
        sources: Sources,
        config: &Config,
        files: Vec<ReadFile>,
        app: &App,
        replacer: Replacer,
    ) -> io::Result<Self> {
        Ok(Self {
            sources,
            started: config.clone(),
            current: app.api.clone(),
            lasting: app.lasting.clone(),
            replacer,
            hangups: signal(SignalKind::hangup())?,
            files: Watched::new(files, config.server.check_files),
        })
    }

    /// Takes over what comes until the process is to stop.
    pub async fn run(mut self) {
        let shutdown = self.lasting.shutdown.clone();
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                Some(()) = self.hangups.recv() => {}
                () = self.files.changed() => {}
            }
            Box::pin(self.reload()).await;
        }
    }

    async fn reload(&mut self) {
        let sources = self.sources.clone();
        let read = spawn_blocking(move || config::attempt(&sources)).await;
        // A panic is in the log by way of the panic hook.
        let Ok(Attempt { outcome, files }) = read else {
            return;
        };
        self.files.read_anew(files);
        match outcome.map_err(Refusal::from) {
            Ok(loaded) => self.take_over(&loaded.config).await,
            Err(refusal) => self.refuse(&refusal),
        }
    }

    async fn take_over(&mut self, config: &Config) {
        let app = match App::replacing(&self.current, config, &self.lasting) {
            Ok(app) => app,
            Err(error) => return self.refuse(&error.into()),
        };
        self.current = app.api.clone();
        self.replacer.replace(app).await;
        for key in self.started.needs_restart_for(config) {
            tracing::warn!(
                config.key = key,
                "{key} has changed, which takes effect when the server is started again"
            );
        }
        self.lasting.metrics.config_reloaded(Timestamp::now());
        tracing::info!("The configuration was read anew and is in use");
    }

    fn refuse(&self, refusal: &Refusal) {
        // One line each, as in a terminal.
        for line in refusal.to_string().lines() {
            tracing::error!(config.problem = line, "{line}");
        }
        self.lasting.metrics.config_refused();
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
