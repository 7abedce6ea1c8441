//! The connector over the wire, hostile tasks first.

mod background;
mod corpus;
mod egress;
mod injection;
mod load;
mod requests;
mod server;
