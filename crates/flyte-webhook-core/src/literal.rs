//! JSON to Flyte literals and back, by the interface of a task.
//!
//! A [`LiteralType`](flyte_idl::flyteidl2::core::LiteralType) is compiled once
//! into a shape, a struct's JSON Schema into nodes; then values are walked.
//! Shape, value and stored bytes all come from outside, so every walk carries a
//! bound on its depth and on the work it may cause (`walk`), and nothing here
//! runs or unpickles what it reads.
//!
//! What is accepted is what the official SDK accepts, and what `docs/PARITY.md`
//! lists beside it; `Walk::strict` tells the two apart.

mod blob;
mod conform;
mod error;
mod foresee;
mod input;
mod inputs;
mod msgpack;
mod output;
mod outputs;
mod plain;
mod record;
mod scalar;
mod schema;
mod shape;
mod time;
mod union;
mod walk;

pub use error::{Error, Errors, Reason, Segment};
pub use foresee::misfit;
pub use input::from_json;
pub use inputs::inputs_from_json;
pub use output::{to_json, to_json_lossy};
pub use outputs::outputs_to_json;
pub use plain::{from_plain, struct_to_plain, to_plain};

#[cfg(test)]
mod tests;
