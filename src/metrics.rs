//! What the server counts, for Prometheus.
//!
//! [`Metrics`] is a cheap handle on one registry, made once a process and passed
//! by parameter: it outlives every reload, and tests run many servers in one
//! process. Each thing that is counted has a method, whose parameters are what
//! may become a label: words of this program, templates of routes, statuses. So
//! nothing that a client sends can name a series.

mod configuration;
mod connector;
mod family;
mod handles;
mod held;
mod hooks;
mod inbox;
mod process;
mod requests;
mod upstream;

use std::{sync::Arc, time::Duration};

use http::StatusCode;
use jiff::Timestamp;
use metrics::{Counter, Gauge, Histogram, Key, Label, Level, Metadata, Recorder, SharedString};
use metrics_exporter_prometheus::{
    Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder,
};
use tokio::time::interval;
use tokio_util::sync::CancellationToken;

use self::{
    family::{ACTIVE_REQUESTS, Family, Kind},
    handles::Handles,
};
pub use self::{
    held::Held,
    requests::{Route, method_word},
};

/// How often what was measured is put into the buckets of its histogram. Until
/// then every value is kept by itself, so that this bounds the memory it takes.
const UPKEEP: Duration = Duration::from_secs(1);

/// What the recorder is told of where a value comes from, and does not use.
const METADATA: Metadata<'static> = Metadata::new("flyte_webhook", Level::INFO, None);

/// A handle on all that is counted.
#[derive(Clone)]
pub struct Metrics(Arc<Registry>);

struct Registry {
    recorder: PrometheusRecorder,
    handle: PrometheusHandle,
    started: Timestamp,
    active_requests: Gauge,
    /// By method, route and status.
    requests: Handles<(&'static str, &'static str, StatusCode)>,
    /// By method, status, and what went wrong.
    calls: Handles<(String, Option<StatusCode>, Option<&'static str>)>,
}

impl Metrics {
    /// Counts from nothing, for a process that started then.
    pub fn new(started: Timestamp) -> Self {
        let buckets = |builder: PrometheusBuilder, family: &Family| match family.kind {
            Kind::Histogram(buckets) => builder
                .set_buckets_for_metric(Matcher::Full(family.name.to_owned()), buckets)
                .expect("a histogram has buckets"),
            Kind::Counter | Kind::Gauge => builder,
        };
        let builder = family::ALL
            .into_iter()
            .fold(PrometheusBuilder::new(), buckets);
        let recorder = builder.build_recorder();
        for family in family::ALL {
            family.describe(&recorder);
        }
        let metrics = Self(Arc::new(Registry {
            handle: recorder.handle(),
            active_requests: recorder.register_gauge(&ACTIVE_REQUESTS.key([]), &METADATA),
            recorder,
            started,
            requests: Handles::default(),
            calls: Handles::default(),
        }));
        metrics.begin();
        metrics
    }

    /// What has no labels, or few, is there from the beginning: a series that
    /// appears with its first event hides that event from `rate` and `increase`.
    fn begin(&self) {
        self.begin_configuration();
        self.begin_http();
        self.begin_upstream();
        self.begin_connector();
        self.begin_inbox();
    }

    /// All of it, in Prometheus' text format.
    pub fn render(&self) -> String {
        let mut text = self.0.handle.render();
        process::write(&mut text, self.0.started);
        text
    }

    /// Keeps the memory of what was measured bounded, until told to stop.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut ticks = interval(UPKEEP);
        loop {
            tokio::select! {
                () = shutdown.cancelled() => return,
                _ = ticks.tick() => self.0.handle.run_upkeep(),
            }
        }
    }

    fn counter<const N: usize>(&self, family: &Family, labels: [Word; N]) -> Counter {
        let key = family.key(labels);
        self.0.recorder.register_counter(&key, &METADATA)
    }

    fn gauge<const N: usize>(&self, family: &Family, labels: [Word; N]) -> Gauge {
        let key = family.key(labels);
        self.0.recorder.register_gauge(&key, &METADATA)
    }

    fn histogram<const N: usize>(&self, family: &Family, labels: [Word; N]) -> Histogram {
        let key = family.key(labels);
        self.0.recorder.register_histogram(&key, &METADATA)
    }
}

/// The value of a label.
type Word = SharedString;

impl Family {
    fn key<const N: usize>(&self, values: [Word; N]) -> Key {
        let labels = self.labels.iter().zip(values);
        let labels: Vec<Label> = labels
            .map(|(name, value)| Label::new(*name, value))
            .collect();
        Key::from_parts(self.name, labels)
    }

    fn describe(&self, recorder: &PrometheusRecorder) {
        let (name, help) = (self.name.into(), self.help.into());
        match self.kind {
            Kind::Counter => recorder.describe_counter(name, None, help),
            Kind::Gauge => recorder.describe_gauge(name, None, help),
            Kind::Histogram(_) => recorder.describe_histogram(name, None, help),
        }
    }
}

#[cfg(test)]
mod tests;
