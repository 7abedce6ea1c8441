//! Templates of webhook tasks: every string of a task may hold `{inputs.name}`
//! and `{secrets.name}`.
//!
//! What is put in is never looked at again, so that no input can bring a
//! placeholder of its own. A rendering is either the one that is sent or the one
//! that is shown, in which a mark stands for every secret.

mod host;
mod piece;
mod render;

pub use self::{
    host::host_is_written,
    piece::{has_placeholder, secrets},
    render::{Error, HIDDEN, Purpose, Renderer},
};

#[cfg(test)]
mod tests;
