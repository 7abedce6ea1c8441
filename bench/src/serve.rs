//! A server of HTTP/1.1 and HTTP/2 whose every answer is made by one function.

use std::{convert::Infallible, future::Future, path::Path, sync::Arc};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, body::Incoming, service::service_fn};
use hyper_util::{
    rt::{TokioExecutor, TokioIo},
    server::conn::auto,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject};
use tokio::net::TcpListener;
use tokio_rustls::{TlsAcceptor, rustls::ServerConfig};

/// What TLS begins with.
const HANDSHAKE: [u8; 1] = [22];

/// Serves for ever, by TLS, too: the Python server sends credentials in no other way. The
/// directory holds the certificate.
pub(crate) async fn forever<A, F>(address: &str, tls: &str, answer: A) -> anyhow::Result<()>
where
    A: Fn(Request<Bytes>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<Full<Bytes>>> + Send,
{
    let listener = TcpListener::bind(address).await?;
    let acceptor = acceptor(Path::new(tls))?;
    loop {
        let (stream, _) = listener.accept().await?;
        stream.set_nodelay(true)?;
        let (answer, acceptor) = (answer.clone(), acceptor.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let answer = answer.clone();
            async move {
                let request = read(request).await;
                let answered = answer(request);
                Ok::<_, Infallible>(answered.await)
            }
        });
        tokio::spawn(async move {
            let server = auto::Builder::new(TokioExecutor::new());
            let mut first = [0];
            let is_tls = stream.peek(&mut first).await.is_ok() && first == HANDSHAKE;
            // A client that went away is none of its business.
            if !is_tls {
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            } else if let Ok(stream) = acceptor.accept(stream).await {
                let _ = server.serve_connection(TokioIo::new(stream), service).await;
            }
        });
    }
}

fn acceptor(directory: &Path) -> anyhow::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_file_iter(directory.join("ca.pem"))?;
    let key = PrivateKeyDer::from_pem_file(directory.join("key.pem"))?;
    let mut config = ServerConfig::builder()
        .with_no_client_auth()
        .with_single_cert(chain.collect::<Result<_, _>>()?, key)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

async fn read(request: Request<Incoming>) -> Request<Bytes> {
    let (parts, body) = request.into_parts();
    let body = body.collect().await.map(|it| it.to_bytes());
    Request::from_parts(parts, body.unwrap_or_default())
}
