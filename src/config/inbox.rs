//! Section `inbox`.

use std::{path::PathBuf, time::Duration};

use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::{
    duration,
    report::Report,
    secret::{self, Secret},
};

/// The inbox of accepted deliveries.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Inbox")]
pub(super) struct Section {
    /// A file for the inbox of one server. Its directory has to be on a volume.
    path: Option<String>,
    /// The database for the inbox of several servers: `postgres://user@host/database`.
    #[schemars(with = "Option<String>", extend("format" = "password"))]
    postgres_url: Option<Secret>,
    /// A file that holds it, instead.
    postgres_url_file: Option<String>,
    /// How much the inbox may hold in bytes; when it is full, deliveries are refused.
    max_bytes: usize,
    /// The largest body in bytes that is kept, to be looked at.
    max_payload_bytes: usize,
    /// How long a delivery is remembered, so that it is known when it comes again.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    remember: Duration,
    /// How long the inputs of what has been launched are kept to be replayed, and its
    /// bodies to be looked at.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    keep_payloads: Duration,
    /// How long dead letters are kept.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    keep_dead: Duration,
    /// How many deliveries are launched at once.
    concurrency: usize,
    /// After so many attempts a delivery is a dead letter.
    attempts: usize,
    backoff: InboxBackoff,
    /// After this time without a sign of life, another server takes a delivery over.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    lease: Duration,
}

/// The pauses between attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct InboxBackoff {
    /// The longest pause after the first attempt; it doubles with each.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub first: Duration,
    /// The longest pause of all.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    pub most: Duration,
}

/// The inbox of accepted deliveries.
#[derive(Debug, Clone, PartialEq)]
pub struct Inbox {
    /// Where it is.
    pub store: InboxStore,
    /// How much it may hold.
    pub max_bytes: u64,
    /// The largest body that is kept.
    pub max_payload_bytes: usize,
    /// How long a delivery is known when it comes again.
    pub remember: Duration,
    /// How long bodies and inputs are kept after the launch.
    pub keep_payloads: Duration,
    /// How long dead letters are kept.
    pub keep_dead: Duration,
    /// How many deliveries are launched at once.
    pub concurrency: usize,
    /// How often one is tried.
    pub attempts: u32,
    /// The pauses between attempts.
    pub backoff: InboxBackoff,
    /// How long a delivery is its worker's.
    pub lease: Duration,
}

/// Where an inbox is.
#[derive(Debug, Clone)]
pub enum InboxStore {
    /// In a SQLite file.
    File(PathBuf),
    /// In PostgreSQL.
    Postgres(SecretString),
}

impl PartialEq for InboxStore {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::File(file), Self::File(other)) => file == other,
            (Self::Postgres(url), Self::Postgres(other)) => secret::is_same(url, other),
            (Self::File(_), Self::Postgres(_)) | (Self::Postgres(_), Self::File(_)) => false,
        }
    }
}

impl Section {
    /// Without a value there is no inbox, or the report says why.
    pub(super) fn resolve(self, report: &mut Report<'_>) -> Option<Inbox> {
        self.check(report);
        let store = match (
            self.path,
            self.postgres_url.is_some() || self.postgres_url_file.is_some(),
        ) {
            (None, false) => return None,
            (Some(_), true) => {
                let advice = "contradicts the database for it; remove one of the two";
                report.invalid("inbox.path", advice);
                return None;
            }
            (Some(path), false) => InboxStore::File(report.keep("inbox.path", file(&path))?),
            (None, true) => {
                let url = self.postgres_url.map(|Secret(url)| url);
                let file = self.postgres_url_file.as_deref();
                let url = secret::read(report, "inbox", "postgres_url", url, file)?;
                InboxStore::Postgres(report.keep("inbox.postgres_url", database(url))?)
            }
        };
        Some(Inbox {
            store,
            max_bytes: self.max_bytes as u64,
            max_payload_bytes: self.max_payload_bytes,
            remember: self.remember,
            keep_payloads: self.keep_payloads,
            keep_dead: self.keep_dead,
            concurrency: self.concurrency,
            attempts: u32::try_from(self.attempts).unwrap_or(u32::MAX),
            backoff: self.backoff,
            lease: self.lease,
        })
    }

    fn check(&self, report: &mut Report<'_>) {
        const MIB: usize = 1 << 20;
        let (least, most) = (MIB, MIB << 20);
        report.within("inbox.max_bytes", self.max_bytes, least, most);
        let payload = self.max_payload_bytes;
        report.within("inbox.max_payload_bytes", payload, 0, 1 << 30);
        let (week, years) = (Duration::from_hours(7 * 24), Duration::from_hours(87_600));
        report.within("inbox.remember", self.remember, week, years);
        report.within(
            "inbox.keep_payloads",
            self.keep_payloads,
            Duration::ZERO,
            years,
        );
        report.within("inbox.keep_dead", self.keep_dead, Duration::ZERO, years);
        report.within("inbox.concurrency", self.concurrency, 1, 1_000);
        report.within("inbox.attempts", self.attempts, 1, 10_000);
        let (least, day) = (Duration::from_millis(1), Duration::from_hours(24));
        report.within("inbox.backoff.first", self.backoff.first, least, day);
        let first = self.backoff.first.clamp(least, day);
        report.within("inbox.backoff.most", self.backoff.most, first, day);
        let (least, most) = (Duration::from_secs(3), Duration::from_hours(1));
        report.within("inbox.lease", self.lease, least, most);
    }
}

fn file(path: &str) -> Result<PathBuf, &'static str> {
    if path.is_empty() || path.ends_with('/') {
        return Err("is no file; write the path of one, such as /var/lib/flyte-webhook/inbox.db");
    }
    Ok(PathBuf::from(path))
}

fn database(url: SecretString) -> Result<SecretString, &'static str> {
    let advice = "is no URL of a PostgreSQL database; write postgres://user@host/database";
    let parsed = Url::parse(url.expose_secret()).map_err(|_no_url| advice)?;
    let named = parsed.path().len() > 1;
    if !matches!(parsed.scheme(), "postgres" | "postgresql") || !named {
        return Err(advice);
    }
    Ok(url)
}
