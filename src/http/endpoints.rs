//! The operations: one module a group, one file an operation.

pub mod app;
pub mod build;
pub mod core;
pub mod guide;
pub mod launch;
mod own_task;
pub mod prefetch;
pub mod result;
pub mod run;
pub mod started;
pub mod task;
pub mod trigger;
pub mod waited;
