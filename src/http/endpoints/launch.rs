//! Starting a run for a request: one for each, or one for an `Idempotency-Key`
//! however often the request is sent.

use flyte_webhook_core::{endpoint::Endpoint, idempotency::Identity};

use crate::{
    control_plane::{
        self, Caller, Launch as Found, LaunchError, Launcher, NewLaunch as NewRun, Once, RunId,
        Start,
    },
    http::{Api, Problem, Violation, extract::Idempotency},
};

const STARTING: &str = "Starting the run";

/// What a request to start a run comes to.
pub(super) enum Launch {
    /// An earlier request has started the run.
    Known(RunId),
    /// The run is to be started.
    New(NewLaunch),
}

/// A run to start.
pub(super) struct NewLaunch(NewRun);

impl Launch {
    /// Looks for the run of a request to start one of this task or trigger.
    pub(super) async fn of(
        api: &Api,
        caller: &Caller,
        idempotency: Option<Idempotency>,
        (endpoint, task): (Endpoint, String),
    ) -> Result<Self, Problem> {
        let launcher = launcher(api, caller);
        let Some(Idempotency {
            key,
            retries_failed,
            digest,
        }) = idempotency
        else {
            return Ok(Self::New(NewLaunch(launcher.new_run())));
        };
        let origin = api.control_plane.origin(caller).await;
        let identity = Identity {
            origin: origin.map_err(Problem::control_plane("Looking up the caller"))?,
            route: endpoint.name(),
            task,
            key,
        };
        let once = Once { identity, digest };
        match launcher.once(&once, retries_failed).await {
            Ok(Found::Known(known)) => {
                caller.trail().run(&known.run.name);
                Ok(Self::Known(known.run))
            }
            Ok(Found::New(launch)) => Ok(Self::New(NewLaunch(launch))),
            Err(error) => Err(problem(error)),
        }
    }
}

impl NewLaunch {
    /// The version of the task, where an earlier request has settled it.
    pub(super) fn version(&self) -> Option<&str> {
        self.0.version()
    }

    /// Starts the run, unless another request under its key is faster.
    pub(super) async fn start(
        self,
        api: &Api,
        caller: &Caller,
        start: Start<'_>,
    ) -> Result<RunId, Problem> {
        let started = self.0.start(&launcher(api, caller), start).await;
        started.map(|known| known.run).map_err(problem)
    }
}

/// Runs live in the webhook's own project and domain.
fn launcher<'a>(api: &'a Api, caller: &'a Caller) -> Launcher<'a> {
    Launcher {
        control_plane: &api.control_plane,
        caller,
        scope: &api.scope,
        environment: &api.run_environment,
        requeue_after: api.requeue_after,
        now: (api.now)(),
    }
}

fn problem(error: LaunchError) -> Problem {
    let action = STARTING;
    let call = |source: control_plane::Error| Problem::ControlPlane { action, source };
    match error {
        LaunchError::Call(source) => call(source),
        LaunchError::Repeatable(source) => Problem::Repeatable { action, source },
        LaunchError::KeyReused => key_reused(),
        LaunchError::TooManyAttempts(runs) => Problem::TooManyAttempts(runs),
    }
}

fn key_reused() -> Problem {
    let reason = "was sent with another request before; make up a new one";
    Problem::KeyReused(Box::new(Violation::header_not_fit(
        "idempotency-key",
        reason,
    )))
}
