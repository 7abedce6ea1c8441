//! Whether this server should be sent requests.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use tokio_util::sync::CancellationToken;

/// Whether this server should be sent requests: cheap to clone, and the same for
/// as long as the process lives.
#[derive(Clone, Debug)]
pub struct Readiness {
    shutdown: CancellationToken,
    is_store_writable: Arc<AtomicBool>,
}

impl Readiness {
    /// Ready until `shutdown`.
    pub fn new(shutdown: CancellationToken) -> Self {
        Self {
            shutdown,
            is_store_writable: Arc::new(AtomicBool::new(true)),
        }
    }

    /// Whether what has to be kept can be written. Without a store it can.
    pub fn store_is_writable(&self, is_writable: bool) {
        self.is_store_writable.store(is_writable, Ordering::Relaxed);
    }

    /// Whether this server should be sent requests.
    pub fn is_ready(&self) -> bool {
        !self.shutdown.is_cancelled() && self.is_store_writable.load(Ordering::Relaxed)
    }
}
