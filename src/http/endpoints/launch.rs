//! Starting a run, whatever it is started from: one for each request, or one
//! for a key however often the request is sent.

use flyte_webhook_core::{
    endpoint::Endpoint,
    id::RunName,
    idempotency::{Digest, Identity},
};

use crate::{
    control_plane::{Caller, Error, Launched, NewRun, RunId, Start},
    http::{Api, Problem, Violation, extract::Idempotency},
};

/// How many runs one key may have, of which all but the last ended without success.
const MOST_ATTEMPTS: u32 = 8;

const STARTING: &str = "Starting the run";

/// What a request to start a run comes to.
pub(super) enum Launch {
    /// An earlier request has started the run.
    Known(RunId),
    /// The run is to be started.
    New(NewLaunch),
}

/// A run to start.
pub(super) struct NewLaunch {
    run: RunId,
    /// Only where there is a key.
    digest: Option<Digest>,
    /// Only where it is there, and never reached the queue.
    stuck: Option<Launched>,
}

impl Launch {
    /// Looks for the run of a request to start one of this task or trigger.
    pub(super) async fn of(
        api: &Api,
        caller: &Caller,
        idempotency: Option<Idempotency>,
        (endpoint, task): (Endpoint, String),
    ) -> Result<Self, Problem> {
        let Some(Idempotency {
            key,
            retries_failed,
            digest,
        }) = idempotency
        else {
            let name = RunName::from_entropy(rand::random());
            return Ok(Self::New(NewLaunch::new(api, name, None)));
        };
        let origin = api.control_plane.origin(caller).await;
        let identity = Identity {
            origin: origin.map_err(Problem::control_plane("Looking up the caller"))?,
            route: endpoint.name(),
            task,
            key,
        };
        let mut failed = None;
        for attempt in 0..MOST_ATTEMPTS {
            let name = identity.run_name(attempt);
            let launch = NewLaunch::new(api, name, Some(digest.clone()));
            match launch.find(api, caller, &digest).await? {
                None if failed.is_none() || retries_failed => return Ok(Self::New(launch)),
                None => break,
                Some(found) if found.is_stuck((api.now)(), api.requeue_after) => {
                    return Ok(Self::New(launch.again(found)));
                }
                Some(found) if found.phase.has_failed() => failed = Some(launch.run),
                Some(_) => return Ok(Self::Known(launch.run)),
            }
        }
        match failed {
            Some(run) if !retries_failed => Ok(Self::Known(run)),
            _ => Err(Problem::TooManyAttempts(MOST_ATTEMPTS)),
        }
    }
}

impl NewLaunch {
    /// In the webhook's own project and domain.
    fn new(api: &Api, name: RunName, digest: Option<Digest>) -> Self {
        let scope = api.scope.clone();
        Self {
            run: RunId { scope, name },
            digest,
            stuck: None,
        }
    }

    /// The same for a run that is there, and never reached the queue.
    fn again(self, stuck: Launched) -> Self {
        let stuck = Some(stuck);
        Self { stuck, ..self }
    }

    /// The version of the task, where an earlier request has settled it.
    pub(super) fn version(&self) -> Option<&str> {
        self.stuck.as_ref()?.version.as_deref()
    }

    /// Starts the run, unless another request under its key is faster.
    pub(super) async fn start(
        self,
        api: &Api,
        caller: &Caller,
        start: Start<'_>,
    ) -> Result<RunId, Problem> {
        let new = NewRun {
            id: &self.run,
            start,
            environment: &api.run_environment,
            digest: self.digest.as_ref(),
            is_resent: self.stuck.is_some(),
        };
        // Boxed, since it is large, and whoever starts a run would carry it.
        let created = Box::pin(api.control_plane.create_run(caller, new)).await;
        let Some(digest) = &self.digest else {
            created.map_err(Problem::control_plane(STARTING))?;
            return Ok(self.run);
        };
        match created {
            Err(error) if !error.is_already_exists() => Err(failed(error)),
            // Another request may have been first, to which some control planes say OK.
            _ => match self.find(api, caller, digest).await? {
                Some(_) => Ok(self.run),
                None => Err(failed(Error::unknown_run())),
            },
        }
    }

    /// The run under this name, if it is of this request.
    async fn find(
        &self,
        api: &Api,
        caller: &Caller,
        digest: &Digest,
    ) -> Result<Option<Launched>, Problem> {
        match api.control_plane.launched(caller, &self.run).await {
            Ok(Some(found)) if !found.is_of(digest) => Err(key_reused()),
            found => found.map_err(failed),
        }
    }
}

/// Whatever was started is found by its name when the request is sent again.
fn failed(error: Error) -> Problem {
    let action = STARTING;
    if error.is_certain() {
        return Problem::ControlPlane {
            action,
            source: error,
        };
    }
    let source = error.repeatable();
    Problem::Repeatable { action, source }
}

fn key_reused() -> Problem {
    let reason = "was sent with another request before; make up a new one";
    Problem::KeyReused(Box::new(Violation::header_not_fit(
        "idempotency-key",
        reason,
    )))
}
