#![cfg(test)]
//! Integration tests, one binary.

mod executor;
