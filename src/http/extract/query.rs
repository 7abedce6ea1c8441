//! Query parameters as FastAPI reads them: unknown ones are ignored, of a
//! repeated one the last counts, and all mistakes are reported together.

use std::fmt;

use axum::extract::FromRequestParts;
use flyte_webhook_core::id;
use http::{Uri, request::Parts};
use url::form_urlencoded;
use utoipa::{
    IntoParams,
    openapi::{
        Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
        schema::ObjectBuilder,
    },
};

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
        let mut reader = QueryReader::of(&parts.uri);
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
    /// A reader of the query of a request's target.
    pub(super) fn of(uri: &Uri) -> Self {
        let query = uri.query().unwrap_or_default();
        Self {
            pairs: form_urlencoded::parse(query.as_bytes())
                .into_owned()
                .collect(),
            violations: Vec::new(),
        }
    }

    /// What did not fit.
    pub(super) fn into_violations(self) -> Vec<Violation> {
        self.violations
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

    /// A switch, off where it is absent.
    pub fn switch(&mut self, name: &str) -> bool {
        let Some(given) = self.text(name) else {
            return false;
        };
        match given.to_ascii_lowercase().as_str() {
            "true" | "1" | "yes" | "on" | "t" | "y" => true,
            "false" | "0" | "no" | "off" | "f" | "n" => false,
            _ => {
                self.violations
                    .push(Violation::query_not_bool(name, &given));
                false
            }
        }
    }

    /// A whole number, written as Python takes it; one beyond 64 bits is the
    /// nearest within.
    pub fn integer(&mut self, name: &str) -> Option<i64> {
        let given = self.text(name)?;
        let read = integer(&given);
        if read.is_none() {
            self.violations.push(Violation::query_not_int(name, &given));
        }
        read
    }

    /// A text that must be there and that `parse` takes.
    pub fn required<T, E: fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        if self.text(name).is_none() {
            self.violations.push(Violation::query_missing(name));
        }
        self.parsed(name, parse)
    }

    /// A text that `parse` takes, if it is there.
    pub fn parsed<T, E: fmt::Display>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<T> {
        let given = self.text(name)?;
        let refuse = |error: E| {
            let reason = error.to_string();
            let violation = Violation::query_not_fit(name, &given, &reason);
            self.violations.push(violation);
        };
        parse(&given).map_err(refuse).ok()
    }
}

/// `?wait=` alone.
pub struct WaitQuery {
    /// For how many seconds.
    pub wait: Option<u64>,
}

/// By hand, since the derived one would have a largest number.
impl IntoParams for WaitQuery {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let number = ObjectBuilder::new()
            .schema_type(Type::Integer)
            .minimum(Some(0));
        let wait = ParameterBuilder::new()
            .name("wait")
            .parameter_in(ParameterIn::Query)
            .description(Some(
                "Wait so many seconds for the run to end; cut to `limits.max_wait`",
            ))
            .schema(Some(number));
        vec![wait.build()]
    }
}

impl FromQuery for WaitQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            wait: query.seconds("wait"),
        }
    }
}

/// A sign, digits with single underscores between them, and a fraction of
/// nothing but zeros; blanks around.
fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let (whole, zeros) = text.split_once('.').unwrap_or((text, "0"));
    if zeros.is_empty() || zeros.bytes().any(|byte| byte != b'0') {
        return None;
    }
    let unsigned = whole.strip_prefix(['+', '-']).unwrap_or(whole);
    let is_group = |group: &str| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit());
    if !unsigned.split('_').all(is_group) {
        return None;
    }
    let beyond = if whole.starts_with('-') {
        i64::MIN
    } else {
        i64::MAX
    };
    Some(whole.replace('_', "").parse().unwrap_or(beyond))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reader(query: &str) -> QueryReader {
        QueryReader::of(&format!("/x?{query}").parse().unwrap())
    }

    #[test]
    fn switches_are_the_words_that_fastapi_knows() {
        for word in ["true", "TRUE", "tRuE", "1", "yes", "on", "t", "y"] {
            assert!(reader(&format!("wait={word}")).switch("wait"), "{word}");
        }
        for word in ["", "2", "maybe", "%20true", "01", "1.0", "%C3%A9"] {
            let mut reader = reader(&format!("wait=true&wait={word}"));
            assert!(!reader.switch("wait"), "{word}");
            assert_eq!(reader.violations.len(), 1, "{word}");
        }
        assert!(!reader("WAIT=1").switch("wait"));
    }

    #[test]
    fn whole_numbers_are_what_python_reads() {
        for (text, number) in [
            ("1", 1),
            ("-1", -1),
            ("%2B5", 5),
            ("1.0", 1),
            ("%203", 3),
            ("1_000", 1000),
            ("1_0.00", 10),
            ("-0", 0),
            ("00012", 12),
            ("99999999999999999999999", i64::MAX),
            ("-99999999999999999999999", i64::MIN),
        ] {
            let read = reader(&format!("force={text}")).integer("force");
            assert_eq!(read, Some(number), "{text}");
        }
        for text in [
            "", "1.5", "abc", "0x1", "_1", "1__0", "1.", ".0", "1e3", "%2B", "-%201", "1%20000",
        ] {
            let mut reader = reader(&format!("force={text}"));
            assert_eq!(reader.integer("force"), None, "{text}");
            assert_eq!(reader.violations.len(), 1, "{text}");
        }
    }
}
