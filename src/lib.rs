//! A webhook server in front of the Flyte 2 control plane.

#[cfg(feature = "dev")]
pub mod embedded;
