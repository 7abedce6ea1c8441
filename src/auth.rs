//! Who is let in before the control plane is asked.
//!
//! All of it is optional: what is not configured is the control plane's to
//! judge. Nothing here replaces that judgement, it only comes first.

mod jwks;
mod jwt;

pub use self::{
    jwks::Refresher,
    jwt::{Error, Verifier},
};
