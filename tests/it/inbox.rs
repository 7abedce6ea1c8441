//! The inbox over its real stores.

mod command;
pub(crate) mod contract;
mod disk;
mod file;
pub(crate) mod kept;
mod recover;
mod sweep;
mod worker;
