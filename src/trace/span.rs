//! What is told of a request, or of a call that is made for it.

use std::{
    borrow::Cow,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use tokio::sync::mpsc;

use super::{Context, SpanId};
use crate::metrics::Metrics;

/// What a span is to whom it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// It was asked.
    Server,
    /// It asked.
    Client,
    /// It took up what was stored.
    Consumer,
}

/// A fact about a span.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A word.
    Text(Cow<'static, str>),
    /// A number.
    Number(i64),
}

impl From<Cow<'static, str>> for Value {
    fn from(text: Cow<'static, str>) -> Self {
        Self::Text(text)
    }
}

impl From<&'static str> for Value {
    fn from(text: &'static str) -> Self {
        Self::Text(text.into())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<u16> for Value {
    fn from(number: u16) -> Self {
        Self::Number(number.into())
    }
}

/// Something that goes on; it has ended when it is dropped.
#[must_use]
pub struct Span {
    context: Context,
    parent: Option<SpanId>,
    kind: Kind,
    /// Only of what is sent to a collector.
    record: Option<Record>,
}

/// What is noted of a span, and where it goes.
pub(super) struct Record {
    queue: mpsc::Sender<Finished>,
    metrics: Metrics,
    began: Timestamp,
    clock: Instant,
    name: Cow<'static, str>,
    attributes: Vec<(&'static str, Value)>,
    is_failure: bool,
}

/// A span that has ended.
pub(super) struct Finished {
    pub(super) context: Context,
    pub(super) parent: Option<SpanId>,
    pub(super) kind: Kind,
    pub(super) name: Cow<'static, str>,
    pub(super) began: Timestamp,
    pub(super) took: Duration,
    pub(super) attributes: Vec<(&'static str, Value)>,
    pub(super) is_failure: bool,
}

impl Record {
    pub(super) fn new(queue: mpsc::Sender<Finished>, metrics: Metrics, began: Timestamp) -> Self {
        Self {
            queue,
            metrics,
            began,
            clock: Instant::now(),
            name: Cow::Borrowed(""),
            attributes: Vec::with_capacity(8),
            is_failure: false,
        }
    }
}

impl Span {
    pub(super) fn new(
        context: Context,
        parent: Option<SpanId>,
        kind: Kind,
        record: Option<Record>,
    ) -> Self {
        Self {
            context,
            parent,
            kind,
            record,
        }
    }

    /// Where it is.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Calls it something: a route or a method of the control plane, and nothing
    /// that a caller chose.
    pub fn name(&mut self, name: impl FnOnce() -> Cow<'static, str>) {
        if let Some(record) = &mut self.record {
            record.name = name();
        }
    }

    /// Notes a fact by its name in OpenTelemetry's semantic conventions. Never
    /// what could be a credential.
    pub fn set<V: Into<Value>>(&mut self, key: &'static str, value: impl FnOnce() -> V) {
        if let Some(record) = &mut self.record {
            record.attributes.push((key, value().into()));
        }
    }

    /// It went wrong.
    pub fn fail(&mut self, why: impl Into<Cow<'static, str>>) {
        if let Some(record) = &mut self.record {
            record.is_failure = true;
            record
                .attributes
                .push(("error.type", Value::Text(why.into())));
        }
    }
}

impl Drop for Span {
    fn drop(&mut self) {
        let Some(record) = self.record.take() else {
            return;
        };
        let finished = Finished {
            context: self.context.clone(),
            parent: self.parent,
            kind: self.kind,
            name: record.name,
            began: record.began,
            took: record.clock.elapsed(),
            attributes: record.attributes,
            is_failure: record.is_failure,
        };
        // Full, or nobody sends any more.
        if record.queue.try_send(finished).is_err() {
            record.metrics.spans("dropped", 1);
        }
    }
}
