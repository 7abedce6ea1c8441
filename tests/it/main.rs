#![cfg(test)]
//! Tests over the wire, one binary.

mod app;
mod config;
mod embedded;
mod executor;
mod harness;
mod imports;
mod program;
mod trigger;
mod wait;
mod wire;
