//! Access tokens for API keys: OAuth 2.0's client credentials (RFC 6749,
//! section 4.4), as the Flyte SDK uses them.
//!
//! The control plane says where its authorization server is, so that address
//! comes as data: it is on the control plane's own host, or it must pass the
//! egress guard. A secret goes there and nowhere else.

mod answer;
mod error;
mod server;

use std::{sync::Arc, time::Duration};

use data_encoding::BASE64;
use flyte_idl::flyteidl2::auth::AuthMetadataServiceClient;
use flyte_webhook_core::api_key::ApiKey;
use http::{HeaderName, HeaderValue, header};
use moka::future::Cache;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_encode};
use secrecy::ExposeSecret;
use tokio::sync::watch;
use url::{Url, form_urlencoded};

pub use self::error::Error;
use self::server::Server;
use super::{Caller, ControlPlane, transport::Transport};
use crate::{audit::host_and_port, egress};

/// How long what the control plane says of its authorization server counts.
const DISCOVERED_FOR: Duration = Duration::from_mins(10);

/// What the form encoding of a client's id and secret leaves as it is.
const KEPT: AsciiSet = NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// An access token, ready to be sent.
///
/// It is not `Debug`: nothing may print what it holds.
#[derive(Clone)]
pub struct AccessToken {
    /// The header that carries it.
    pub header: HeaderName,
    /// The header's value.
    pub value: HeaderValue,
    /// How long it is valid.
    pub lifetime: Duration,
}

/// Asks the authorization server.
pub(super) struct TokenClient {
    metadata: AuthMetadataServiceClient<Transport>,
    servers: Cache<(), Server>,
    /// Host and port of the server that was asked last.
    asked: watch::Sender<Option<Arc<str>>>,
    /// For the control plane's own host.
    home: reqwest::Client,
    /// For any other.
    guarded: reqwest::Client,
    endpoint: Url,
    guard: egress::Guard,
}

impl TokenClient {
    pub(super) fn new(
        metadata: AuthMetadataServiceClient<Transport>,
        home: reqwest::Client,
        guarded: reqwest::Client,
        endpoint: Url,
        guard: egress::Guard,
    ) -> Self {
        let servers = Cache::builder()
            .max_capacity(1)
            .time_to_live(DISCOVERED_FOR)
            .build();
        Self {
            metadata,
            servers,
            asked: watch::Sender::new(None),
            home,
            guarded,
            endpoint,
            guard,
        }
    }

    async fn ask(
        &self,
        server: &Server,
        key: &ApiKey,
        left: Duration,
    ) -> Result<AccessToken, Error> {
        let client = self.client(&server.token_endpoint)?;
        let form = "application/x-www-form-urlencoded";
        let request = client
            .post(server.token_endpoint.clone())
            .header(header::AUTHORIZATION, basic(key))
            .header(header::ACCEPT, "application/json")
            .header(header::CACHE_CONTROL, "no-cache")
            .header(header::CONTENT_TYPE, form)
            .body(body(server))
            .timeout(left);
        let token = answer::read(request.send().await?).await?;
        Ok(AccessToken {
            header: server.header.clone(),
            value: token.value,
            lifetime: token.lifetime,
        })
    }

    /// The client for an address, if a secret may go there.
    fn client(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let is_home = url.host() == self.endpoint.host();
        let is_plain = url.scheme() != "https";
        // In clear text only where the callers' tokens go in clear text as well.
        let may_be_plain = self.endpoint.scheme() == "http" && url.scheme() == "http";
        if is_plain && !(may_be_plain && (is_home || self.guard.names(url))) {
            return Err(Error::Plain);
        }
        if is_home {
            return Ok(&self.home);
        }
        self.guard.check(url)?;
        Ok(&self.guarded)
    }
}

impl ControlPlane {
    /// Host and port of the authorization server, as far as it is known, for the log.
    pub fn authorization_server(&self) -> Arc<str> {
        let asked = self.tokens.asked.borrow();
        Arc::clone(asked.as_ref().unwrap_or(&self.address))
    }

    /// Exchanges an API key for an access token.
    ///
    /// # Errors
    ///
    /// Where the key is not taken, or nobody can say.
    pub async fn exchange(
        &self,
        key: &ApiKey,
        request_id: HeaderValue,
    ) -> Result<AccessToken, Error> {
        let outcome = self.ask_for_token(key, request_id).await;
        self.metrics.token_exchange(match &outcome {
            Ok(_) => "exchanged",
            Err(error) if error.is_refusal() => "refused",
            Err(_) => "failed",
        });
        outcome
    }

    async fn ask_for_token(
        &self,
        key: &ApiKey,
        request_id: HeaderValue,
    ) -> Result<AccessToken, Error> {
        let nobody = Caller::nobody(request_id);
        let call = self.call(&nobody);
        let discovered = self
            .tokens
            .servers
            .try_get_with((), Box::pin(self.discover(call)));
        let discovered = discovered.await;
        let asked = discovered.as_ref().ok();
        let asked = asked.map(|server| host_and_port(&server.token_endpoint));
        self.tokens.asked.send_replace(asked);
        let server = discovered.map_err(|error| Error::clone(&error))?;
        let outcome = self.tokens.ask(&server, key, call.left()).await;
        if outcome.as_ref().is_err_and(|error| !error.is_refusal()) {
            // It may have moved.
            self.tokens.servers.invalidate(&()).await;
        }
        outcome
    }
}

/// How a client proves itself (RFC 6749, section 2.3.1).
fn basic(key: &ApiKey) -> HeaderValue {
    let secret = key.client_secret().expose_secret();
    let pair = format!("{}:{}", encoded(key.client_id()), encoded(secret));
    let value = format!("Basic {}", BASE64.encode(pair.as_bytes()));
    let mut value = HeaderValue::try_from(value).expect("base64 is plain ASCII");
    value.set_sensitive(true);
    value
}

fn encoded(text: &str) -> String {
    percent_encode(text.as_bytes(), &KEPT).to_string()
}

fn body(server: &Server) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "client_credentials");
    for (name, value) in [("scope", &server.scope), ("audience", &server.audience)] {
        if !value.is_empty() {
            form.append_pair(name, value);
        }
    }
    form.finish()
}
