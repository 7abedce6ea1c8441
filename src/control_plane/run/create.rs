//! Starting a run under a name made here.

use flyte_idl::flyteidl2::{
    cluster::select_cluster_request::Operation,
    core::KeyValuePair,
    dataproxy::{
        __buffa::oneof::upload_inputs_request::{Id as UploadId, Task as UploadTask},
        UploadInputsRequest,
    },
    task::{
        Annotations, CacheConfig, CacheLookupScope, Envs, Inputs, Labels, NamedLiteral, RunSpec,
        TaskIdentifier, TaskSpec,
    },
    workflow::{
        __buffa::oneof::create_run_request::{Id as CreateId, InputWrapper, Task as CreateTask},
        __buffa::view::RunView,
        CreateRunRequest,
    },
};
use flyte_webhook_core::idempotency::Digest;

use super::RunId;
use crate::config::RunEnvironment;
use crate::control_plane::{Call, Caller, ControlPlane, Error, Task, Trigger};

/// The variable by which a run learns of its trace.
const TRACE_VARIABLE: &str = "TRACEPARENT";

/// A run to start.
pub struct NewRun<'a> {
    /// Where it will live, and its name.
    pub id: &'a RunId,
    /// What it is a run of.
    pub start: Start<'a>,
    /// Environment variables of the run.
    pub environment: &'a RunEnvironment,
    /// What it is found by to be the run of a request that is repeated.
    pub digest: Option<&'a Digest>,
    /// Whether it is there already, and was never put into the queue.
    pub is_resent: bool,
}

/// What a run is started from.
pub enum Start<'a> {
    /// A version of a task.
    Task(Given<'a>, RunSettings),
    /// A trigger, with the inputs that are saved in it unless others are given.
    Trigger(&'a Trigger, Option<Given<'a>>),
}

/// All inputs of a run.
pub struct Given<'a> {
    /// The task version that takes them.
    pub task: &'a Task,
    /// The task to run in its place: the same with something changed.
    pub changed: Option<&'a TaskSpec>,
    /// The values, in the order of the interface.
    pub inputs: Vec<NamedLiteral>,
}

impl<'a> Given<'a> {
    /// Inputs of the task as it was deployed.
    pub fn new(task: &'a Task, inputs: Vec<NamedLiteral>) -> Self {
        Self {
            task,
            changed: None,
            inputs,
        }
    }

    /// What the control plane is to be told of the task.
    fn reference<T: From<TaskIdentifier> + From<TaskSpec>>(&self) -> T {
        match self.changed {
            Some(spec) => spec.clone().into(),
            None => self.task.identifier.clone().into(),
        }
    }
}

/// How a run of a task is run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunSettings {
    /// The labels by which it is found.
    pub labels: Vec<(String, String)>,
    /// Whether results are only taken from runs in the same project and domain.
    pub own_cache: bool,
}

impl ControlPlane {
    /// Uploads the inputs and starts the run under its name.
    pub async fn create_run(&self, caller: &Caller, run: NewRun<'_>) -> Result<(), Error> {
        let from = match &run.start {
            Start::Task(..) => "task",
            Start::Trigger(..) => "trigger",
        };
        // In a box, as each call is: the request alone is large.
        let created = Box::pin(self.create(caller, run)).await;
        self.metrics.run_asked(from, outcome(created.as_ref()));
        created
    }

    async fn create(&self, caller: &Caller, run: NewRun<'_>) -> Result<(), Error> {
        let call = self.call(caller);
        let id = run.id;
        caller.trail().run(&id.name);
        let (task, base, given) = match run.start {
            Start::Task(given, settings) => {
                let task: CreateTask = given.reference();
                (task, task_run_spec(settings), Some(given))
            }
            // A saved run spec counts only where the request has none, so it
            // is repeated in what is added to.
            Start::Trigger(trigger, given) => {
                let name = Box::new(trigger.name.clone());
                (
                    CreateTask::TriggerName(name),
                    trigger.run_spec.clone(),
                    given,
                )
            }
        };
        let input_wrapper = match given {
            Some(given) => Some(self.upload_inputs(call, id, given).await?),
            None => None,
        };
        let spec = with_digest(base, run.digest);
        let request = CreateRunRequest {
            id: Some(CreateId::RunId(Box::new(self.run_identifier(id)))),
            input_wrapper,
            task: Some(task),
            run_spec: with_trace(with_environment(spec, run.environment), caller).into(),
            ..Default::default()
        };
        self.send(call, id, request, run.is_resent).await
    }

