//! The embedded control plane through its port: the generated clients, raw HTTP
//! and what a crash leaves.

mod bench;
mod crash;
mod data;
mod every;
mod faults;
mod links;
mod lists;
mod lost;
mod nested;
mod queue;
mod runs;
mod tls;
mod wire;
