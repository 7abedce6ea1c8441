#![cfg(test)]
//! Integration tests, one binary.

mod embedded;
mod executor;
