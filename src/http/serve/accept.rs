//! Accepts connections, whatever happens.

use std::{io, net::SocketAddr, time::Duration};

use tokio::{
    net::{TcpListener, TcpStream},
    time::sleep,
};

/// How long to wait where there is nothing to open another connection with. It
/// doubles while that goes on.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A listener that does not fail.
pub(super) struct Acceptor {
    listener: TcpListener,
    pause: Option<Duration>,
}

impl Acceptor {
    pub(super) fn new(listener: TcpListener) -> Self {
        Self {
            listener,
            pause: None,
        }
    }

    /// The next connection.
    pub(super) async fn next(&mut self) -> (TcpStream, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok(accepted) => {
                    self.pause = None;
                    return accepted;
                }
                // It went away before it was accepted.
                Err(error) if is_of_the_connection(&error) => {}
                // Mostly file descriptors, which others have to give back first.
                Err(error) => self.pause(&error).await,
            }
        }
    }

    /// Stops to listen; gives the connections that have been waiting. By the
    /// system's own call, which sees all of them.
    pub(super) fn close(self) -> Vec<(TcpStream, SocketAddr)> {
        let listener = match self.listener.into_std() {
            Ok(listener) => listener,
            Err(_gone) => return Vec::new(),
        };
        let waiting = std::iter::from_fn(|| listener.accept().ok());
        waiting
            .filter_map(|(stream, peer)| adopt(stream, peer))
            .collect()
    }

    async fn pause(&mut self, error: &io::Error) {
        let pause = self.pause.unwrap_or(FIRST_PAUSE);
        if self.pause.is_none() {
            tracing::warn!(
                error.message = %error,
                "No connection can be accepted; trying again until one can"
            );
        }
        self.pause = Some((pause * 2).min(LONGEST_PAUSE));
        sleep(pause).await;
    }
}

fn adopt(stream: std::net::TcpStream, peer: SocketAddr) -> Option<(TcpStream, SocketAddr)> {
    stream.set_nonblocking(true).ok()?;
    Some((TcpStream::from_std(stream).ok()?, peer))
}

fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};

    matches!(
        error.kind(),
        ConnectionAborted | ConnectionRefused | ConnectionReset
    )
}
