//! The connector over the wire, hostile tasks first.

mod alone;
mod background;
mod bounds;
mod corpus;
mod egress;
pub(crate) mod grpc;
mod injection;
mod requests;
pub(crate) mod server;
mod telling;
