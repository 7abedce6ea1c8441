//! Clients of HTTP, each for the hosts that it may reach.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use tokio_rustls::rustls::{self, ClientConfig};

use super::verification;
use crate::{
    config::{self, Tls},
    egress,
};

/// How long a connection is kept that nothing uses: less than the minute after
/// which proxies cut it, since a call that finds it cut has to be made again.
pub(super) const LONGEST_IDLE: Duration = Duration::from_secs(50);

/// How often an idle connection is asked whether there is still somebody.
pub(super) const KEEPALIVE: Duration = Duration::from_secs(30);

/// Who asks.
pub(super) const USER_AGENT: &str = concat!("flyte-webhook/", env!("CARGO_PKG_VERSION"));

/// A client of the configured control plane.
pub(super) fn home(
    limits: &config::Limits,
    tls: ClientConfig,
) -> Result<reqwest::Client, SetupError> {
    let builder = plain_client(limits).tls_backend_preconfigured(tls);
    Ok(builder.build()?)
}

/// A client of stores. These may be the cluster's own or anybody's, and so have
/// certificates of either. What the system trusts is in `config` already.
pub(super) fn store(
    limits: &config::Limits,
    tls: &Tls,
    config: ClientConfig,
    guard: &egress::Guard,
) -> Result<reqwest::Client, SetupError> {
    let builder = plain_client(limits).dns_resolver(guard.resolver());
    let builder = match tls {
        Tls::System | Tls::SkipVerify => builder.tls_backend_preconfigured(config),
        Tls::CaFile(path) => builder.tls_certs_merge(certificates(path)?),
    };
    Ok(builder.build()?)
}

/// The same for secrets: a certificate that anyone could have made is no place for one.
pub(super) fn strict(
    limits: &config::Limits,
    tls: &Tls,
    guard: &egress::Guard,
    store: &reqwest::Client,
) -> Result<reqwest::Client, SetupError> {
    match tls {
        Tls::System | Tls::CaFile(_) => Ok(store.clone()),
        Tls::SkipVerify => {
            let config = verification::config(&Tls::System)?;
            self::store(limits, &Tls::System, config, guard)
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, SetupError> {
    let unreadable = |source| SetupError::CaFile {
        path: path.to_owned(),
        source,
    };
    let pem = std::fs::read(path).map_err(unreadable)?;
    Ok(reqwest::Certificate::from_pem_bundle(&pem)?)
}

fn plain_client(limits: &config::Limits) -> reqwest::ClientBuilder {
    // A redirect or a proxy from the environment would carry the caller's
    // credentials to a host that nobody configured.
    reqwest::Client::builder()
        .user_agent(USER_AGENT)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .no_proxy()
        .referer(false)
        .connect_timeout(limits.connect_timeout)
        .tcp_keepalive(KEEPALIVE)
        .pool_idle_timeout(LONGEST_IDLE)
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file of certificates cannot be read.
    #[error("control_plane.ca_file: {} cannot be read", path.display())]
    CaFile {
        /// The configured file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// TLS cannot be set up, usually for a certificate that is none.
    #[error("the HTTP client of the control plane cannot be set up")]
    Http(#[from] reqwest::Error),
    /// The same, of the client for calls.
    #[error("TLS of the control plane cannot be set up")]
    Tls(#[from] rustls::Error),
    /// The endpoint is no URI.
    #[error("control_plane.endpoint is no URI")]
    Endpoint(#[from] http::uri::InvalidUri),
}
