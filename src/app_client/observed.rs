//! Counts the calls of apps, and tells the collector of them.

use std::time::Instant;

use http::{HeaderName, HeaderValue, Method};

use super::{Answer, Error};
use crate::{
    control_plane::{Caller, Observer},
    metrics::Metrics,
    trace::{Context, Span},
};

/// A call that is being made.
pub(super) struct Observed {
    metrics: Metrics,
    /// The trace that the app is told of.
    context: Option<Context>,
    span: Option<Span>,
    began: Instant,
}

impl Observed {
    /// A call begins. Where it is told of, it is what the app sees as the parent of its
    /// own part.
    pub(super) fn begin(observer: &Observer, caller: &Caller, method: &Method) -> Self {
        let trace = caller.trace();
        let mut span = trace.and_then(|trace| observer.tracer.client(trace));
        if let Some(span) = &mut span {
            // The configuration names the methods.
            span.name(|| method.to_string().into());
            span.set("http.request.method", || method.to_string());
        }
        let own = span.as_ref().map(Span::context);
        Self {
            metrics: observer.metrics.clone(),
            context: own.or(trace).cloned(),
            span,
            began: Instant::now(),
        }
    }

    /// The headers by which the app is told of the trace.
    pub(super) fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        self.context.iter().flat_map(Context::headers)
    }

    /// The call has ended.
    pub(super) fn ended(mut self, answered: Result<&Answer, &Error>) {
        let status = answered.ok().map(|answer| answer.status);
        let error = answered.err().map(Error::word);
        self.metrics.app_called(status, error, self.began.elapsed());
        let Some(mut span) = self.span.take() else {
            return;
        };
        if let Some(status) = status {
            span.set("http.response.status_code", || status.as_u16());
        }
        match (error, status) {
            (Some(error), _) => span.fail(error),
            (None, Some(status)) if status.is_client_error() || status.is_server_error() => {
                span.fail(status.as_str().to_owned());
            }
            (None, _) => {}
        }
    }
}
