//! Answers a request that was refused before it was parsed.

use super::chain::Request;
use crate::http::{Problem, serve::Refusal};

/// Answers where the request is one that stands for a refusal.
pub fn refused((): &(), request: &mut Request) -> Result<(), Problem> {
    match request.extensions().get::<Refusal>() {
        Some(refusal) => Err(Problem::Malformed(*refusal)),
        None => Ok(()),
    }
}
