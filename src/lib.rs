//! A webhook server in front of the Flyte 2 control plane.

pub mod cli;
pub mod config;
#[cfg(feature = "dev")]
pub mod embedded;
