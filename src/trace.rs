//! Traces: where a request comes from, and what is told of it to a collector.
//!
//! A [`Context`] says to which trace something belongs; every request has one,
//! its caller's or a new one, whether anything is exported or not. A [`Span`]
//! is what is told of it. Spans are made one by one, from words and numbers of
//! this program, and not from the log's: what libraries log of a request, nobody
//! has looked through for what is secret. [`Tracer`] is a cheap handle on the
//! [`Exporter`], the task that sends spans. It has a bounded queue, so that a
//! collector that is slow costs spans, and no request any time.

mod context;
mod export;
mod otlp;
mod span;

use jiff::Timestamp;
use tokio::sync::mpsc;

use self::span::{Finished, Record};
pub use self::{
    context::{Context, SpanId, TRACEPARENT, TRACESTATE, TraceId},
    export::{Exporter, SetupError},
    span::{Kind, Span},
};
use crate::{config, metrics::Metrics};

/// How many spans wait to be sent at most; some hundred bytes each.
const QUEUE: usize = 4096;

/// Makes spans; cheap to clone.
#[derive(Clone)]
pub struct Tracer {
    /// Where finished spans go, if they go anywhere.
    queue: Option<mpsc::Sender<Finished>>,
    /// Which part of the traces that begin here is sent.
    ratio: f64,
    metrics: Metrics,
    now: fn() -> Timestamp,
}

impl Tracer {
    /// The handle, and the task that has to run for it where there is a collector.
    ///
    /// # Errors
    ///
    /// Where the client of the collector cannot be set up.
    pub fn new(
        options: &config::Traces,
        metrics: &Metrics,
        now: fn() -> Timestamp,
    ) -> Result<(Self, Option<Exporter>), SetupError> {
        let (queue, exporter) = match &options.collector {
            Some(collector) => {
                let (queue, spans) = mpsc::channel(QUEUE);
                let exporter = Exporter::new(collector, spans, metrics.clone())?;
                (Some(queue), Some(exporter))
            }
            None => (None, None),
        };
        let tracer = Self {
            queue,
            ratio: options.sample_ratio,
            metrics: metrics.clone(),
            now,
        };
        Ok((tracer, exporter))
    }

    /// Makes contexts, and tells nobody.
    pub fn off(metrics: &Metrics) -> Self {
        Self {
            queue: None,
            ratio: 0.0,
            metrics: metrics.clone(),
            now: Timestamp::now,
        }
    }

    /// Whether anybody is told of anything.
    pub fn is_on(&self) -> bool {
        self.queue.is_some()
    }

    /// What a request is to this server: part of its caller's trace, or of a new one.
    pub fn server(&self, caller: Option<Context>) -> Span {
        let parent = caller.as_ref().map(Context::span_id);
        let context = caller.map_or_else(|| self.begin(), |caller| caller.child());
        self.span(context, parent, Kind::Server)
    }

    fn begin(&self) -> Context {
        let trace = TraceId::random();
        let is_sampled = self.is_on() && trace.is_within(self.ratio);
        Context::new(trace, is_sampled)
    }

    /// Something that is done later for a request that has been answered: part of its
    /// trace, or of a new one where that is not known.
    pub fn consumer(&self, producer: Option<Context>) -> Span {
        let parent = producer.as_ref().map(Context::span_id);
        let context = producer.map_or_else(|| self.begin(), |producer| producer.child());
        self.span(context, parent, Kind::Consumer)
    }

    /// Something that is asked of another server on behalf of a request; none where
    /// nobody is told of it.
    pub fn client(&self, of: &Context) -> Option<Span> {
        let is_told = self.is_on() && of.is_sampled();
        is_told.then(|| self.span(of.child(), Some(of.span_id()), Kind::Client))
    }

    fn span(&self, context: Context, parent: Option<SpanId>, kind: Kind) -> Span {
        let queue = self.queue.clone().filter(|_| context.is_sampled());
        let record = queue.map(|queue| Record::new(queue, self.metrics.clone(), (self.now)()));
        Span::new(context, parent, kind, record)
    }
}
