//! One connection, from its first byte to its end.

use std::{net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    select,
    time::{Instant, sleep},
};

use super::{
    activity::Activity,
    answer::Answerer,
    drain::Drain,
    edge::Edge,
    first::{self, Protocol},
    h2c, http1,
    rewound::Rewound,
    unstalled::Unstalled,
};
use crate::http::stack::HttpService;

/// How long a connection that has said nothing yet may still begin when the
/// server stops: its first request may be under way.
const LAST_CALL: Duration = Duration::from_millis(250);

/// What all connections share.
pub struct Served {
    /// What answers.
    pub service: HttpService,
    /// What clients are held to.
    pub edge: Edge,
    /// How serving ends.
    pub drain: Drain,
}

/// Serves a connection, over whatever bytes come and go, until it ends.
pub async fn run<S>(stream: S, peer: SocketAddr, served: Arc<Served>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let edge = &served.edge;
    let deadline = Instant::now() + edge.head_timeout;
    let mut stream = Unstalled::new(stream, edge.write_timeout);
    let first = select! {
        biased;
        first = first::read(&mut stream, edge.h2c, deadline) => first,
        () = last_call(&served.drain) => None,
    };
    let Some(first) = first else {
        return;
    };
    let stream = Rewound::new(first.bytes, stream);
    let answerer = Answerer {
        served,
        activity: Arc::new(Activity::new()),
        peer,
    };
    // In a box, so that a connection that says nothing costs little.
    match first.protocol {
        Protocol::Http1 => Box::pin(http1::run(stream, deadline, answerer)).await,
        Protocol::H2c => Box::pin(h2c::run(stream, answerer)).await,
    }
}

async fn last_call(drain: &Drain) {
    drain.closing().cancelled().await;
    sleep(LAST_CALL).await;
}
