//! The one guard for URLs that came as data: nothing connects to one but
//! through a client whose resolver this is.

pub mod connection;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    pin::Pin,
    sync::Arc,
};

use flyte_webhook_core::url_guard::{AllowEntry, Refusal, UrlGuard};
use metrics::Counter;
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

impl Error {
    /// The refusal of a host's addresses among the causes of an error.
    pub fn within(error: &(dyn std::error::Error + 'static)) -> Option<Self> {
        let causes = std::iter::successors(Some(error), |cause| cause.source());
        // An I/O error gives its own cause's cause as the source.
        let inner = |cause: &(dyn std::error::Error + 'static)| {
            let refusal = cause.downcast_ref::<io::Error>()?.get_ref()?;
            refusal.downcast_ref::<Refusal>().cloned()
        };
        causes.into_iter().find_map(inner).map(Self::Refused)
    }
}

/// The addresses of a host, when they are found.
pub type LookingUp = Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>>;

/// Finds the addresses of a host, as the system does.
pub struct SystemLookup;

/// Finds the addresses of a host.
pub trait Lookup: Send + Sync {
    /// All addresses of a host name.
    fn lookup(&self, host: String) -> LookingUp;
}

impl Lookup for SystemLookup {
    fn lookup(&self, host: String) -> LookingUp {
        Box::pin(async move {
            let found = tokio::net::lookup_host((host, 0)).await?;
            Ok(found.map(|address| address.ip()).collect())
        })
    }
}

/// The guard: cheap to clone.
#[derive(Clone)]
pub struct Guard {
    urls: Arc<UrlGuard>,
    lookup: Arc<dyn Lookup>,
    refusals: Counter,
}

impl Guard {
    /// A guard with the configured exceptions.
    pub fn new(allow: Vec<AllowEntry>, lookup: Arc<dyn Lookup>) -> Self {
        let urls = Arc::new(UrlGuard::new(allow));
        Self {
            urls,
            lookup,
            refusals: Counter::noop(),
        }
    }

    /// The same, which counts what it refuses.
    #[must_use]
    pub fn counting(self, refusals: Counter) -> Self {
        Self { refusals, ..self }
    }

    /// Judges a URL's text.
    pub fn check(&self, url: &Url) -> Result<(), Error> {
        Ok(self.counted(self.urls.url(url))?)
    }

    /// Whether the configuration names a URL's host.
    pub fn names(&self, url: &Url) -> bool {
        self.urls.names(url)
    }

    /// The addresses of a host, all of which may be connected to. A refusal is
    /// inside of the error.
    pub async fn resolve(&self, host: &str) -> io::Result<Vec<IpAddr>> {
        let found = self.lookup.lookup(host.to_owned()).await?;
        // One forbidden address among several spoils them all: such a mix is
        // how a name is made to pass a check and fail the next.
        for address in &found {
            let judged = self.urls.address(host, *address);
            self.counted(judged).map_err(io::Error::other)?;
        }
        Ok(found)
    }

    fn counted(&self, judged: Result<(), Refusal>) -> Result<(), Refusal> {
        if judged.is_err() {
            self.refusals.increment(1);
        }
        judged
    }

    /// A resolver that gives only addresses that may be connected to.
    pub fn resolver(&self) -> Arc<impl Resolve + use<>> {
        Arc::new(Resolver(self.clone()))
    }
}

struct Resolver(Guard);

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let Self(guard) = self;
        let guard = guard.clone();
        Box::pin(async move {
            let found = guard.resolve(name.as_str()).await?;
            let addresses = found.into_iter().map(|address| SocketAddr::new(address, 0));
            Ok(Box::new(addresses) as Addrs)
        })
    }
}
