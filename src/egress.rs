//! The one guard for URLs that came as data: nothing connects to one but
//! through a client whose resolver this is.

use std::{io, net::SocketAddr, sync::Arc};

use flyte_webhook_core::url_guard::{AllowEntry, Refusal, UrlGuard};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::Url;

/// Why a URL may not be used.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be read as a URL.
    #[error("it is no URL")]
    NoUrl,
    /// The guard refuses it.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// Its host may not have the caller's credentials.
    #[error(
        "{host} is not the control plane's; if it may have callers' credentials, add it to control_plane.cluster_hosts"
    )]
    NotAllowed {
        /// The host.
        host: String,
    },
}

/// The guard: cheap to clone.
#[derive(Clone, Debug, Default)]
pub struct Guard(Arc<UrlGuard>);

impl Guard {
    /// A guard with the configured exceptions.
    pub fn new(allow: Vec<AllowEntry>) -> Self {
        Self(Arc::new(UrlGuard::new(allow)))
    }

    /// Judges a URL's text.
    pub fn check(&self, url: &Url) -> Result<(), Error> {
        Ok(self.0.url(url)?)
    }

    /// A resolver that gives only addresses that may be connected to.
    pub fn resolver(&self) -> Arc<impl Resolve + use<>> {
        Arc::new(Resolver(self.clone()))
    }
}

struct Resolver(Guard);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Guard(guard) = self.0.clone();
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            // One forbidden address among several spoils them all: such a mix
            // is how a name is made to pass a check and fail the next.
            let judged: Result<Vec<SocketAddr>, Refusal> = found
                .map(|address| guard.address(name.as_str(), address.ip()).map(|()| address))
                .collect();
            let addresses = judged.map_err(io::Error::other)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}
