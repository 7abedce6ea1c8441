#![cfg(test)]
//! Tests over the wire, one binary.

mod admin;
mod app;
mod audit;
mod build;
mod config;
mod connector;
mod cors;
mod edge;
mod embedded;
mod executor;
mod harness;
mod health;
mod hooks;
mod idempotency;
mod identity;
mod imports;
mod inbox;
mod jwt;
mod limits;
mod logging;
mod metrics;
mod openapi;
#[path = "../scorecard/platform.rs"]
#[expect(dead_code, reason = "the score card uses the rest")]
mod platform;
mod policy_table;
mod prefetch;
mod process;
mod program;
mod reload;
mod resilience;
mod rolling;
mod secrets;
mod side_door;
mod tls;
mod trace;
mod trigger;
mod wait;
mod wire;
