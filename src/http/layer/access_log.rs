//! One line a request: what was asked, by whom, what came of it and, where it
//! failed, why, where, and whether it may be sent again.

use std::{borrow::Cow, sync::Arc, time::Instant};

use axum::{
    extract::{ConnectInfo, State},
    response::Response,
};
use flyte_webhook_core::endpoint::Endpoint;

use super::{
    chain::{Next, Request},
    measure::route,
};
use crate::{
    audit::{Facts, Resource, Trail},
    causes::causes,
    http::{Problem, limits::Proxies},
    metrics::{Route, method_word},
};

/// Writes a line with all fields at the level that fits.
macro_rules! line {
    ($level:ident, $entry:expr, $response:expr, $($message:tt)+) => { if tracing::enabled!(tracing::Level::$level) {
        let Entry {
            method,
            trail,
            started,
            ..
        } = $entry;
        let Facts {
            client,
            who,
            resource,
            run,
            upstream,
            delivery,
            ..
        } = trail.facts();
        let (_, problem) = parts($response);
        let answer = problem.map(|problem| problem.answer());
        tracing::event!(
            tracing::Level::$level,
            http.request.method = *method,
            http.route = $response.and_then(route).map(|Route(template)| template),
            http.response.status_code = $response.map(|response| response.status().as_u16()),
            duration_ms = started.elapsed().as_secs_f64() * 1e3,
            client.address = client.map(tracing::field::display),
            caller.kind = who.kind(),
            caller.id = who.key_id(),
            caller.hash = who.hash(),
            resource.kind = resource.as_ref().map(Resource::kind),
            resource.id = resource.as_ref().map(tracing::field::display),
            run.name = run.as_ref().map(tracing::field::display),
            hook.outcome = delivery.as_ref().map(|delivery| delivery.outcome),
            hook.reason = delivery.as_ref().map(|delivery| delivery.reason.as_str()),
            error.code = answer.as_ref().map(|answer| answer.code),
            error.source = answer.as_ref().map(|answer| answer.source.as_str()),
            error.retryable = answer.as_ref().map(|answer| answer.retryable),
            error.message = problem.and_then(cause),
            upstream.address = upstream.as_deref().filter(|_| answer.is_some()),
            $($message)+
        );
    }};
}

/// Logs what was asked and what came of it, in lines that name the request and its
/// trace as all lines of a request do: never a path, a query, a header or
/// a body, which may hold what is secret.
pub async fn access_log(
    State(proxies): State<Arc<Proxies>>,
    mut request: Request,
    next: Next,
) -> Response {
    let entry = Entry::of(&mut request, &proxies);
    let response = next.run(request).await;
    entry.answered(&response);
    response
}

/// The line of a request, which is written also where its client goes away.
struct Entry {
    method: &'static str,
    trail: Trail,
    started: Instant,
    is_written: bool,
}

impl Entry {
    fn of(request: &mut Request, proxies: &Proxies) -> Self {
        let started = Instant::now();
        let peer = request.extensions().get::<ConnectInfo<_>>();
        let client = peer.map(|ConnectInfo(peer): &ConnectInfo<std::net::SocketAddr>| {
            proxies.client(peer.ip(), request.headers())
        });
        let trail = Trail::from(client);
        request.extensions_mut().insert(trail.clone());
        Self {
            method: method_word(request.method()),
            trail,
            started,
            is_written: false,
        }
    }

    fn answered(mut self, response: &Response) {
        self.is_written = true;
        let (endpoint, problem) = parts(Some(response));
        let (method, status) = (self.method, response.status().as_u16());
        let action = self.action(endpoint);
        let response = Some(response);
        match problem {
            Some(problem) if problem.is_for_operator() => {
                line!(WARN, &self, response, "{method} {action} answered {status}");
            }
            Some(_) | None => {
                line!(INFO, &self, response, "{method} {action} answered {status}");
            }
        }
    }

    /// What was asked: an endpoint, or what whoever answered took it for.
    fn action(&self, endpoint: Option<Endpoint>) -> Cow<'static, str> {
        let named = endpoint.map(|endpoint| endpoint.name().into());
        let action = named.or_else(|| self.trail.action());
        action.unwrap_or("(no endpoint)".into())
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        if !self.is_written {
            let action = self.action(None);
            let method = self.method;
            line!(
                INFO,
                &*self,
                None::<&Response>,
                "{method} {action} was given up by the client"
            );
        }
    }
}

/// What of an answer the line is about.
fn parts(response: Option<&Response>) -> (Option<Endpoint>, Option<&Problem>) {
    let Some(response) = response else {
        return (None, None);
    };
    let problem = response.extensions().get::<Arc<Problem>>();
    let endpoint = response.extensions().get::<Endpoint>();
    (endpoint.copied(), problem.map(|problem| &**problem))
}

/// The error with all that caused it, in words for the log.
fn cause(problem: &Problem) -> Option<String> {
    problem.has_cause().then(|| causes(problem))
}
