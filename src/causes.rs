//! Errors in words for the log.

use std::{error::Error, iter::successors};

/// An error with all that led to it.
pub fn causes(error: &dyn Error) -> String {
    let causes = successors(Some(error), |error| (*error).source());
    let causes: Vec<String> = causes.map(ToString::to_string).collect();
    causes.join(": ")
}
