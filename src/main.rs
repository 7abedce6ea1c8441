//! The `flyte-webhook` binary.

fn main() {}
