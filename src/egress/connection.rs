//! One connection to an address that the guard has judged, for one request.
//!
//! A client with a pool would follow the same addresses, but let the other side fill
//! buffers of 400 KiB and send interim answers without end. Here the buffer is
//! small, and what comes before the answer is counted.

mod head;
mod tls;

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use bytes::Bytes;
use flyte_webhook_core::url_guard::Refusal;
use http::{HeaderValue, Request, Response, Uri, header::HOST};
use http_body_util::Full;
use hyper::{body::Incoming, client::conn::http1};
use hyper_util::rt::TokioIo;
use tokio::{net::TcpStream, time::timeout};
use url::{Host, Position, Url};

use self::head::{HeadLimit, Limited};
pub use self::tls::{Connector, SetupError};
use super::Guard;
use crate::config::CONNECTION_BYTES;

/// The buffer of a connection, in which the head of an answer must fit; two more
/// may be on their way.
const BUFFER: usize = CONNECTION_BYTES / 3;

/// The longest path and query in bytes; servers take 8 KiB to 64 KiB.
const LONGEST_TARGET: usize = 32 << 10;

/// A request's body, known as a whole.
pub type RequestBody = Full<Bytes>;

/// A connection that nothing was sent on yet.
pub struct Connection {
    sender: http1::SendRequest<RequestBody>,
    driver: http1::Connection<TokioIo<Limited<tls::Stream>>, RequestBody>,
    limit: HeadLimit,
}

/// A request that came to no answer.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// The guard refuses an address of the host.
    #[error("the address is refused")]
    Refused(#[from] super::Error),
    /// No connection; nothing was sent.
    #[error("no connection could be made")]
    Unreachable(#[source] Arc<io::Error>),
    /// The connection broke, or what came is no HTTP.
    #[error("the answer broke off")]
    Broken(#[source] Arc<hyper::Error>),
    /// The path and the query are longer than servers take; nothing was sent.
    #[error("the path and the query are too long")]
    TargetTooLong,
}

impl Error {
    /// No connection.
    pub fn unreachable(error: io::Error) -> Self {
        Self::Unreachable(Arc::new(error))
    }

    /// What was begun has broken off.
    pub fn broken(error: hyper::Error) -> Self {
        Self::Broken(Arc::new(error))
    }

    /// Tells the guard's refusal from a host that is not found.
    fn from_lookup(error: io::Error) -> Self {
        let inner = error.get_ref();
        match inner.and_then(|inner| inner.downcast_ref::<Refusal>()) {
            Some(refusal) => Self::Refused(refusal.clone().into()),
            None => Self::unreachable(error),
        }
    }
}

/// Connects, in so much time, to an address that the guard has judged, and to no other.
pub async fn connect(
    connector: &Connector,
    guard: &Guard,
    url: &Url,
    patience: Duration,
) -> Result<Connection, Error> {
    let late = |_late| Err(Error::unreachable(io::ErrorKind::TimedOut.into()));
    let connection = timeout(patience, open(connector, guard, url)).await;
    connection.unwrap_or_else(late)
}

async fn open(connector: &Connector, guard: &Guard, url: &Url) -> Result<Connection, Error> {
    let addresses = addresses(guard, url).await.map_err(Error::from_lookup)?;
    let stream = first(&addresses).await.map_err(Error::unreachable)?;
    let stream = connector.secure(url, stream).await;
    let stream = stream.map_err(Error::unreachable)?;
    let (stream, limit) = Limited::new(stream);
    let (sender, driver) = http1::Builder::new()
        .max_buf_size(BUFFER)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(Error::broken)?;
    Ok(Connection {
        sender,
        driver,
        limit,
    })
}

async fn addresses(guard: &Guard, url: &Url) -> io::Result<Vec<SocketAddr>> {
    let found = match url.host() {
        Some(Host::Domain(name)) => guard.resolve(name).await?,
        Some(Host::Ipv4(address)) => vec![IpAddr::V4(address)],
        Some(Host::Ipv6(address)) => vec![IpAddr::V6(address)],
        None => Vec::new(),
    };
    let port = url.port_or_known_default().unwrap_or_default();
    let addresses = found.into_iter().map(|address| (address, port).into());
    Ok(addresses.collect())
}

async fn first(addresses: &[SocketAddr]) -> io::Result<TcpStream> {
    let mut failure = io::Error::new(io::ErrorKind::NotFound, "the host has no address");
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = error,
        }
    }
    Err(failure)
}

impl Connection {
    /// Sends a request and has its answer read. The connection goes on only as
    /// long as this does: nothing of a call is left when its time is over.
    pub async fn exchange<T, E, F>(
        self,
        url: &Url,
        mut request: Request<RequestBody>,
        read: impl FnOnce(Response<Incoming>) -> F,
    ) -> Result<T, E>
    where
        E: From<Error>,
        F: Future<Output = Result<T, E>>,
    {
        let Self {
            mut sender,
            driver,
            limit,
        } = self;
        *request.uri_mut() = target(url)?;
        let host = host(url);
        request.headers_mut().entry(HOST).or_insert(host);
        let exchange = async {
            let response = sender.send_request(request).await;
            let response = response.map_err(Error::broken)?;
            limit.lift();
            read(response).await
        };
        tokio::pin!(exchange, driver);
        tokio::select! {
            biased;
            answer = &mut exchange => return answer,
            // Whoever waits for the answer is told, if the driver failed.
            _ended = &mut driver => {}
        }
        exchange.await
    }
}

/// The path and the query, as a request line has them.
fn target(url: &Url) -> Result<Uri, Error> {
    let text = &url[Position::BeforePath..Position::AfterQuery];
    if text.len() > LONGEST_TARGET {
        return Err(Error::TargetTooLong);
    }
    text.parse().map_err(|_unsendable| Error::TargetTooLong)
}

fn host(url: &Url) -> HeaderValue {
    let text = &url[Position::BeforeHost..Position::AfterPort];
    HeaderValue::from_str(text).expect("a URL's host is ASCII")
}
