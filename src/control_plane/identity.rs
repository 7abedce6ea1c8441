//! Who a caller is to the control plane.

use std::time::Duration;

use connectrpc::ErrorCode;
use flyte_idl::flyteidl2::auth::UserInfoRequest;
use flyte_webhook_core::idempotency::Origin;
use moka::future::Cache;

use super::{Caller, ControlPlane, Error, Identity};

/// How many callers are remembered, and for how long. A credential never changes
/// its owner, so the time is no more than what bounds the memory.
const REMEMBERED: u64 = 10_000;
const REMEMBERED_FOR: Duration = Duration::from_mins(10);

/// A caller's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The stable identifier.
    pub subject: String,
    /// The name to show.
    pub name: String,
}

/// Who sends keys, by their credentials.
pub(super) type Origins = Cache<[u8; 32], Origin>;

pub(super) fn origins() -> Origins {
    Cache::builder()
        .max_capacity(REMEMBERED)
        .time_to_live(REMEMBERED_FOR)
        .build()
}

impl ControlPlane {
    /// Whose keys the caller's are: whose this server knows they are, one
    /// subject's, as far as the control plane knows it, or else one credential's.
    pub async fn origin(&self, caller: &Caller) -> Result<Origin, Error> {
        if let Some(origin) = known(caller.identity()) {
            return Ok(origin);
        }
        let key = caller.cache_key();
        if let Some(origin) = self.origins.get(&key).await {
            return Ok(origin);
        }
        match self.user(caller).await {
            Ok(user) if !user.subject.is_empty() => {
                let origin = Origin::Subject(user.subject);
                self.origins.insert(key, origin.clone()).await;
                Ok(origin)
            }
            // Not remembered: it may be a proxy that says so, and for a moment.
            Ok(_) => Ok(Origin::Credential(caller.credential_key())),
            // The open-source control plane lets in whom it does not know. Where
            // it is otherwise, what follows is refused, too.
            Err(error) if knows_nobody(&error) => Ok(Origin::Credential(caller.credential_key())),
            // Not known is not nobody: with another name a second run would start.
            Err(error) => Err(error),
        }
    }

    /// Asks who the caller is.
    pub async fn user(&self, caller: &Caller) -> Result<User, Error> {
        let answer = self
            .call(caller)
            .repeatable(|options| {
                self.identity
                    .user_info_with_options(UserInfoRequest::default(), options)
            })
            .await?
            .into_owned();
        Ok(User {
            subject: answer.subject,
            name: answer.name,
        })
    }
}

fn known(identity: &Identity) -> Option<Origin> {
    match identity {
        Identity::Subject(subject) => Some(Origin::Subject(subject.as_ref().into())),
        Identity::ApiKey(client) => Some(Origin::ApiKey(client.as_ref().into())),
        Identity::LocalKey(id) => Some(Origin::LocalKey(id.as_ref().into())),
        Identity::Hook(name) => Some(Origin::Hook(name.as_ref().into())),
        Identity::Unknown => None,
    }
}

fn knows_nobody(error: &Error) -> bool {
    match error {
        Error::Answered { code, .. } => {
            matches!(code, ErrorCode::Unauthenticated | ErrorCode::Unimplemented)
        }
        Error::Unreachable(_)
        | Error::NotCalled { .. }
        | Error::Timeout
        | Error::Malformed { .. }
        | Error::Mismatched(_)
        | Error::Uncertain { .. }
        | Error::ClusterEndpoint(_)
        | Error::Upload(_) => false,
    }
}
