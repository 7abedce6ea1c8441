//! Counts the calls of the control plane, and tells the collector of them.

use std::{
    mem,
    time::{Duration, Instant},
};

use http::{Request, StatusCode};

use crate::{
    metrics::Metrics,
    trace::{Context, Span, Tracer},
};

/// Sees all calls.
#[derive(Clone)]
pub struct Observer {
    /// Where they are counted.
    pub metrics: Metrics,
    /// Where it is told of them.
    pub tracer: Tracer,
}

/// A call that is being made. Where it is dropped its caller has gone away, or its
/// time was over.
pub(super) struct Asked {
    metrics: Metrics,
    method: String,
    span: Option<Span>,
    began: Instant,
    /// When it has taken about as long as it may.
    ends: Option<Instant>,
    has_ended: bool,
}

impl Observer {
    /// A call begins, which may take so long. Where it is told of, it is what the
    /// control plane sees as the parent of its own part.
    pub(super) fn begin<B>(&self, request: &mut Request<B>, time: Option<Duration>) -> Asked {
        let method = method(request.uri().path()).to_owned();
        // Read again only where anybody is told of it.
        let context = (self.tracer.is_on()).then(|| Context::from_headers(request.headers()));
        let mut span = context
            .flatten()
            .and_then(|context| self.tracer.client(&context));
        if let Some(span) = &mut span {
            describe(span, &method, request);
            // In place of the request's own: to extend would be to add.
            for (name, value) in span.context().headers() {
                request.headers_mut().insert(name, value);
            }
        }
        let began = Instant::now();
        Asked {
            metrics: self.metrics.clone(),
            method,
            span,
            began,
            // Not all of it, since whoever ends the call counts from a moment before.
            ends: time.map(|time| began + time.mul_f64(0.9)),
            has_ended: false,
        }
    }
}

fn describe<B>(span: &mut Span, method: &str, request: &Request<B>) {
    let uri = request.uri();
    let (service, name) = method.rsplit_once('/').unwrap_or(("", method));
    span.name(|| method.to_owned().into());
    span.set("rpc.system", || "connect_rpc");
    span.set("rpc.service", || service.to_owned());
    span.set("rpc.method", || name.to_owned());
    span.set("server.address", || {
        uri.host().unwrap_or_default().to_owned()
    });
    if let Some(port) = uri.port_u16() {
        span.set("server.port", || port);
    }
}

impl Asked {
    /// The call has ended: with a status, and with an error where it has no answer.
    pub(super) fn ended(mut self, status: Option<StatusCode>, error: Option<&'static str>) {
        self.note(status, error);
    }

    fn note(&mut self, status: Option<StatusCode>, error: Option<&'static str>) {
        self.has_ended = true;
        let took = self.began.elapsed();
        let method = mem::take(&mut self.method);
        self.metrics
            .control_plane_asked(method, status, error, took);
        let Some(mut span) = self.span.take() else {
            return;
        };
        if let Some(status) = status {
            span.set("http.response.status_code", || status.as_u16());
        }
        match (error, status) {
            (Some(error), _) => span.fail(error),
            (None, Some(status)) if !status.is_success() => {
                span.fail(status.as_str().to_owned());
            }
            (None, _) => {}
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        if !self.has_ended {
            let is_late = self.ends.is_some_and(|ends| Instant::now() >= ends);
            self.note(None, Some(if is_late { "timeout" } else { "cancelled" }));
        }
    }
}

/// `package.Service/Method`: the last two parts of a path.
fn method(path: &str) -> &str {
    let service = path
        .rfind('/')
        .and_then(|last| path.get(..last)?.rfind('/'));
    let start = service.map_or(0, |slash| slash + 1);
    path.get(start..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_method_is_the_end_of_a_path() {
        let cases = [
            (
                "/flyteidl2.task.TaskService/Get",
                "flyteidl2.task.TaskService/Get",
            ),
            ("/prefix/a.B/C", "a.B/C"),
            ("a.B/C", "a.B/C"),
            ("/", "/"),
            ("", ""),
        ];
        for (path, expected) in cases {
            assert_eq!(method(path), expected, "{path:?}");
        }
    }
}
