//! The whole server, wired once from its configuration.

use std::{io, sync::Arc, time::Duration};

use axum::Router;
use flyte_webhook_core::json;
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use utoipa::openapi::OpenApi;

use crate::{
    config::Config,
    control_plane::{self, ControlPlane},
    egress,
    http::{Api, ApiState, router, serve, stack},
};

/// Every component of the server.
pub struct App {
    api: Arc<Api>,
    shutdown_grace: Duration,
}

impl App {
    /// Wires the components; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Where the client of the control plane cannot be set up.
    pub fn new(config: &Config) -> Result<Self, control_plane::SetupError> {
        let guard = egress::Guard::new(config.egress.allow.clone());
        let control_plane = ControlPlane::new(&config.control_plane, &config.limits, &guard)?;
        let api = Arc::new(Api {
            control_plane: Arc::new(control_plane),
            policy: config.policy.clone(),
            scope: config.control_plane.scope(),
            endpoints: config.endpoints.clone(),
            run_environment: config.run_environment.clone(),
            max_body_bytes: config.limits.max_body_bytes,
            body_timeout: config.limits.body_timeout,
            json_limits: json::Limits {
                depth: config.limits.json_depth,
                elements: config.limits.json_elements,
            },
            request_timeout: config.limits.request_timeout,
            title: config.title.clone(),
            description: config.description.clone(),
            public_url: config.public_url.clone(),
        });
        Ok(Self {
            api,
            shutdown_grace: config.server.shutdown_grace,
        })
    }

    /// The document of the enabled endpoints.
    pub fn openapi(&self) -> OpenApi {
        self.routes().1
    }

    /// Serves until `shutdown`.
    ///
    /// # Errors
    ///
    /// Where the listener fails for good.
    pub async fn serve(
        &self,
        listener: TcpListener,
        shutdown: CancellationToken,
    ) -> io::Result<()> {
        let service = stack::stack(self.routes().0, &self.api);
        serve::serve(listener, service, shutdown, self.shutdown_grace).await
    }

    fn routes(&self) -> (Router, OpenApi) {
        router::router(ApiState(Arc::clone(&self.api)))
    }
}
