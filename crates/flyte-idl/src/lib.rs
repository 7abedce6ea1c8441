//! Messages and services of the Flyte 2 control plane and of the Flyte 1
//! connectors, generated from `flyteidl.binpb`; nothing is written by hand.
//!
//! `make_descriptors.py` beside this crate's manifest makes that file.
//! Messages keep the fields they do not know through a decode and an encode,
//! which a read-modify-write of another version's message depends on.
#![allow(warnings, clippy::all, clippy::pedantic)]

connectrpc::include_generated!();

/// What all of this is generated from, for those who ask a server what it speaks.
pub const DESCRIPTORS: &[u8] = include_bytes!("../flyteidl.binpb");

/// The same of the health service, which is generated elsewhere.
pub const HEALTH_DESCRIPTORS: &[u8] = include_bytes!("../health.binpb");
