//! Why a delivery is not believed.

/// Why a delivery is not believed. It is for logs and explanations; a sender
/// learns none of it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A header is not there.
    #[error("there is no header {name}")]
    Missing { name: String },
    /// A header came more than once.
    #[error("the header {name} came more than once")]
    Repeated { name: String },
    /// A header, or the member of the body that says the time, is not what it
    /// has to be.
    #[error("{name} is no {expected}")]
    Malformed {
        name: String,
        expected: &'static str,
    },
    /// There are more signatures than any sender has reason to send.
    #[error("the header {name} holds more than {limit} signatures")]
    TooMany { name: String, limit: usize },
    /// No secret made any of the signatures.
    #[error("none of the secrets made the signature")]
    Wrong,
    /// It was signed too long ago.
    #[error("it was signed {seconds} s ago")]
    Stale { seconds: i64 },
    /// It was signed too far in what is the future here.
    #[error("it is signed for {seconds} s from now")]
    Future { seconds: i64 },
}

impl Refusal {
    /// The word for it in metrics, logs and explanations.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Missing { .. } => "missing",
            Self::Repeated { .. } => "repeated",
            Self::Malformed { .. } => "malformed",
            Self::TooMany { .. } => "too_many",
            Self::Wrong => "wrong",
            Self::Stale { .. } => "stale",
            Self::Future { .. } => "future",
        }
    }
}
