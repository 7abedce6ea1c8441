//! What is served at a port.

use std::sync::Arc;

use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::{edge::Edge, tls};
use crate::{config::Certificate, http::stack::HttpService};

/// What answers at a port, and what its clients are held to.
pub struct Site {
    /// What answers.
    pub service: HttpService,
    /// What clients are held to.
    pub edge: Arc<Edge>,
    /// What speaks TLS, if that is spoken.
    pub(super) tls: Option<TlsAcceptor>,
}

impl Site {
    /// A site without TLS.
    pub fn new(service: HttpService, edge: Edge) -> Self {
        Self {
            service,
            edge: Arc::new(edge),
            tls: None,
        }
    }

    /// The same with TLS, if there is a certificate.
    #[must_use]
    pub fn showing(mut self, certificate: Option<&Certificate>) -> Self {
        let h2 = self.edge.h2c;
        self.tls = certificate.map(|it| tls::acceptor(it, h2));
        self
    }

    /// The site as one that nothing replaces.
    pub fn fixed(self) -> watch::Receiver<Arc<Self>> {
        watch::channel(Arc::new(self)).1
    }
}
