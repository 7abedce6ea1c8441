//! Every error's answer over HTTP; the only place that names their status codes.
//!
//! An error leaves a handler as a [`Problem`] inside an empty response; the
//! layer [`problem_body`](super::layer::problem_body) writes the body, since
//! only there the request's id and the media type it accepts are known.

mod answer;
mod app;
mod hook;
mod identity;
mod load;
mod malformed;
mod own_task;
mod response;
mod upstream;
mod verdict;

use std::{sync::Arc, time::Duration};

use flyte_webhook_core::{
    id::{RunName, TriggerId},
    json, policy,
};
use http::StatusCode;
use serde_json::value::RawValue;

use self::answer::{missing, own};
pub use self::{
    answer::{Answer, Source},
    app::AppProblem,
    hook::HookProblem,
    load::LoadProblem,
    own_task::OwnTaskProblem,
};
use super::{Violation, serve::Refusal};
use crate::{auth, control_plane};

/// The `Retry-After` of an outage whose end nobody knows.
const RETRY_AFTER_OUTAGE: Duration = Duration::from_secs(5);

/// The words of the reference.
const CREDENTIALS_REQUIRED: &str = "Authentication credentials required";

/// Why a request was not answered with success.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Problem {
    /// Neither `Authorization` nor `Cookie`.
    #[error("no credentials")]
    NoCredentials,
    /// The credentials are not let in.
    #[error(transparent)]
    Identity(#[from] auth::Error),
    /// Another site's page sent it, with a cookie alone.
    #[error("sent by another site with a cookie alone")]
    CrossSite,
    /// Only administrators may ask this, and this is none.
    #[error("no administrator")]
    NoAdministrator,
    /// Another site's page sent it, with an administrator's password.
    #[error("sent by another site with an administrator's password")]
    AdminCrossSite,
    /// No such path, or one whose names cannot exist.
    #[error("no such path")]
    NoRoute,
    /// The path takes another method.
    #[error("the path takes {0}")]
    Method(&'static str),
    /// The body is no text that JSON could be.
    #[error("the body cannot be read")]
    BodyUnreadable,
    /// The body is JSON, but beyond what is allowed.
    #[error(transparent)]
    BodyRefused(json::Error),
    /// The body is larger than allowed.
    #[error("the body has more than {limit} bytes")]
    BodyTooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// The body did not arrive in time, or broke off.
    #[error("the body did not arrive")]
    BodyIncomplete,
    /// The bodies of all requests together are larger than allowed.
    #[error("no room for the body beside the others")]
    BodiesTooLarge,
    /// The request is no clean HTTP.
    #[error(transparent)]
    Malformed(Refusal),
    /// The request does not fit its endpoint or its task.
    #[error("{} violations", .0.len())]
    Invalid(Vec<Violation>),
    /// Another request had this key before.
    #[error("another request had this idempotency key")]
    KeyReused(Box<Violation>),
    /// All runs that a key may have ended without success.
    #[error("{0} runs of this idempotency key ended without success")]
    TooManyAttempts(u32),
    /// The configuration does not allow it.
    #[error(transparent)]
    Denied(policy::Denied),
    /// There is no such task or version.
    #[error("task {name} with version {version} in {place} not found")]
    NoTask {
        /// The name.
        name: String,
        /// The version that was asked for, or `latest`.
        version: String,
        /// `domain/project`.
        place: String,
    },
    /// There is no such run, or none that may be seen.
    #[error("run {0} not found")]
    NoRun(String),
    /// There is no such run that fetches a model.
    #[error("prefetch run {0} not found")]
    NoPrefetchRun(RunName),
    /// The run that was waited for did not succeed.
    #[error("run {run} did not succeed")]
    RunFailed {
        /// The run.
        run: RunName,
        /// The configured status.
        status: StatusCode,
        /// What a success would say of the run.
        members: Arc<RawValue>,
    },
    /// There is no such trigger.
    #[error("trigger {0} not found")]
    NoTrigger(TriggerId),
    /// Something about another app.
    #[error(transparent)]
    App(#[from] AppProblem),
    /// A delivery is not taken.
    #[error(transparent)]
    Hook(#[from] HookProblem),
    /// The request has come through this server before.
    #[error("the request goes in circles")]
    Loop,
    /// The control plane did not do what was asked of it.
    #[error("{action} failed")]
    ControlPlane {
        /// What was asked, as a sentence's subject.
        action: &'static str,
        /// What went wrong.
        source: control_plane::Error,
    },
    /// The same for a request with a key, which may be sent again without harm.
    #[error("{action} failed, and may be tried again")]
    Repeatable {
        /// What was asked, as a sentence's subject.
        action: &'static str,
        /// What went wrong.
        source: control_plane::Error,
    },
    /// The task that the configuration gives to an endpoint does not serve it.
    #[error(transparent)]
    OwnTask(#[from] OwnTaskProblem),
    /// Too much is asked at once, or by one.
    #[error(transparent)]
    Load(#[from] LoadProblem),
    /// The whole request took too long.
    #[error("the request took longer than allowed")]
    Deadline,
    /// Nothing can be recorded in the audit log, and so nothing may be changed.
    #[error("the audit log cannot take a record")]
    NoAudit,
    /// A bug of this server.
    #[error("a handler panicked")]
    Panic,
}

impl Problem {
    /// The answer to this problem.
    #[expect(clippy::too_many_lines, reason = "flat table")]
    pub fn answer(&self) -> Answer<'_> {
        match self {
            Self::NoCredentials => own(401, "no_credentials", CREDENTIALS_REQUIRED),
            Self::Identity(error) => identity::answer(error),
            Self::CrossSite => own(
                403,
                "cross_site",
                "A page of another site cannot act with a cookie alone; send an authorization header",
            ),
            Self::NoAdministrator => own(
                401,
                "no_administrator",
                "One of admin.tokens is required, as a bearer token or as the password of Basic",
            ),
            Self::AdminCrossSite => own(
                403,
                "cross_site",
                "A page of another site cannot act for an administrator",
            ),
            Self::NoRoute => own(404, "no_route", "Not Found"),
            Self::Method(_) => own(405, "method_not_allowed", "Method Not Allowed"),
            Self::BodyUnreadable => own(
                400,
                "body_unreadable",
                "There was an error parsing the body",
            ),
            Self::BodyRefused(error) => own(400, "body_refused", error.to_string()),
            Self::BodyTooLarge { limit } => own(
                413,
                "body_too_large",
                format!(
                    "The body has more than the {limit} bytes that limits.max_body_bytes allows"
                ),
            ),
            Self::BodyIncomplete => own(
                408,
                "body_incomplete",
                "The body did not arrive whole in time",
            ),
            Self::BodiesTooLarge => Answer {
                retryable: true,
                retry_after: Some(RETRY_AFTER_OUTAGE),
                ..own(
                    503,
                    "overloaded",
                    "Too many bodies are being read at once; try again later",
                )
            },
            Self::Malformed(refusal) => malformed::answer(*refusal),
            Self::Invalid(violations) => Answer {
                violations,
                ..own(422, "invalid", "The request does not fit; see errors")
            },
            Self::KeyReused(violation) => Answer {
                violations: std::slice::from_ref(&**violation),
                ..own(
                    422,
                    "idempotency_key_reused",
                    "The request does not fit; see errors",
                )
            },
            Self::TooManyAttempts(runs) => own(
                409,
                "idempotency_attempts",
                format!(
                    "All {runs} runs of this Idempotency-Key ended without success; use a new one"
                ),
            ),
            Self::Denied(denied) => own(403, "not_in_allowlist", denied.to_string()),
            Self::NoTask {
                name,
                version,
                place,
            } => missing(
                "task_not_found",
                format_args!("Task {name} with version {version} in {place}"),
            ),
            Self::NoRun(name) => missing("run_not_found", format_args!("Run {name}")),
            Self::NoPrefetchRun(name) => {
                missing("run_not_found", format_args!("Prefetch run {name}"))
            }
            Self::NoTrigger(id) => missing("trigger_not_found", format_args!("Trigger {id}")),
            Self::RunFailed {
                run,
                status,
                members,
            } => run_failed(run, *status, members),
            Self::App(problem) => problem.answer(),
            Self::Hook(problem) => problem.answer(),
            Self::Loop => own(
                508,
                "loop",
                "The request has come through this server before",
            ),
            Self::ControlPlane { action, source } => upstream::answer(action, source),
            Self::Repeatable { action, source } => Answer {
                retryable: true,
                ..upstream::answer(action, source)
            },
            Self::OwnTask(problem) => problem.answer(),
            Self::Load(problem) => problem.answer(),
            Self::Deadline => own(
                504,
                "request_timeout",
                "The request took longer than limits.request_timeout",
            ),
            Self::NoAudit => no_audit(),
            Self::Panic => own(500, "internal", "This server failed; its log says why"),
        }
    }

    /// Whether the control plane did not take the caller's credentials.
    pub fn is_unauthenticated(&self) -> bool {
        let answer = self.answer();
        answer.status == StatusCode::UNAUTHORIZED && answer.source == Source::ControlPlane
    }

    /// The problem of a control-plane call.
    pub fn control_plane(action: &'static str) -> impl FnOnce(control_plane::Error) -> Self {
        move |source| Self::ControlPlane { action, source }
    }
}

fn no_audit() -> Answer<'static> {
    Answer {
        retryable: true,
        retry_after: Some(RETRY_AFTER_OUTAGE),
        ..own(
            503,
            "audit_unavailable",
            "The audit log cannot be written, and nothing was done; try again later",
        )
    }
}

fn run_failed<'a>(run: &RunName, status: StatusCode, members: &'a RawValue) -> Answer<'a> {
    let detail = format!("Run {run} did not succeed; see phase and error");
    Answer {
        status,
        source: Source::ControlPlane,
        members: Some(members),
        ..own(424, "run_failed", detail)
    }
}
