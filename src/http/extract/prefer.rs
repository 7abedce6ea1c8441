//! The `Prefer` header (RFC 7240), as far as it is about waiting.
//!
//! Preferences are wishes: what cannot be read is passed over, never an error.

use std::{convert::Infallible, time::Duration};

use axum::extract::FromRequestParts;
use http::{HeaderMap, HeaderName, request::Parts};
use utoipa::IntoParams;

use crate::http::{
    LoadProblem,
    layer::{
        deadline::Deadline,
        load_shed::{Place, WaitingPlace},
    },
};

const PREFER: HeaderName = HeaderName::from_static("prefer");

/// What a caller prefers.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
pub struct Prefer {
    /// `wait=SECONDS` and `respond-async`, as in RFC 7240.
    #[param(rename = "Prefer", value_type = Option<String>, nullable = false, example = "wait=30")]
    wait: Option<u64>,
    #[param(ignore)]
    respond_async: bool,
    #[param(ignore)]
    deadline: Option<Deadline>,
    #[param(ignore)]
    place: Option<Place>,
}

/// How a caller wants to wait.
pub struct Wait {
    /// For how long.
    pub time: Duration,
    /// Whether a time was asked for, or is what the route does anyway.
    pub is_timed: bool,
    /// Whether the caller said that an answer without the result will do.
    pub respond_async: bool,
    deadline: Option<Deadline>,
    place: Option<Place>,
    reserved: Option<WaitingPlace>,
}

impl<S: Sync> FromRequestParts<S> for Prefer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self {
            deadline: parts.extensions.get().cloned(),
            place: parts.extensions.get().cloned(),
            ..Self::read(&parts.headers)
        })
    }
}

impl Prefer {
    /// Whether and how long to wait; `asked` are the seconds that the query asks
    /// for, which it does more strongly than the header.
    pub fn wait(self, asked: Option<u64>, most: Duration) -> Option<Wait> {
        let is_wanted = asked.or(self.wait).is_some() || self.respond_async;
        is_wanted.then(|| self.wait_or_most(asked, most))
    }

    /// How long to wait where that is what the route does anyway.
    pub fn wait_or_most(self, asked: Option<u64>, most: Duration) -> Wait {
        // Who will take an answer later, and says no more, waits no time.
        let otherwise = if self.respond_async { 0 } else { u64::MAX };
        let seconds = asked.or(self.wait);
        Wait {
            is_timed: seconds.is_some() || !self.respond_async,
            time: Duration::from_secs(seconds.unwrap_or(otherwise)).min(most),
            respond_async: self.respond_async,
            deadline: self.deadline,
            place: self.place,
            reserved: None,
        }
    }

    fn read(headers: &HeaderMap) -> Self {
        let values = headers.get_all(PREFER).iter();
        let mut preferences = values
            .filter_map(|value| value.to_str().ok())
            .flat_map(split);
        let mut prefer = Self {
            wait: None,
            respond_async: false,
            deadline: None,
            place: None,
        };
        let mut waits = None;
        for (name, value) in preferences.by_ref() {
            // Of a repeated preference the first counts.
            if name.eq_ignore_ascii_case("wait") {
                waits = waits.or(Some(value));
            } else if name.eq_ignore_ascii_case("respond-async") {
                prefer.respond_async = true;
            }
        }
        prefer.wait = waits.and_then(seconds);
        prefer
    }
}

impl Wait {
    /// Reserves a place to wait in, before anything is started whose end nobody
    /// could then wait for.
    pub fn reserved(self) -> Result<Self, LoadProblem> {
        let place = self.place.as_ref().filter(|_| !self.time.is_zero());
        Ok(Self {
            reserved: place.map(Place::reserve).transpose()?,
            ..self
        })
    }

    /// Begins to wait: the request has the time for it, beside what it may take
    /// otherwise, and leaves its place to others.
    pub fn begin(&self) {
        if let Some(deadline) = &self.deadline {
            deadline.put_off(self.time);
        }
        if let Some(place) = &self.reserved {
            place.enter();
        }
    }
}

/// Whole seconds; more digits than fit mean as long as possible.
pub(super) fn seconds(text: &str) -> Option<u64> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| text.parse().unwrap_or(u64::MAX))
}

/// The preferences of one header line, name and value, without parameters.
fn split(line: &str) -> impl Iterator<Item = (&str, &str)> {
    pieces(line, b',').map(|preference| {
        let word = pieces(preference, b';').next().unwrap_or_default();
        let (name, value) = word.split_once('=').unwrap_or((word, ""));
        (name.trim(), value.trim().trim_matches('"'))
    })
}

/// Splits at a separator outside of quotes.
fn pieces(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut is_quoted = false;
    text.split(move |c: char| {
        is_quoted ^= c == '"';
        c == char::from(separator) && !is_quoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(lines: &[&str]) -> (Option<u64>, bool) {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(PREFER, line.parse().unwrap());
        }
        let prefer = Prefer::read(&headers);
        (prefer.wait, prefer.respond_async)
    }

    #[test]
    fn preferences_are_read_and_what_makes_no_sense_is_passed_over() {
        let cases: &[(&[&str], Option<u64>, bool)] = &[
            (&["wait=10"], Some(10), false),
            (&["Wait = \"10\" ; x=1, Respond-Async"], Some(10), true),
            (&["respond-async", "wait=5"], Some(5), true),
            (&["wait=1, wait=2"], Some(1), false),
            (&["wait=99999999999999999999999"], Some(u64::MAX), false),
            (&["foo=\"a, wait=7\", wait=3"], Some(3), false),
            (&["return=minimal; wait=7"], None, false),
            (&["wait=x, wait=7"], None, false),
            (&["wait", "wait=-1", "wait=1.5", ",,=,;"], None, false),
            (&["respond-asynchronous, awaits=3"], None, false),
            (&[], None, false),
        ];
        for (lines, wait, respond_async) in cases {
            assert_eq!(read(lines), (*wait, *respond_async), "{lines:?}");
        }
    }
}
