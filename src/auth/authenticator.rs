//! What decides about the credentials of one request.

use std::sync::Arc;

use flyte_webhook_core::api_key::ApiKey;
use http::{HeaderValue, header::AUTHORIZATION};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::{
    exchange::{Exchange, Lease},
    jwks::Refresher,
    jwt::{self, Verifier},
    local_keys::LocalKeys,
};
use crate::{
    audit::host_and_port,
    config::{self, Config, LocalKey},
    control_plane::{self, Caller, ExchangeError, Identity},
};

/// Decides about credentials, as configured.
pub struct Authenticator {
    endpoint: Url,
    local_keys: LocalKeys,
    exchange: Exchange,
    exchanges: bool,
    verifier: Option<Verifier>,
    /// Host and port of where its keys are, for the log.
    issuer: Option<Arc<str>>,
    passthrough: bool,
}

/// A caller that is let in.
pub struct Admitted {
    /// With the credentials that the control plane is to get.
    pub caller: Caller,
    /// What these were exchanged for, where they were.
    pub lease: Option<Lease>,
}

/// Why a caller is not let in.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// No valid token of the configured issuer.
    #[error(transparent)]
    Token(#[from] jwt::Error),
    /// Nothing here vouches for the credentials, and something has to.
    #[error("nothing vouches for the credentials")]
    Unknown,
    /// A key for another control plane.
    #[error("the API key is for another endpoint")]
    OtherEndpoint,
    /// The key could not be exchanged.
    #[error("the API key was not exchanged")]
    Exchange(#[source] ExchangeError),
    /// The credential that a local key stands for could not be exchanged, which
    /// is not the caller's fault.
    #[error("the service credential of key {id} was not exchanged")]
    ServiceCredential {
        /// The local key.
        id: String,
        /// Why not.
        source: ExchangeError,
    },
}

impl Authenticator {
    /// As configured, and what fetches an issuer's keys if there is one. From the one
    /// before it takes over the keys of the same issuer, whose outage is not noticed
    /// then.
    ///
    /// # Errors
    ///
    /// Where TLS cannot be set up.
    pub fn new(
        config: &Config,
        control_plane: control_plane::Handle,
        previous: Option<&Self>,
    ) -> Result<(Self, Option<Refresher>), reqwest::Error> {
        let config::Auth {
            exchange_api_keys,
            passthrough,
            local_keys,
            jwt,
            header_extractors: _,
        } = &config.auth;
        let kept = previous.and_then(|it| it.verifier.clone());
        let kept = kept.filter(|it| jwt.as_ref().is_some_and(|jwt| it.is_for(jwt)));
        let (verifier, refresher) = if kept.is_some() {
            (kept, None)
        } else {
            let verifier = jwt.as_ref().map(|jwt| Verifier::new(jwt, &config.limits));
            verifier.transpose()?.unzip()
        };
        let authenticator = Self {
            endpoint: config.control_plane.endpoint.clone(),
            local_keys: LocalKeys::new(local_keys.clone()),
            exchange: Exchange::new(control_plane),
            exchanges: *exchange_api_keys,
            verifier,
            issuer: jwt.as_ref().map(|jwt| host_and_port(&jwt.jwks_url)),
            passthrough: *passthrough,
        };
        Ok((authenticator, refresher))
    }

    /// Lets a caller in with what the control plane is to get.
    ///
    /// # Errors
    ///
    /// Where it is not let in.
    pub async fn admit(&self, caller: Caller) -> Result<Admitted, Error> {
        let bearer = caller.bearer();
        if let Some(key) = bearer.and_then(|token| self.local_keys.find(token)) {
            return self.admit_local(key, caller).await;
        }
        let key = bearer.filter(|_| self.exchanges).and_then(ApiKey::parse);
        if let Some(key) = key {
            if !key.is_for(&self.endpoint) {
                return Err(Error::OtherEndpoint);
            }
            let identity = Identity::ApiKey(key.client_id().into());
            let exchanged = self.exchanged(&key, identity, caller).await;
            return exchanged.map_err(Error::Exchange);
        }
        let caller = match &self.verifier {
            Some(verifier) => self.verified(verifier, caller).await?,
            None if self.passthrough => caller,
            None => return Err(Error::Unknown),
        };
        Ok(Admitted {
            caller,
            lease: None,
        })
    }

    /// Gives up a token that the control plane does not take any more.
    pub async fn give_up(&self, lease: &Lease) {
        self.exchange.give_up(lease).await;
    }

    async fn verified(&self, verifier: &Verifier, caller: Caller) -> Result<Caller, jwt::Error> {
        let trail = caller.trail().clone();
        let outcome = verified(verifier, caller).await;
        if let (Err(jwt::Error::NoKeys), Some(issuer)) = (&outcome, &self.issuer) {
            trail.calls(issuer);
        }
        outcome
    }

    async fn admit_local(&self, key: &LocalKey, caller: Caller) -> Result<Admitted, Error> {
        let identity = Identity::LocalKey(key.id.as_str().into());
        let credential = key.credential.expose_secret();
        if let Some(api_key) = ApiKey::parse(credential) {
            let exchanged = self.exchanged(&api_key, identity, caller).await;
            return exchanged.map_err(|source| Error::ServiceCredential {
                id: key.id.clone(),
                source,
            });
        }
        Ok(Admitted {
            caller: caller.holding(identity, AUTHORIZATION, bearer(credential)),
            lease: None,
        })
    }

    /// Lets this server act on its own behalf with a credential that is
    /// configured: a bearer token, or an API key that is exchanged. `caller` is this
    /// server, without one yet.
    ///
    /// # Errors
    ///
    /// Where the key cannot be exchanged.
    pub async fn act_as(
        &self,
        credential: &SecretString,
        identity: Identity,
        caller: Caller,
    ) -> Result<Admitted, Error> {
        let credential = credential.expose_secret();
        if let Some(key) = ApiKey::parse(credential) {
            let exchanged = self.exchanged(&key, identity, caller).await;
            return exchanged.map_err(Error::Exchange);
        }
        Ok(Admitted {
            caller: caller.holding(identity, AUTHORIZATION, bearer(credential)),
            lease: None,
        })
    }

    async fn exchanged(
        &self,
        key: &ApiKey,
        identity: Identity,
        caller: Caller,
    ) -> Result<Admitted, ExchangeError> {
        let lease = match self.exchange.token(key, caller.request_id()).await {
            Ok(lease) => lease,
            Err(error) => {
                caller.trail().calls(&self.exchange.address());
                return Err(error);
            }
        };
        let token = lease.token();
        let (name, value) = (token.header.clone(), token.value.clone());
        Ok(Admitted {
            caller: caller.holding(identity, name, value),
            lease: Some(lease),
        })
    }
}

fn bearer(token: &str) -> HeaderValue {
    HeaderValue::try_from(format!("Bearer {token}"))
        .expect("the configuration takes visible ASCII alone")
}

async fn verified(verifier: &Verifier, caller: Caller) -> Result<Caller, jwt::Error> {
    // A cookie is no token: alone it would be a way around the check.
    let token = caller.bearer().ok_or(jwt::Error::Invalid)?;
    let subject = verifier.verify(token).await?;
    Ok(caller.verified(Identity::Subject(subject.into())))
}

/// Shared by all requests.
pub type Handle = Arc<Authenticator>;
