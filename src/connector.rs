//! The connector: a workflow engine sends a webhook task over gRPC, the connector
//! makes its request and answers with the phase and the outputs.
//!
//! Flyte 1 and Flyte 2 speak to it by services of their own, which all come down
//! to a `Task` that is performed and its
//! `Outcome`. What a task asks for is data: its URL
//! passes the egress guard, its templates are rendered once, its secrets go to
//! their own hosts alone and are shown nowhere.

mod background;
mod call;
mod calls;
mod charset;
mod error;
mod headers;
mod hosts;
mod inflate;
mod memory;
mod outcome;
mod perform;
mod request;
mod resource;
mod response;
mod retry;
mod scrub;
mod secrets;
mod services;
mod signing;
mod target;
mod task;

use std::{sync::Arc, time::Duration};

use connectrpc::{ConnectError, RequestContext};
use jiff::Timestamp;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use self::{
    call::Call,
    calls::Worker,
    memory::{Full, Memory, Share},
    services::{Health, Services},
};
use self::{calls::Calls, hosts::Hosts, resource::Seal, secrets::Secrets, signing::Signers};
use crate::{
    config::{self, Config},
    egress::{
        Guard,
        connection::{self, SetupError},
    },
    metrics::Metrics,
};

/// What all calls share; cheap to clone.
#[derive(Clone)]
pub struct Connector(Arc<Shared>);

struct Shared {
    options: config::Connector,
    guard: Guard,
    connector: connection::Connector,
    calls: Calls,
    slots: Arc<Semaphore>,
    memory: Memory,
    /// How long a call may take to arrive.
    patience: Duration,
    secrets: Secrets,
    signers: Signers,
    seal: Seal,
    hosts: Hosts,
    metrics: Metrics,
    now: fn() -> Timestamp,
}

impl Connector {
    /// A connector as configured; connects to nothing yet. The worker is what
    /// requests in the background belong to.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub fn new(
        config: &Config,
        guard: &Guard,
        metrics: &Metrics,
        now: fn() -> Timestamp,
    ) -> Result<(Self, Worker), SetupError> {
        let options = &config.connector;
        let (calls, worker) = calls::new(options.keep_results);
        let shared = Shared {
            guard: guard.clone(),
            connector: connection::Connector::new()?,
            calls,
            slots: Arc::new(Semaphore::new(options.max_calls)),
            memory: Memory::new(options.max_bytes_in_flight, metrics.rpc_bytes()),
            patience: config.limits.body_timeout,
            secrets: Secrets::new(&options.secrets),
            signers: Signers::new(&options.signing),
            seal: Seal::new(options.resource_key.clone()),
            hosts: Hosts::named_by(config),
            metrics: metrics.clone(),
            options: options.clone(),
            now,
        };
        Ok((Self(Arc::new(shared)), worker))
    }

    /// All services, and what belongs to them.
    pub fn services(&self) -> Services {
        services::all(self)
    }

    /// The call that a service was asked by.
    fn call(&self, context: &RequestContext) -> Call {
        Call::of(context, &self.0.memory)
    }

    /// A place for one more request.
    fn slot(&self) -> Result<OwnedSemaphorePermit, ConnectError> {
        let slot = Arc::clone(&self.0.slots).try_acquire_owned();
        slot.map_err(|_none_left| {
            let most = self.0.options.max_calls;
            ConnectError::resource_exhausted(format!("{most} webhooks are being called already"))
        })
    }
}
