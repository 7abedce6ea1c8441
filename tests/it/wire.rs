//! The API over the wire, hostile requests first.

mod bodies;
mod credentials;
mod panics;
mod paths;
mod runs;
mod unreachable;
mod upstream;
