//! A task, from its templates to its outcome.

use std::time::Duration;

use flyte_webhook_core::json::Value;
use http::{Method, StatusCode, header::LOCATION};
use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout, timeout_at},
};

use super::{
    Connector, Shared,
    error::Error,
    headers::forget_credentials,
    outcome::Outcome,
    request::Request,
    response::{Answer, text_of},
    retry,
    scrub::Scrubber,
    task::{Rendered, Task},
};
use crate::{audit::Trail, causes::causes, egress::connection};

/// A task whose request is about to be made.
pub(super) struct Prepared {
    task: Rendered,
    request: Request,
    trail: Trail,
}

impl Prepared {
    /// About how much memory this takes, beside the task as it came.
    pub(super) fn size(&self) -> usize {
        // The body is there as text and as what it was written from.
        2 * self.request.body.len() + self.task.shown_size()
    }

    /// Whether the request may be made again, whatever came of it.
    pub(super) fn is_repeatable(&self, shared: &Shared) -> bool {
        self.request.is_repeatable(shared)
    }
}

impl Connector {
    /// Puts everything in its place; what cannot be sent is an outcome by itself.
    pub(super) fn prepare(&self, task: &Task, id: String) -> Result<Prepared, Box<Outcome>> {
        let shared = &self.0;
        let rendered = task.render(&shared.secrets, shared.options.max_message_bytes);
        let trail = &task.call.trail;
        let count = |error: &Error| {
            let metrics = &shared.metrics;
            metrics.webhook_called(None, error.word(), Duration::ZERO);
            note(error, trail);
        };
        let rendered = rendered.map_err(|error| {
            count(&error);
            Box::new(Outcome::failed(error.to_string()))
        })?;
        match Request::new(&rendered, id, shared) {
            Ok(request) => Ok(Prepared {
                task: rendered,
                request,
                trail: trail.clone(),
            }),
            Err(error) => {
                count(&error);
                Err(Box::new(failure(&error, &rendered)))
            }
        }
    }

    /// Makes the request, and makes it again where that is allowed and of use.
    pub(super) async fn perform(&self, prepared: Prepared) -> Outcome {
        let Prepared {
            task,
            request,
            trail,
        } = prepared;
        let shared = &self.0;
        let _active = shared.metrics.webhook_begins();
        let started = Instant::now();
        let ends = started + shared.options.timeout;
        let late = Err(Error::Timeout(shared.options.timeout));
        let attempt = timeout_at(ends, self.attempts(&task, &request, ends)).await;
        let attempt = attempt.unwrap_or(late);
        let outcome = match &attempt {
            Ok(answer) => judge(answer, &task),
            Err(error) => {
                note(error, &trail);
                failure(error, &task)
            }
        };
        let outcome = outcome.within(shared.options.max_message_bytes);
        let host = shared.hosts.known(&request.url);
        shared
            .metrics
            .webhook_called(host, word(&attempt), started.elapsed());
        // A host may have begun as a secret.
        let shown = request.url.host_str().map(str::to_owned);
        let shown = shown.map(|host| Scrubber::new(&task.secrets).clean(host));
        tracing::info!(
            webhook.host = shown,
            webhook.method = request.method.as_str(),
            http.status = attempt.as_ref().ok().map(|answer| answer.status.as_u16()),
            duration_ms = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX),
            "Called a webhook"
        );
        outcome
    }

    async fn attempts(
        &self,
        task: &Rendered,
        request: &Request,
        ends: Instant,
    ) -> Result<Answer, Error> {
        let shared = &self.0;
        let may_repeat = request.is_repeatable(shared);
        let retries = if may_repeat {
            shared.options.retries
        } else {
            0
        };
        let mut made = 0;
        loop {
            let attempt = self.attempt(task, request).await;
            if made as usize >= retries || !retry::is_reason(&attempt) {
                return attempt;
            }
            let now = (shared.now)();
            let pause = retry::pause(&attempt, shared.options.retry_pause, made, now);
            if pause >= ends.saturating_duration_since(Instant::now()) {
                return attempt;
            }
            sleep(pause).await;
            made += 1;
        }
    }

    /// One request, and those that its answer leads to.
    async fn attempt(&self, task: &Rendered, request: &Request) -> Result<Answer, Error> {
        let limit = self.0.options.redirects;
        let mut request = request.again();
        for _hop in 0..=limit {
            let answer = self.exchange(&request).await?;
            if limit == 0 || !leads_on(&answer) {
                return Ok(answer);
            }
            let from = request.url.clone();
            request.follow(&answer)?;
            request.check(task, &self.0)?;
            let secrets = &self.0.secrets;
            secrets.check_redirect(&task.secrets, &from, &request.url)?;
        }
        Err(Error::Redirects { limit })
    }

    async fn exchange(&self, request: &Request) -> Result<Answer, Error> {
        let shared = &self.0;
        let (patience, limit) = (request.timeout, shared.options.max_response_bytes);
        let url = &request.url;
        let connection =
            connection::connect(&shared.connector, &shared.guard, url, patience).await?;
        let sent = self.sendable(request);
        let (begins, beginning) = oneshot::channel();
        let exchange = connection.exchange(&request.url, sent, |response| {
            // Nobody waits for it any more where this comes too late.
            let _ = begins.send(());
            Answer::read(response, limit, patience)
        });
        tokio::pin!(exchange);
        tokio::select! {
            biased;
            answer = &mut exchange => return answer,
            begun = timeout(patience, beginning) => {
                begun.map_err(|_late| Error::Timeout(patience))?.ok();
            }
        }
        exchange.await
    }

    fn sendable(&self, request: &Request) -> http::Request<connection::RequestBody> {
        let body = connection::RequestBody::from(request.body.clone());
        let mut sent = http::Request::new(body);
        *sent.method_mut() = request.method.clone();
        let headers = sent.headers_mut();
        headers.clone_from(&request.headers);
        let now = (self.0.now)();
        let signers = &self.0.signers;
        signers.sign(&request.url, &request.id, now, &request.body, headers);
        sent
    }
}

