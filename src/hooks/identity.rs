//! On whose behalf the runs of a hook are started.

use super::{Hooks, Occasion};
use crate::{
    auth::{Admitted, Error},
    config::Hook,
    control_plane::Identity,
};

impl Hooks {
    /// The caller that a hook's identity is, with an access token in the place of
    /// an API key.
    pub(super) async fn caller(&self, hook: &Hook, occasion: &Occasion) -> Result<Admitted, Error> {
        let identity = Identity::Hook(hook.name.clone());
        let authenticator = &self.0.authenticator;
        let admitted = authenticator.act_as(&hook.identity, identity, occasion.caller());
        admitted.await
    }
}
