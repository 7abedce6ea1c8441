//! One connection, from its first byte to its end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
    sync::watch,
    time::{Instant, sleep, timeout_at},
};
use tokio_rustls::TlsAcceptor;

use super::{
    activity::Activity,
    answer::Answerer,
    drain::Drain,
    edge::Edge,
    first::{self, Protocol},
    h2c, http1,
    rewound::Rewound,
    site::Site,
    tls::H2,
    unstalled::Unstalled,
};

/// How long a connection that has said nothing yet may still begin when the
/// server stops: its first request may be under way.
const LAST_CALL: Duration = Duration::from_millis(250);

/// What all connections share.
pub struct Served {
    /// What answers, which may be replaced while connections are open.
    pub site: watch::Receiver<Arc<Site>>,
    /// How serving ends.
    pub drain: Drain,
}

impl Served {
    /// What answers now.
    pub(super) fn site(&self) -> Arc<Site> {
        Arc::clone(&self.site.borrow())
    }
}

/// Serves a connection, over whatever bytes come and go, until it ends.
pub async fn run<S>(stream: S, peer: SocketAddr, served: Arc<Served>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    // A connection is held to what held when it was opened.
    let (edge, tls) = {
        let site = served.site();
        (Arc::clone(&site.edge), site.tls.clone())
    };
    let deadline = Instant::now() + edge.head_timeout;
    let stream = Unstalled::new(stream, edge.write_timeout);
    let opened = Opened {
        h2: edge.h2c,
        edge,
        deadline,
        peer,
        served,
    };
    match tls {
        None => opened.speak(stream).await,
        // In a box, so that a connection without it costs nothing for it.
        Some(tls) => Box::pin(opened.speak_tls(stream, tls)).await,
    }
}

/// A connection of which nothing has been read.
struct Opened {
    h2: bool,
    edge: Arc<Edge>,
    deadline: Instant,
    peer: SocketAddr,
    served: Arc<Served>,
}

impl Opened {
    /// Speaks TLS first; who does not, or takes too long, is let go.
    async fn speak_tls<S>(mut self, stream: Unstalled<S>, tls: TlsAcceptor)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let accepted = select! {
            biased;
            accepted = timeout_at(self.deadline, tls.accept(stream)) => accepted,
            () = last_call(&self.served.drain) => return,
        };
        match accepted {
            Ok(Ok(stream)) => {
                self.h2 = stream.get_ref().1.alpn_protocol() == Some(H2);
                self.speak(stream).await;
            }
            Ok(Err(error)) => tracing::debug!(error.message = %error, "No TLS was agreed on"),
            Err(_late) => tracing::debug!("No TLS was agreed on in time"),
        }
    }

    /// Speaks HTTP.
    async fn speak<S>(self, mut stream: S)
    where
        S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        let first = select! {
            biased;
            first = first::read(&mut stream, self.h2, self.deadline) => first,
            () = last_call(&self.served.drain) => None,
        };
        let Some(first) = first else {
            return;
        };
        let stream = Rewound::new(first.bytes, stream);
        let answerer = Answerer {
            served: self.served,
            edge: self.edge,
            activity: Arc::new(Activity::new()),
            peer: self.peer,
        };
        // In a box, so that a connection that says nothing costs little.
        match first.protocol {
            Protocol::Http1 => Box::pin(http1::run(stream, self.deadline, answerer)).await,
            Protocol::H2c => Box::pin(h2c::run(stream, answerer)).await,
        }
    }
}

async fn last_call(drain: &Drain) {
    drain.closing().cancelled().await;
    sleep(LAST_CALL).await;
}
