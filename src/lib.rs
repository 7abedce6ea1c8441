//! A webhook server in front of the Flyte 2 control plane.
//!
//! A request comes in by [`http`], is checked against the policy of
//! `flyte-webhook-core`, and goes out through [`control_plane`] or, to another
//! app, through [`app_client`]; [`app`] wires the parts from the [`config`], and
//! [`cli`] is how people start them.
//! The [`inbox`] keeps what hooks have accepted until it is launched.
//! [`embedded`] is a control plane of its own, for trying and for tests; it
//! shares no code with the client.

pub mod app;
pub mod app_client;
pub mod audit;
pub mod auth;
pub mod causes;
pub mod cli;
pub mod config;
pub mod connector;
pub mod control_plane;
pub mod egress;
#[cfg(feature = "dev")]
pub mod embedded;
pub mod hooks;
pub mod http;
pub mod inbox;
pub mod metrics;
mod own_stack;
pub mod readiness;
pub mod shutdown;
pub mod telemetry;
pub mod trace;
