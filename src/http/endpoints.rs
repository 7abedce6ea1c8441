//! The operations: one module a group, one file an operation.

pub mod app;
pub mod core;
pub mod not_served;
pub mod run;
pub mod task;
