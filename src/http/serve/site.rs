//! What is served at a port.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;

use super::{edge::Edge, tls};
use crate::{config::Certificate, http::stack::HttpService};

/// What answers at a port, and what its clients are held to.
#[derive(Clone)]
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

    /// Whether TLS is spoken.
    pub fn speaks_tls(&self) -> bool {
        self.tls.is_some()
    }

    /// The same with TLS, if there is a certificate.
    #[must_use]
    pub fn showing(mut self, certificate: Option<&Certificate>) -> Self {
        let h2 = self.edge.h2c;
        self.tls = certificate.map(|it| tls::acceptor(it, h2));
        self
    }
}
