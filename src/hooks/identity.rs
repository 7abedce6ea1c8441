//! On whose behalf the runs of a hook are started.

use http::HeaderValue;

use super::Hooks;
use crate::{
    auth::{Admitted, Error},
    config::Hook,
    control_plane::Identity,
};

impl Hooks {
    /// The caller that a hook's identity is, with an access token in the place of
    /// an API key.
    pub(super) async fn caller(
        &self,
        hook: &Hook,
        request_id: HeaderValue,
    ) -> Result<Admitted, Error> {
        let identity = Identity::Hook(hook.name.clone());
        let authenticator = &self.0.authenticator;
        let admitted = authenticator.act_as(&hook.identity, identity, request_id);
        admitted.await
    }
}
