//! The client of other apps.
//!
//! An app's endpoint comes as data, so every call passes the egress guard. A
//! call follows no redirect and no proxy, carries no credentials of the caller
//! unless the configuration says so, and is bounded in time and size.

mod answer;
mod error;

use flyte_webhook_core::{
    app_url::{AppEndpoint, CallPath},
    own::Own,
};
use http::{
    HeaderMap, HeaderName, HeaderValue, Method,
    header::{ACCEPT_ENCODING, CONNECTION, CONTENT_TYPE},
};

use self::answer::{Bounds, Budget};
pub use self::{answer::Answer, error::Error};
use crate::{
    config::{self, CallApp, Config},
    control_plane::{App, Caller},
    egress,
};

/// Names the servers that a call has come through, so that no loop goes on.
pub const HOPS: HeaderName = HeaderName::from_static("x-webhook-hop");

/// Calls apps.
pub struct AppClient {
    client: reqwest::Client,
    guard: egress::Guard,
    bounds: Bounds,
    options: CallApp,
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
    pub fn new(config: &Config, guard: &egress::Guard) -> Result<Self, reqwest::Error> {
        Ok(Self {
            client: client(&config.name, &config.limits, guard)?,
            guard: guard.clone(),
            bounds: Bounds {
                limit: config.call_app.max_response_bytes,
                budget: Budget::new(config.call_app.max_bytes_in_flight),
            },
            options: config.call_app.clone(),
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
        let endpoint = AppEndpoint::parse(app.endpoint())?;
        if own.answers_at(endpoint.url()) {
            return Err(Error::Own);
        }
        self.guard.check(endpoint.url())?;
        let url = endpoint.below(&call.path, &call.query)?;
        let credentials = if self.options.forwards_credentials(app.id()) {
            caller.credentials()
        } else {
            HeaderMap::new()
        };
        let request = self
            .client
            .request(call.method, url)
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT_ENCODING, "identity")
            .header(CONNECTION, "close")
            .header(HOPS, call.hops)
            .headers(credentials)
            .body(call.body.unwrap_or_default());
        let answer = Answer::receive(request, &self.bounds);
        tokio::time::timeout(self.options.timeout(app.id()), answer)
            .await
            .unwrap_or(Err(Error::Timeout))
    }
}

fn client(
    name: &str,
    limits: &config::Limits,
    guard: &egress::Guard,
) -> Result<reqwest::Client, reqwest::Error> {
    reqwest::Client::builder()
        .user_agent(format!("flyte-webhook/{name}"))
        .dns_resolver(guard.resolver())
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        // What is not inflated cannot be a bomb.
        .no_gzip()
        .no_brotli()
        .no_zstd()
        .no_deflate()
        // Apps come and go: a pooled connection may lead to one that is gone,
        // and a call that is not idempotent cannot be made again.
        .pool_max_idle_per_host(0)
        .connect_timeout(limits.connect_timeout)
        .build()
}
