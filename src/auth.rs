//! Who is let in before the control plane is asked, and as whom.
//!
//! All of it is optional: what is not configured is the control plane's to
//! judge. Nothing here replaces that judgement, it only comes first.

mod administrators;
mod authenticator;
mod exchange;
mod hashed;
mod jwks;
mod jwt;
mod local_keys;

pub use self::{
    administrators::Administrators,
    authenticator::{Admitted, Authenticator, Error, Handle},
    exchange::Lease,
    jwks::Refresher,
    jwt::Error as TokenError,
};
