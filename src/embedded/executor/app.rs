//! Runs an app's container as a local process, until it is told to stop.

use std::path::PathBuf;

use flyte_idl::flyteidl2::core::Container;
use tokio_util::sync::CancellationToken;

use super::{
    Error, Failure, HostEnvironment, LOG_FILE,
    command::{self, Launch},
    environment, literals,
    process::{self, End},
};

/// An app to run.
pub(in crate::embedded) struct App {
    /// What to run; its image is ignored.
    pub(in crate::embedded) container: Container,
    /// What the platform says, stronger than the container's own variables.
    pub(in crate::embedded) platform: Vec<(&'static str, String)>,
    /// What the container may say otherwise.
    pub(in crate::embedded) defaults: Vec<(&'static str, String)>,
    /// A directory of this app alone: log and working directory.
    pub(in crate::embedded) directory: PathBuf,
    /// What the process may see of the server's environment.
    pub(in crate::embedded) host: HostEnvironment,
}

impl App {
    /// Runs until `abort` is cancelled or the process ends; says why it ended.
    /// Nothing of it lives on.
    pub(in crate::embedded) async fn run(self, abort: &CancellationToken) -> String {
        self.supervised(abort)
            .await
            .unwrap_or_else(|error| Failure::from(error).message)
    }

    async fn supervised(self, abort: &CancellationToken) -> Result<String, Error> {
        let working = self.directory.join("work");
        literals::create(&working).await?;
        let log = self.directory.join(LOG_FILE);
        let process = process::start(&self.launch(working)?).map_err(Error::Start)?;
        let finished = process.finish(&log, None, abort).await;
        Ok(match finished.map_err(Error::Follow)? {
            (End::Aborted | End::TimedOut, _) => "it was stopped".to_owned(),
            (End::Exited(status), printed) => Failure::of_status(status, &printed).message,
        })
    }

    fn launch(&self, working: PathBuf) -> Result<Launch, Error> {
        let mark = self.directory.display().to_string();
        let variables = environment::of_app(self, &mark);
        let words = self.container.command.iter().chain(&self.container.args);
        let words = words.cloned().collect();
        Ok(command::plain(words, variables, working, mark)?)
    }
}
