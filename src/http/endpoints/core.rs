//! Whether the server is there, and who asks.

pub mod health;
pub mod me;
