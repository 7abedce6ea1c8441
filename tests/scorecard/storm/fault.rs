//! All that can go wrong with a call to the control plane.

use std::time::Duration;

use rand::seq::IndexedRandom;

/// How often calls fail, in percent.
#[derive(Clone, Copy)]
pub(crate) struct Weather(pub(crate) u32);

/// What goes wrong.
pub(super) enum Fault {
    /// Nothing is done, and that is said.
    Refuse(Refusal),
    /// Nothing is done, and the connection breaks.
    Break,
    /// It is done, and something else is said.
    ActAndRefuse(Refusal),
    /// It is done, and the connection breaks.
    ActAndBreak,
    /// It is done when the caller may have gone away.
    ActLate(Duration),
    /// It is done, and the caller may have gone away before the answer.
    AnswerLate(Duration),
    /// It is done, and the answer is no message.
    Garble,
    /// It is done, and the answer says nothing.
    Empty,
    /// It is done, and the end of the answer is missing.
    Cut,
    /// A run is stored, and not put into the queue.
    Forget,
}

/// What is said instead of an answer.
#[derive(Clone, Copy)]
pub(super) enum Refusal {
    /// An error of the control plane.
    Connect {
        status: &'static str,
        code: &'static str,
        text: &'static str,
    },
    /// A page of something in between.
    Proxy(&'static str),
}

const fn connect(status: &'static str, code: &'static str, text: &'static str) -> Refusal {
    Refusal::Connect { status, code, text }
}

/// What says nothing about whether there is a run.
const REFUSALS: [Refusal; 16] = [
    connect("503 Service Unavailable", "unavailable", ""),
    connect("500 Internal Server Error", "internal", ""),
    connect("500 Internal Server Error", "unknown", ""),
    connect("500 Internal Server Error", "data_loss", ""),
    connect("504 Gateway Timeout", "deadline_exceeded", ""),
    connect("409 Conflict", "aborted", ""),
    connect("499 Client Closed Request", "canceled", ""),
    connect("429 Too Many Requests", "resource_exhausted", ""),
    connect("401 Unauthorized", "unauthenticated", ""),
    connect("403 Forbidden", "permission_denied", ""),
    // The open-source one says so where its database does not answer.
    connect("404 Not Found", "not_found", "failed to get it: timeout"),
    Refusal::Proxy("502 Bad Gateway"),
    Refusal::Proxy("503 Service Unavailable"),
    Refusal::Proxy("504 Gateway Timeout"),
    Refusal::Proxy("429 Too Many Requests"),
    Refusal::Proxy("404 Not Found"),
];

/// Longer than the servers wait, and than they need to come again.
const LONGEST: Duration = Duration::from_secs(3);

impl Refusal {
    pub(super) const NO_RUN: Self = connect("404 Not Found", "not_found", "there is no such run");
    pub(super) const TAKEN: Self = connect("409 Conflict", "already_exists", "");
    pub(super) const UNIMPLEMENTED: Self = connect("501 Not Implemented", "unimplemented", "");

    fn any() -> Self {
        *REFUSALS.choose(&mut rand::rng()).unwrap()
    }
}

impl Weather {
    /// What befalls a call, if anything.
    pub(super) fn fault(self, method: &str) -> Option<Fault> {
        let kinds = if method == "CreateRun" { 12 } else { 10 };
        let late = || LONGEST.mul_f64(rand::random());
        (rand::random_range(0..100) < self.0).then(|| match rand::random_range(0..kinds) {
            0..2 => Fault::Refuse(Refusal::any()),
            2 => Fault::Break,
            3 => Fault::ActAndRefuse(Refusal::any()),
            4 => Fault::ActAndBreak,
            5 => Fault::ActLate(late()),
            6 => Fault::AnswerLate(late()),
            7 => Fault::Garble,
            8 => Fault::Empty,
            9 => Fault::Cut,
            10 => Fault::Forget,
            _ => Fault::ActAndRefuse(Refusal::TAKEN),
        })
    }
}