    /// Sends a request to create a run. Where the answer leaves open whether
    /// the run exists, it is looked up, and the request is sent again only if it
    /// does not: some control planes take one name twice, and start what is
    /// under it anew.
    async fn send(
        &self,
        call: Call<'_>,
        id: &RunId,
        request: CreateRunRequest,
        is_resent: bool,
    ) -> Result<(), Error> {
        call.retries.earn();
        for made in 0.. {
            let create = |options| self.run.create_run_with_options(request.clone(), options);
            let error = match call.once(create).await {
                Ok(answer) => return self.is_started(answer.view().run.as_option(), id),
                // The name is ours alone, so it is the request before this one.
                Err(error) if made > 0 && error.is_already_exists() => return Ok(()),
                Err(error) if error.is_certain() => return Err(error),
                Err(error) => error,
            };
            // With a deadline of its own: the call's may be what ended.
            let pause = if error.is_unavailable() {
                call.retries.pause(made, &error, call.left())
            } else {
                None
            };
            tokio::time::sleep(pause.unwrap_or_default()).await;
            match self.run_details(self.call(call.caller), id).await {
                // It was there before, and whether it is in the queue now does not show.
                Ok(_) if is_resent => {}
                Ok(_) => return Ok(()),
                Err(look_up) if look_up.is_no_run() => {}
                Err(_unknown) => return Err(error.uncertain(id)),
            }
            if pause.is_none() {
                return Err(if error.is_answer() {
                    error
                } else {
                    error.uncertain(id)
                });
            }
        }
        unreachable!("the retries of a call are counted")
    }

    fn is_started(&self, run: Option<&RunView<'_>>, id: &RunId) -> Result<(), Error> {
        let answered = run
            .and_then(|run| run.action.as_option())
            .and_then(|action| action.id.as_option())
            .and_then(|id| id.run.as_option());
        match answered {
            Some(run) if self.is_asked(run, id) => Ok(()),
            _ => Err(Error::incomplete("no run of this name")),
        }
    }

    async fn upload_inputs(
        &self,
        call: Call<'_>,
        id: &RunId,
        given: Given<'_>,
    ) -> Result<InputWrapper, Error> {
        let project = self.project(&id.scope.domain, &id.scope.project);
        let proxy = self
            .routing
            .data_proxy(call, Operation::OPERATION_UPLOAD_INPUTS, project.clone())
            .await?;
        let request = UploadInputsRequest {
            id: Some(UploadId::ProjectId(Box::new(project))),
            task: Some(given.reference::<UploadTask>()),
            inputs: Inputs {
                literals: given.inputs,
                ..Default::default()
            }
            .into(),
            ..Default::default()
        };
        let uploaded = call
            .repeatable(|options| proxy.upload_inputs_with_options(request.clone(), options))
            .await?
            .into_owned()
            .offloaded_input_data
            .into_option()
            .ok_or(Error::incomplete("no place of the inputs"))?;
        Ok(InputWrapper::OffloadedInputData(Box::new(uploaded)))
    }
}

/// What came of a request to create a run, in a word.
fn outcome(created: Result<&(), &Error>) -> &'static str {
    match created {
        Ok(()) => "started",
        Err(Error::Uncertain { .. }) => "unknown",
        Err(error) if error.is_answer() => "refused",
        Err(_) => "failed",
    }
}

fn task_run_spec(settings: RunSettings) -> RunSpec {
    let scope = if settings.own_cache {
        CacheLookupScope::ProjectDomain
    } else {
        CacheLookupScope::Global
    };
    RunSpec {
        labels: Labels {
            values: settings.labels.into_iter().collect(),
            ..Default::default()
        }
        .into(),
        annotations: Annotations::default().into(),
        cache_config: CacheConfig {
            cache_lookup_scope: scope.into(),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    }
}

fn with_digest(mut run_spec: RunSpec, digest: Option<&Digest>) -> RunSpec {
    if let Some(digest) = digest {
        let labels = &mut run_spec.labels.get_or_insert_default().values;
        labels.insert(Digest::LABEL.to_owned(), digest.to_string());
    }
    run_spec
}

/// Adds the variables that the run spec does not set itself.
fn with_environment(mut run_spec: RunSpec, environment: &RunEnvironment) -> RunSpec {
    let mut values = run_spec.envs.take().unwrap_or_default().values;
    for (key, value) in environment.iter() {
        if values.iter().all(|set| set.key != key) {
            values.push(KeyValuePair {
                key: key.to_owned(),
                value: value.to_owned(),
                ..Default::default()
            });
        }
    }
    run_spec.envs = Envs {
        values,
        ..Default::default()
    }
    .into();
    run_spec
}

/// Tells the run of the trace that it belongs to, as OpenTelemetry's SDKs look for
/// it: <https://opentelemetry.io/docs/specs/otel/context/env-carriers/>.
fn with_trace(mut run_spec: RunSpec, caller: &Caller) -> RunSpec {
    let Some(trace) = caller.trace() else {
        return run_spec;
    };
    let values = &mut run_spec.envs.get_or_insert_default().values;
    if values.iter().all(|set| set.key != TRACE_VARIABLE) {
        values.push(KeyValuePair {
            key: TRACE_VARIABLE.to_owned(),
            value: trace.traceparent(),
            ..Default::default()
        });
    }
    run_spec
}
