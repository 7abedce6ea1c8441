//! Section `audit`.

use std::{path::PathBuf, time::Duration};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    duration,
    rate::{self, Rate},
    report::Report,
};

/// Who did what: a record of each request, in a log of its own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Audit")]
pub(super) struct Section {
    /// A file, `stdout` or `stderr`; without it there is no audit log.
    file: Option<String>,
    /// What happens while no record can be written: `refuse` answers 503 to requests that may
    /// change something, `continue` counts the records that are lost.
    on_failure: OnFailure,
    /// Within what time the disk has a record; `0s`: before the next is written.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    sync_interval: Duration,
    /// How often the head of the log is told in the server's own log.
    #[serde(deserialize_with = "duration::deserialize")]
    #[schemars(with = "String", regex(pattern = duration::PATTERN))]
    head_interval: Duration,
    /// How many failed requests of callers whom this server has not verified are recorded; more
    /// are counted, and their number is recorded.
    #[schemars(with = "String", regex(pattern = rate::PATTERN))]
    max_failures: Rate,
}

/// Who did what: a record of each request, in a log of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Where it is kept, if it is.
    pub log: Option<AuditLog>,
    /// What happens while no record can be written.
    pub on_failure: OnFailure,
    /// Within what time the disk has a record.
    pub sync_interval: Duration,
    /// How often the head is told.
    pub head_interval: Duration,
    /// How many failures of callers who are not verified are recorded.
    pub max_failures: Rate,
}

/// Where the audit log is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditLog {
    /// In a file.
    File(PathBuf),
    /// On standard output, which has nothing else in `serve`.
    Stdout,
    /// On standard error, between the lines of the log.
    Stderr,
}

/// What happens while no record can be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum OnFailure {
    /// What may change something is answered 503.
    Refuse,
    /// Records are lost, and counted.
    Continue,
}

impl Section {
    pub(super) fn resolve(self, report: &mut Report<'_>) -> Audit {
        let (second, hour) = (Duration::from_secs(1), Duration::from_hours(1));
        report.within(
            "audit.sync_interval",
            self.sync_interval,
            Duration::ZERO,
            hour,
        );
        let day = Duration::from_hours(24);
        report.within("audit.head_interval", self.head_interval, second, day);
        if self
            .file
            .as_deref()
            .is_some_and(|file| file.trim().is_empty())
        {
            let advice = "is empty; write a path, stdout or stderr, or null for no audit log";
            report.invalid("audit.file", advice);
        }
        Audit {
            log: self.file.map(|file| match file.as_str() {
                "stdout" => AuditLog::Stdout,
                "stderr" => AuditLog::Stderr,
                path => AuditLog::File(path.into()),
            }),
            on_failure: self.on_failure,
            sync_interval: self.sync_interval,
            head_interval: self.head_interval,
            max_failures: self.max_failures,
        }
    }
}
