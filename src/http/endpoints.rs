//! The operations: one module a group, one file an operation.

pub mod core;
pub mod not_served;
pub mod run;
mod started;
pub mod task;
pub mod trigger;
