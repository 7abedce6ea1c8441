//! What is put into the inbox, and what is answered.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::record::LaunchRecord;
use crate::trace;

/// The number of a delivery in the inbox, given once.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct DeliveryId(pub i64);

/// By what a delivery is known when it comes again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Memory {
    /// By nothing: it may come again, as one whose launch failed while the provider waited.
    Nothing = 0,
    /// By the provider's id of it, where the signature covers the id and a time.
    Id = 1,
    /// By that, and by its body: where the signature covers the body alone, whoever has one
    /// delivery could send it again under another id.
    IdAndBody = 2,
}

/// A verified delivery.
pub struct Delivery {
    /// The hook that it came to.
    pub hook: String,
    /// The provider's id of it.
    pub delivery_id: String,
    /// The SHA-256 of its body.
    pub body_hash: [u8; 32],
    /// By what it is known when it comes again.
    pub memory: Memory,
    /// When it came, by the wall clock.
    pub received_at: Timestamp,
    /// What people are shown of it, as JSON; no secret and not the body.
    pub event: String,
    /// The code of why it starts nothing, where it does not.
    pub reason: Option<String>,
    /// The trace that it came in, which what it starts goes on with.
    pub trace: Option<trace::Context>,
    /// Its body as it came, to be looked at: what it starts is in the launches. One above
    /// `inbox.max_payload_bytes` is not kept.
    pub payload: Option<Vec<u8>>,
    /// What it starts.
    pub launches: Vec<NewLaunch>,
}

/// A run that a delivery starts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewLaunch {
    /// The task: `domain/project/name`.
    pub task: String,
    /// Its version; the latest if none.
    pub version: Option<String>,
    /// The inputs as a JSON object.
    pub inputs: String,
    /// One run for each key.
    pub key: String,
    /// The labels of the run.
    pub labels: BTreeMap<String, String>,
    /// The run, where it has been launched already.
    pub run: Option<String>,
}

/// What came of accepting a delivery.
#[derive(Debug, Clone, PartialEq)]
pub enum Accepted {
    /// It is committed.
    Stored(DeliveryId),
    /// It was here before.
    Duplicate(First),
}

/// The delivery that was here first.
#[derive(Debug, Clone, PartialEq)]
pub struct First {
    /// Its number.
    pub id: DeliveryId,
    /// Whether it had the same body, too.
    pub same_body: bool,
    /// When it came.
    pub received_at: Timestamp,
    /// Why it starts nothing, where it does not.
    pub reason: Option<String>,
    /// What has come of it so far.
    pub launches: Vec<LaunchRecord>,
}

/// The trace as it is stored.
pub(super) fn trace(delivery: &Delivery) -> Option<String> {
    delivery.trace.as_ref().map(trace::Context::to_text)
}

/// The labels as they are stored.
pub(super) fn labels(launch: &NewLaunch) -> String {
    serde_json::to_string(&launch.labels).expect("a map of texts is JSON")
}
