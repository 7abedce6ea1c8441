//! A single-node control plane in the same process, for trying, developing and testing.

pub mod demo;
pub mod executor;
