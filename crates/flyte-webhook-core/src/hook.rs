//! Deliveries of providers: what they say, and what is to be done about it.
//!
//! - [`headers`]: the headers of a delivery, each read as one visible text.
//! - [`scheme`]: whether a delivery is from who it says; only there can a
//!   [`scheme::Verified`] be made.
//! - [`source`]: the providers: their scheme, their handshakes, their ids.
//! - [`body`]: the shapes in which a body holds its payload.
//! - [`event`]: one event, in one form for all providers.
//! - [`expression`]: CEL over events.
//! - [`rule`]: which events start which runs.
//! - [`sign`]: signed deliveries for tests.

pub mod body;
pub mod event;
pub mod expression;
pub mod headers;
pub mod rule;
pub mod scheme;
pub mod sign;
pub mod source;
