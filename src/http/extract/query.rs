//! Query parameters as FastAPI reads them: unknown ones are ignored, of a
//! repeated one the last counts, and all mistakes are reported together.

use axum::extract::FromRequestParts;
use flyte_webhook_core::id;
use http::request::Parts;
use url::form_urlencoded;

use super::prefer;
use crate::http::{Problem, Violation};

/// Parameters that can be read from a query.
pub trait FromQuery: Sized {
    /// Reads the parameters; mistakes stay with the reader.
    fn from_query(query: &mut QueryReader) -> Self;
}

/// The parameters of a request.
pub struct Query<T>(pub T);

impl<S: Sync, T: FromQuery> FromRequestParts<S> for Query<T> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let mut reader = QueryReader::new(parts.uri.query().unwrap_or_default());
        let parameters = T::from_query(&mut reader);
        if reader.violations.is_empty() {
            Ok(Self(parameters))
        } else {
            Err(Problem::Invalid(reader.violations))
        }
    }
}

/// Reads parameters by name and collects what does not fit.
pub struct QueryReader {
    pairs: Vec<(String, String)>,
    violations: Vec<Violation>,
}

impl QueryReader {
    fn new(query: &str) -> Self {
        Self {
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            violations: Vec::new(),
        }
    }

    /// A text; `?name=` is an empty text, not an absent one.
    pub fn text(&self, name: &str) -> Option<String> {
        let last = self.pairs.iter().rev().find(|(key, _)| key == name)?;
        Some(last.1.clone())
    }

    /// A name; an empty one counts as absent.
    pub fn name<T>(
        &mut self,
        parameter: &str,
        parse: impl FnOnce(&str) -> Result<T, id::Error>,
    ) -> Option<T> {
        let given = self.text(parameter).filter(|given| !given.is_empty())?;
        parse(&given)
            .map_err(|error| {
                self.violations.push(Violation::query_not_name(
                    parameter,
                    &given,
                    &error.to_string(),
                ));
            })
            .ok()
    }

    /// A number of seconds, from 0.
    pub fn seconds(&mut self, parameter: &str) -> Option<u64> {
        let given = self.text(parameter)?;
        let seconds = prefer::seconds(&given);
        if seconds.is_none() {
            let violation = Violation::query_not_seconds(parameter, &given);
            self.violations.push(violation);
        }
        seconds
    }
}

/// `?wait=` alone.
pub struct WaitQuery(pub Option<u64>);

impl FromQuery for WaitQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self(query.seconds("wait"))
    }
}
