//! TLS at a port.

use std::sync::Arc;

use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs,
        sign::SingleCertAndKey,
        version::{TLS12, TLS13},
    },
};

use crate::config::Certificate;

/// HTTP/2 in the words of ALPN.
pub(super) const H2: &[u8] = b"h2";
const HTTP1: &[u8] = b"http/1.1";

/// What speaks TLS with this certificate; HTTP/2 is offered only where it is spoken.
pub(super) fn acceptor(certificate: &Certificate, h2: bool) -> TlsAcceptor {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let pair = SingleCertAndKey::from(certificate.pair());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&TLS13, &TLS12])
        .expect("the provider has suites of both versions")
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(pair));
    config.alpn_protocols = [h2.then_some(H2), Some(HTTP1)]
        .into_iter()
        .flatten()
        .map(<[u8]>::to_vec)
        .collect();
    TlsAcceptor::from(Arc::new(config))
}
