#![cfg(test)]
//! Tests over the wire, one binary.

mod config;
mod executor;
