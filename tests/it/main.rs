#![cfg(test)]
//! Tests over the wire, one binary.

mod config;
mod executor;
mod harness;
mod imports;
mod trigger;
mod wait;
mod wire;
