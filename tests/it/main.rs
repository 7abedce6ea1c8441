#![cfg(test)]
//! Tests over the wire, one binary.

mod app;
mod build;
mod config;
mod edge;
mod embedded;
mod executor;
mod harness;
mod hooks;
mod idempotency;
mod identity;
mod imports;
mod jwt;
mod limits;
mod openapi;
mod policy_table;
mod prefetch;
mod process;
mod program;
mod resilience;
mod side_door;
mod trigger;
mod wait;
mod wire;
