//! A hook, checked.

use std::{fmt, sync::Arc, time::Duration};

use flyte_webhook_core::hook::{rule::Rule, scheme::Verifier, source::Reader};
use http::StatusCode;
use secrecy::SecretString;

use crate::config::rate::Rate;

/// A hook. It is `Debug` without its secrets.
#[derive(Clone)]
pub struct Hook {
    /// Its name.
    pub name: Arc<str>,
    /// Who sends, and how that is read.
    pub reader: Reader,
    /// Who is believed.
    pub verifier: Arc<Verifier>,
    /// How many secrets there are.
    pub secrets: usize,
    /// The first secret, to sign test deliveries with.
    pub signing_secret: SecretString,
    /// On whose behalf runs are started: a bearer token, or an API key to exchange.
    pub identity: SecretString,
    /// The scopes that are taken; all of them without.
    pub scopes: Option<Vec<String>>,
    /// What is started by what.
    pub rules: Vec<Rule>,
    /// When a delivery is acknowledged.
    pub ack: Ack,
    /// Another path.
    pub path: Option<String>,
    /// The status for a delivery that is not believed.
    pub reject_status: StatusCode,
    /// The largest body.
    pub max_body_bytes: usize,
    /// How long to wait for a run to be started.
    pub answer_within: Duration,
    /// How many deliveries are taken.
    pub rate: Option<Rate>,
}

/// When a delivery is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// When its run is there and has left the queue.
    Launched,
    /// When it is in the inbox.
    Stored,
}

impl Ack {
    /// The word for it in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Launched => "launched",
            Self::Stored => "stored",
        }
    }
}

impl Hook {
    /// The path that every hook has.
    pub fn own_path(&self) -> String {
        format!("/webhook/{}", self.name)
    }

    /// All its paths.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.own_path()).chain(self.path.clone())
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook")
            .field("name", &self.name)
            .field("source", &self.reader.source)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
}
