//! The API over HTTP: endpoints, what stands around them, and how they are
//! served.

pub mod admin;
pub mod endpoints;
pub mod extract;
pub mod grpc;
pub mod hooks;
pub mod layer;
pub mod limits;
pub mod openapi;
mod pace;
pub mod probes;
pub mod problem;
pub mod router;
pub mod serve;
pub mod stack;
pub mod state;
pub mod violation;

pub use self::{
    extract::BodyBudget,
    hooks::HookRates,
    problem::{AppProblem, HookProblem, LoadProblem, OwnTaskProblem, Problem},
    state::{Api, ApiState, TlsPorts},
    violation::Violation,
};
