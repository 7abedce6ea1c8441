//! The ports of a server.

use tokio::net::TcpListener;

/// The ports of a server, taken.
pub struct Listeners {
    /// That of the API.
    pub main: TcpListener,
    /// That of the administrators, if they have one for themselves.
    pub admin: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(main: TcpListener) -> Self {
        Self { main, admin: None }
    }
}
