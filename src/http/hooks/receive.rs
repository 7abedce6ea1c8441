//! `POST /webhook/{hook}`, and a hook's own path.

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use flyte_webhook_core::hook::source::Handshake;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::{headers, log};
use crate::{
    audit::{Resource, Trail, Who},
    config::Hook,
    hooks::{Accepted, Judged, Rejected, RunLink, judge, verify},
    http::{ApiState, HookProblem, Problem, extract::read_body},
};

/// The answer to a delivery that was taken.
#[derive(Serialize)]
struct Answer {
    /// That it was taken.
    ok: bool,
    /// `launched`, `duplicate`, `stored` or `ignored`.
    status: &'static str,
    /// Why nothing was started, from a fixed list.
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    /// The first run, under the names that the guide's example gives it.
    #[serde(skip_serializing_if = "Option::is_none")]
    run_id: Option<String>,
    /// Its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
    /// All runs.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    runs: Vec<Run>,
}

#[derive(Serialize)]
struct Run {
    name: String,
    project: String,
    domain: String,
    url: String,
}

/// Takes a delivery, or says why not.
pub(super) async fn receive(
    State(ApiState(api)): State<ApiState>,
    hook: &Hook,
    request_id: HeaderValue,
    request: Request,
) -> Result<Response, Problem> {
    let (parts, body) = request.into_parts();
    let trail = parts.extensions.get::<Trail>().cloned().unwrap_or_default();
    trail.asked("webhook");
    trail.about(Resource::Hook(hook.name.clone()));
    let body = read_body(&parts.headers, body, &api, hook.max_body_bytes).await?;
    let headers = headers(&parts.headers);
    let delivery = match verify(hook, &headers, &body.bytes, api.hooks.now()) {
        Ok(Ok(delivery)) => delivery,
        Ok(Err(handshake)) => return Ok(shaken(hook, handshake)),
        Err(rejected) => return Err(refuse(hook, rejected)),
    };
    trail.sent_by(Who::Hook(hook.name.clone()));
    trail.let_in();
    // Only now: who cannot sign must not use up what is there for those who can.
    api.hook_rates.take(&hook.name).await?;
    let judgement = match judge(hook, &delivery).map_err(|it| refuse(hook, it))? {
        Judged::Handshake(handshake) => return Ok(shaken(hook, handshake)),
        Judged::Event(judgement) => judgement,
    };
    let accepted = api.hooks.accept(hook, &judgement, &request_id).await;
    let accepted = accepted.map_err(|refused| {
        log(hook, "refused", &refused.to_string());
        HookProblem::Refused(refused)
    })?;
    if let Accepted::Launched { runs, .. } = &accepted
        && let Some(link) = runs.first()
    {
        trail.run(&link.run.name);
    }
    Ok(answer(hook, accepted))
}

fn shaken(hook: &Hook, handshake: Handshake) -> Response {
    log(hook, "handshake", handshake.kind);
    Json(handshake.answer).into_response()
}

fn refuse(hook: &Hook, rejected: Rejected) -> Problem {
    log(hook, "rejected", &rejected.to_string());
    let status = hook.reject_status;
    HookProblem::Rejected { status, rejected }.into()
}

fn answer(hook: &Hook, accepted: Accepted) -> Response {
    match accepted {
        Accepted::Ignored(reason) => {
            log(hook, "ignored", reason.code());
            let answer = Answer {
                reason: Some(reason.code()),
                ..Answer::new("ignored", Vec::new())
            };
            Json(answer).into_response()
        }
        Accepted::Launched { runs, is_duplicate } => {
            let status = if is_duplicate {
                "duplicate"
            } else {
                "launched"
            };
            log(hook, status, "");
            (StatusCode::OK, Json(Answer::new(status, runs))).into_response()
        }
    }
}

impl Answer {
    fn new(status: &'static str, runs: Vec<RunLink>) -> Self {
        let runs: Vec<_> = runs.into_iter().map(Run::from).collect();
        let first = runs.first();
        Self {
            ok: true,
            status,
            reason: None,
            run_id: first.map(|run| run.name.clone()),
            url: first.map(|run| run.url.clone()),
            runs,
        }
    }
}

impl From<RunLink> for Run {
    fn from(RunLink { run, url }: RunLink) -> Self {
        Self {
            name: run.name.into(),
            project: run.scope.project.into(),
            domain: run.scope.domain.into(),
            url,
        }
    }
}