/// Has the audit log say what refused a task.
fn note(error: &Error, trail: &Trail) {
    if let Some(rule) = error.denied_by() {
        trail.denied_by(rule);
    }
}

/// What the task's author learns of a request that came to nothing.
fn failure(error: &Error, task: &Rendered) -> Outcome {
    let scrubber = Scrubber::new(&task.secrets);
    tracing::info!(
        error.message = scrubber.clean(causes(error)),
        "A webhook could not be called"
    );
    Outcome::failed(scrubber.clean(error.to_string()))
}

impl Request {
    fn again(&self) -> Self {
        Self {
            method: self.method.clone(),
            url: self.url.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            timeout: self.timeout,
            id: self.id.clone(),
        }
    }

    /// Goes where an answer leads, by the rules that browsers and httpx share.
    fn follow(&mut self, answer: &Answer) -> Result<(), Error> {
        let location = text_of(&answer.headers, &LOCATION);
        let url = self.url.join(location).map_err(|_no_url| Error::NoUrl)?;
        if url.origin() != self.url.origin() {
            forget_credentials(&mut self.headers);
        }
        self.url = url;
        let becomes_get = match answer.status {
            StatusCode::SEE_OTHER => self.method != Method::HEAD,
            StatusCode::MOVED_PERMANENTLY | StatusCode::FOUND => self.method == Method::POST,
            _ => false,
        };
        if becomes_get {
            self.method = Method::GET;
            self.body = bytes::Bytes::new();
            self.headers.remove(http::header::CONTENT_TYPE);
            self.headers.remove(http::header::CONTENT_LENGTH);
        }
        Ok(())
    }
}

/// The outcome as metrics have it.
fn word(attempt: &Result<Answer, Error>) -> &'static str {
    match attempt {
        Ok(answer) if answer.status.is_success() => "succeeded",
        Ok(_) => "failed",
        Err(error) => error.word(),
    }
}

fn leads_on(answer: &Answer) -> bool {
    matches!(answer.status.as_u16(), 301 | 302 | 303 | 307 | 308)
        && answer.headers.contains_key(LOCATION)
}

/// A status of 200 to 299 is a success.
fn judge(answer: &Answer, task: &Rendered) -> Outcome {
    let scrubber = Scrubber::new(&task.secrets);
    let text = scrubber.clean(answer.text.clone());
    let status = answer.status.as_u16();
    if !answer.status.is_success() {
        return Outcome::failed(format!(
            "Webhook failed with status code {status}, response: {text}"
        ));
    }
    let mut info = flyte_webhook_core::json::Object::from_iter([
        ("status_code".to_owned(), Value::Int(status.into())),
        ("response_data".to_owned(), Value::String(text.into())),
    ]);
    info.extend(task.shown());
    Outcome::succeeded(info)
}
