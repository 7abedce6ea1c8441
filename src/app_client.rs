//! The client of other apps.
//!
//! An app's endpoint comes as data, so every call passes the egress guard. A
//! call follows no redirect and no proxy, carries no credentials of the caller
//! unless the configuration says so, and is bounded in time and size.

mod answer;
mod error;
mod observed;
mod slots;

use std::time::Duration;

use flyte_webhook_core::{
    app_url::{AppEndpoint, CallPath},
    own::Own,
};
use http::{
    HeaderName, HeaderValue, Method, Request,
    header::{ACCEPT, ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE, USER_AGENT},
};
use url::Url;

pub use self::{
    answer::{Answer, Text},
    error::Error,
};
use self::{
    answer::{Bounds, Budget},
    observed::Observed,
    slots::Slots,
};
pub use crate::egress::connection::SetupError;
use crate::{
    audit::host_and_port,
    config::{CONNECTION_BYTES, CallApp, Config},
    control_plane::{App, Caller, Observer},
    egress::{
        self,
        connection::{self, Connector, RequestBody},
    },
};

/// Names the servers that a call has come through, so that no loop goes on.
pub const HOPS: HeaderName = HeaderName::from_static("x-webhook-hop");

/// Calls apps.
pub struct AppClient {
    connector: Connector,
    connect_timeout: Duration,
    user_agent: HeaderValue,
    guard: egress::Guard,
    bounds: Bounds,
    slots: Slots,
    options: CallApp,
    observer: Observer,
}

/// A call to make.
pub struct AppCall {
    /// The path below the app's endpoint.
    pub path: CallPath,
    /// The method, one of the configured.
    pub method: Method,
    /// The query, encoded.
    pub query: String,
    /// The body, if there is one.
    pub body: Option<String>,
    /// The servers that the request has come through, this one last.
    pub hops: HeaderValue,
}

impl AppClient {
    /// A client as configured; connects to nothing yet.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub fn new(
        config: &Config,
        guard: &egress::Guard,
        observer: &Observer,
    ) -> Result<Self, SetupError> {
        let user_agent = HeaderValue::try_from(format!("flyte-webhook/{}", config.name));
        Ok(Self {
            connector: Connector::new()?,
            connect_timeout: config.limits.connect_timeout,
            user_agent: user_agent.expect("an app's name is plain"),
            slots: Slots::new(config.call_app.max_calls_per_app),
            guard: guard.clone(),
            bounds: Bounds {
                limit: config.call_app.max_response_bytes,
                budget: Budget::new(config.call_app.max_bytes_in_flight),
            },
            options: config.call_app.clone(),
            observer: observer.clone(),
        })
    }

    /// The methods that may be used.
    pub fn methods(&self) -> &[Method] {
        &self.options.methods
    }

    /// Calls an app on behalf of a caller.
    pub async fn call(
        &self,
        caller: &Caller,
        own: &Own,
        app: &App,
        call: AppCall,
    ) -> Result<Answer, Error> {
        let observed = Observed::begin(&self.observer, caller, &call.method);
        let answered = self.try_call(caller, own, app, call, &observed).await;
        observed.ended(answered.as_ref());
        answered
    }

    async fn try_call(
        &self,
        caller: &Caller,
        own: &Own,
        app: &App,
        call: AppCall,
        observed: &Observed,
    ) -> Result<Answer, Error> {
        let endpoint = AppEndpoint::parse(app.endpoint())?;
        caller.trail().calls(&host_and_port(endpoint.url()));
        if own.answers_at(endpoint.url()) {
            return Err(Error::Own);
        }
        self.guard.check(endpoint.url())?;
        // Where the record says, but not in clear text over unknown ways.
        let is_safe = endpoint.url().scheme() == "https" || self.guard.names(endpoint.url());
        if self.options.forwards_credentials(app.id()) && !is_safe {
            return Err(Error::Plain);
        }
        let url = endpoint.below(&call.path, &call.query)?;
        let _slot = self.slots.take(app.id()).await?;
        let _room = self.bounds.budget.take(CONNECTION_BYTES)?;
        let mut request = self.request(caller, app, call);
        request.headers_mut().extend(observed.headers());
        // In a box, since a connection that is being opened takes kilobytes.
        let exchange = Box::pin(self.exchange(&url, request));
        tokio::time::timeout(self.options.timeout(app.id()), exchange)
            .await
            .unwrap_or(Err(Error::Timeout))
    }

    fn request(&self, caller: &Caller, app: &App, call: AppCall) -> Request<RequestBody> {
        let mut request = Request::new(RequestBody::from(call.body.unwrap_or_default()));
        *request.method_mut() = call.method;
        let headers = request.headers_mut();
        headers.extend([
            (CONTENT_TYPE, HeaderValue::from_static("application/json")),
            (ACCEPT, HeaderValue::from_static("*/*")),
            (USER_AGENT, self.user_agent.clone()),
            // What is not inflated cannot be a bomb.
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
            // Apps come and go: a kept connection may lead to one that is gone,
            // and a call that is not idempotent cannot be made again.
            (CONNECTION, HeaderValue::from_static("close")),
            (HOPS, call.hops),
        ]);
        if self.options.forwards_credentials(app.id()) {
            headers.extend(caller.credentials());
        }
        request
    }

    async fn exchange(&self, url: &Url, request: Request<RequestBody>) -> Result<Answer, Error> {
        let patience = self.connect_timeout;
        let connection = connection::connect(&self.connector, &self.guard, url, patience).await?;
        let read = |response| Answer::receive(response, &self.bounds);
        connection.exchange(url, request, read).await
    }
}
