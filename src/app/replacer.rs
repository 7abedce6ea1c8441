//! Replaces the app that is served by another.

use tokio::sync::{mpsc, oneshot};

use super::App;

/// Replaces the app that is served: cheap to clone.
#[derive(Clone)]
pub struct Replacer(mpsc::Sender<Box<Replacement>>);

/// The apps that come, for [`App::serve_until_replaced`].
pub struct Replacements(mpsc::Receiver<Box<Replacement>>);

/// An app that is to be served, and who waits for it.
pub(super) struct Replacement {
    pub(super) app: App,
    pub(super) is_served: oneshot::Sender<()>,
}

impl Replacer {
    /// A replacer, and what it brings.
    pub fn new() -> (Self, Replacements) {
        let (sender, receiver) = mpsc::channel(1);
        (Self(sender), Replacements(receiver))
    }

    /// Has this app answer every request that begins after this returns. Where nothing
    /// is served any more, nothing happens.
    pub async fn replace(&self, app: App) {
        let (is_served, waiting) = oneshot::channel();
        // In a box, since the channel has room for many.
        let replacement = Box::new(Replacement { app, is_served });
        if self.0.send(replacement).await.is_ok() {
            // An error says that the server has stopped meanwhile.
            let _ = waiting.await;
        }
    }
}

impl Replacements {
    /// The next app; none where no more can come.
    pub(super) async fn next(&mut self) -> Option<Box<Replacement>> {
        self.0.recv().await
    }
}
