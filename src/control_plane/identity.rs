//! Who a caller is to the control plane.

use flyte_idl::flyteidl2::auth::UserInfoRequest;

use super::{Caller, ControlPlane, Error};

/// A caller's identity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The stable identifier.
    pub subject: String,
    /// The name to show.
    pub name: String,
}

impl ControlPlane {
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
