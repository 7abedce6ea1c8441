//! `POST /webhook/{hook}`, and a hook's own path.

use axum::{
    Json,
    extract::{Request, State},
    response::{IntoResponse, Response},
};
use flyte_webhook_core::hook::source::Handshake;
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use super::headers;
use crate::{
    audit::{Delivery, Resource, Trail, Who},
    config::Hook,
    hooks::{
        Accepted, Happening, Judged, Judgement, Occasion, Refused, Rejected, RunLink, judge, verify,
    },
    http::{Api, ApiState, HookProblem, Problem, extract::read_body},
    trace::Context,
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
    /// Its number in the inbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    delivery: Option<i64>,
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
    let told = Told {
        api: &api,
        hook,
        trail: &trail,
    };
    let delivery = match verify(hook, &headers, &body.bytes, api.hooks.now()) {
        Ok(Ok(delivery)) => delivery,
        Ok(Err(handshake)) => return Ok(told.shaken(handshake)),
        Err(rejected) => return Err(told.rejected(rejected)),
    };
    trail.sent_by(Who::Hook(hook.name.clone()));
    trail.let_in();
    // Only now: who cannot sign must not use up what is there for those who can.
    if let Err(problem) = api.hook_rates.take(&hook.name).await {
        told.note("refused", "rate_limited", "rate_limited", None);
        return Err(problem);
    }
    let judgement = match judge(hook, &delivery).map_err(|it| told.rejected(it))? {
        Judged::Handshake(handshake) => return Ok(told.shaken(handshake)),
        Judged::Event(judgement) => judgement,
    };
    let trace = parts.extensions.get::<Context>().cloned();
    let occasion = Occasion::new(request_id, trace, trail.clone());
    let hooks = &api.hooks;
    let accepted = hooks.accept(hook, &judgement, &body.bytes, &occasion);
    let accepted = match accepted.await {
        Ok(accepted) => accepted,
        Err(refused) => return Err(told.refused(&judgement, refused)),
    };
    if let Accepted::Launched { runs, .. } = &accepted
        && let Some(link) = runs.first()
    {
        trail.run(&link.run.name);
    }
    Ok(told.accepted(&judgement, accepted))
}

/// What is said of a delivery: to the sender, in the log, and to administrators.
struct Told<'a> {
    api: &'a Api,
    hook: &'a Hook,
    trail: &'a Trail,
}

impl Told<'_> {
    /// Says it, and counts it as `counted`. The log has it in the line of the request.
    fn note(
        &self,
        outcome: &'static str,
        counted: &'static str,
        reason: &str,
        judgement: Option<&Judgement>,
    ) {
        let reason = reason.to_owned();
        self.trail.delivery(Delivery {
            outcome,
            reason: reason.clone(),
        });
        self.api.metrics.hook_delivery(&self.hook.name, counted);
        self.api.hooks.recent().add(Happening {
            at: self.api.hooks.now(),
            hook: self.hook.name.clone(),
            outcome,
            reason,
            event: judgement.map(|it| it.event.qualified_type().into_owned()),
            delivery_id: judgement.map(|it| it.delivery_id.clone()),
        });
    }

    fn shaken(&self, handshake: Handshake) -> Response {
        self.note("handshake", "handshake", handshake.kind, None);
        Json(handshake.answer).into_response()
    }

    fn rejected(&self, rejected: Rejected) -> Problem {
        self.note("rejected", rejected.code(), &rejected.to_string(), None);
        let status = self.hook.reject_status;
        HookProblem::Rejected { status, rejected }.into()
    }

    fn refused(&self, judgement: &Judgement, refused: Refused) -> Problem {
        self.note("refused", "refused", &refused.to_string(), Some(judgement));
        HookProblem::Refused(refused).into()
    }

    fn accepted(&self, judgement: &Judgement, accepted: Accepted) -> Response {
        let (status, answer) = match accepted {
            Accepted::Ignored(reason) => {
                let reason = Some(reason.code());
                let ignored = Answer::new("ignored", Vec::new());
                (StatusCode::OK, Answer { reason, ..ignored })
            }
            Accepted::Stored(id) => {
                let delivery = Some(id.0);
                let stored = Answer::new("stored", Vec::new());
                (StatusCode::ACCEPTED, Answer { delivery, ..stored })
            }
            Accepted::Launched { runs, is_duplicate } => {
                let word = if is_duplicate {
                    "duplicate"
                } else {
                    "launched"
                };
                (StatusCode::OK, Answer::new(word, runs))
            }
        };
        let reason = answer.reason.or(answer.run_id.as_deref());
        let (word, reason) = (answer.status, reason.unwrap_or_default());
        self.note(word, word, reason, Some(judgement));
        (status, Json(answer)).into_response()
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
            delivery: None,
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
