//! What is pure in the webhook server: no sockets, no clock, no runtime.
//!
//! - [`hook`]: signed deliveries of providers, verified and normalised, and the rules
//!   for them.
//! - [`id`]: names of domains, projects, tasks, apps, runs and triggers, parsed
//!   at the edge, and the one formula that derives a run's name.
//! - [`idempotency`]: one run for one key.
//! - [`policy`]: allowlists, and the permits that only they can give.
//! - [`endpoint`]: the closed set of API operations and which of them are on.
//! - [`json`]: request bodies, read as Python's `json` reads them.
//! - [`literal`]: JSON to Flyte literals and back, by a task's interface.
//! - [`url_guard`]: which URLs that came as data may be connected to.
//! - [`app_url`]: the address of a call to an app, below the app's endpoint.
//! - [`own`]: what this server itself is called and where it answers.
//! - [`parts`]: one hash over several parts.
//! - [`python`]: values as Python writes them.
//! - [`sealed`]: what is given away and known again.
//! - [`template`]: the strings of a webhook task, with inputs and secrets put in.
//! - [`image`]: container images to build, tagged as the SDK tags them.
//! - [`model`]: models to fetch from Hugging Face.
//! - [`api_key`]: API keys of Flyte, told from other credentials.
//! - [`credential_header`]: headers that may carry a credential.
//! - [`constant_time`]: the one comparison of secrets.
//! - [`chain`]: a log in which a change is found.

pub mod api_key;
pub mod app_url;
pub mod chain;
pub mod constant_time;
pub mod credential_header;
pub mod endpoint;
pub mod hook;
pub mod id;
pub mod idempotency;
#[cfg(feature = "messages")]
pub mod image;
pub mod json;
#[cfg(feature = "messages")]
pub mod literal;
#[cfg(feature = "messages")]
pub mod model;
pub mod nearest;
pub mod own;
pub mod parts;
pub mod policy;
pub mod python;
pub mod sealed;
pub mod template;
pub mod url_guard;

#[cfg(feature = "messages")]
mod checked;
