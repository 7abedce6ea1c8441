//! Takes over another configuration while the server serves: on SIGHUP, and when
//! a file changes that the one in use was read from.
//!
//! It is taken over whole or not at all. One that is wrong is refused with the words
//! of `config check`, and the one before stays.

mod changes;

pub use self::changes::Changes;
use super::{App, ConnectorPorts, Lasting, Replacer};
use crate::{config::Config, http::Api};

/// What takes over other configurations.
pub struct Reloader {
    changes: Changes,
    /// What the process was started with.
    started: Config,
    /// What answers now.
    current: Api,
    lasting: Lasting,
    replacer: Replacer,
    /// The connector beside the API, if there is one.
    connector: Option<ConnectorPorts>,
}

impl Reloader {
    /// What takes over these changes of what the app was made from.
    pub fn new(
        changes: Changes,
        config: &Config,
        app: &App,
        replacer: Replacer,
        connector: Option<ConnectorPorts>,
    ) -> Self {
        Self {
            changes,
            started: config.clone(),
            current: app.api.clone(),
            lasting: app.lasting.clone(),
            replacer,
            connector,
        }
    }

    /// Takes over what comes until the process is to stop.
    pub async fn run(mut self) {
        while let Some(config) = self.changes.next().await {
            Box::pin(self.take_over(&config)).await;
        }
    }

    async fn take_over(&mut self, config: &Config) {
        let app = match App::replacing(&self.current, config, &self.lasting) {
            Ok(app) => app,
            Err(error) => return self.changes.refuse(&error),
        };
        self.current = app.api.clone();
        self.replacer.replace(app).await;
        name_restarts(&self.started, config);
        tracing::info!("The configuration was read anew and is in use");
        if let Some(connector) = &self.connector {
            show(connector, config);
        }
        self.changes.taken_over();
    }
}

/// The same where there is a connector alone.
pub async fn reload_connector(mut changes: Changes, started: Config, ports: ConnectorPorts) {
    while let Some(config) = changes.next().await {
        name_restarts(&started, &config);
        show(&ports, &config);
        changes.taken_over();
    }
}

/// Says what of a configuration only the next start takes over.
fn name_restarts(started: &Config, config: &Config) {
    for key in started.needs_restart_for(config) {
        tracing::warn!(
            config.key = key,
            "{key} has changed, which takes effect when the server is started again"
        );
    }
}

/// Takes over the certificates. What a connector does belongs to requests that engines ask
/// for later, and stays as it was when they began.
fn show(connector: &ConnectorPorts, config: &Config) {
    connector.show(config);
    tracing::info!(
        "The connector shows the certificates as they are now; all else that it was told \
         takes effect when it is started again"
    );
}
