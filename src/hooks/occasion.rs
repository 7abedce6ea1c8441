//! What it is that the control plane is asked for something by a hook.

use http::HeaderValue;

use crate::{
    audit::{Resource, Trail, Who},
    config::Hook,
    control_plane::Caller,
    inbox::Job,
    trace::Context,
};

/// A request, or an attempt to launch what is in the inbox.
#[derive(Clone)]
pub struct Occasion {
    /// The id of the request, or what stands for one.
    pub(super) request_id: HeaderValue,
    /// Its place in a trace.
    pub(super) trace: Option<Context>,
    /// What is known of it.
    pub(super) trail: Trail,
    /// The number of the delivery, where it is in the inbox.
    pub(super) delivery: Option<i64>,
}

impl Occasion {
    /// A request of this id, at this place in a trace.
    pub fn new(request_id: HeaderValue, trace: Option<Context>, trail: Trail) -> Self {
        Self {
            request_id,
            trace,
            trail,
            delivery: None,
        }
    }

    /// An attempt to launch this job of a hook.
    pub(super) fn attempt(hook: &Hook, job: &Job, trace: Context) -> Self {
        let id = HeaderValue::try_from(format!("delivery-{}", job.delivery.0));
        let trail = Trail::default();
        trail.sent_by(Who::Hook(hook.name.clone()));
        trail.let_in();
        Self {
            request_id: id.expect("a number is plain"),
            trace: Some(trace),
            trail,
            delivery: Some(job.delivery.0),
        }
    }

    /// The same with a trail of its own for one thing that is done.
    pub(super) fn part(&self) -> Self {
        Self {
            trail: self.trail.part(),
            ..self.clone()
        }
    }

    /// This server, as it acts on the occasion.
    pub(super) fn caller(&self) -> Caller {
        let (id, trail) = (self.request_id.clone(), self.trail.clone());
        Caller::server(id, trail, self.trace.clone())
    }

    /// Notes on the trail what is launched.
    pub(super) fn launches(&self, task: Resource, rule: impl std::fmt::Display) {
        self.trail.asked("launch");
        self.trail.about(task);
        self.trail.permitted_by(rule);
    }
}
