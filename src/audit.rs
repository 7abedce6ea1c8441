//! Who did what, and what came of it: a record of each request, and of each launch on
//! behalf of a hook, in a log of its own in which a change is found.
//!
//! What is known of a request gathers in its [`Trail`], which goes with the
//! request and its caller. When the request is answered it becomes a [`Record`],
//! which the [`Auditor`] adds to the log. A place for the record is taken before
//! anything is done, so that nothing is done that could not be recorded, where
//! the configuration wants that.

mod auditor;
mod book;
mod failures;
mod pending;
mod record;
mod sink;
mod tail;
mod trail;
mod writer;

pub use self::{
    auditor::{Auditor, Effect, Slot, Unavailable},
    pending::Pending,
    record::{Decision, Launch, Record},
    sink::Error,
    trail::{Delivery, Facts, Resource, Trail, Who, host_and_port},
};
