//! From a request to the action that it asks for.

use buffa::Message;
use connectrpc::{ConnectError, RequestContext};
use flyte_idl::flyteidl2::{
    common::TriggerName,
    task::{RunSpec, TaskIdentifier, TaskSpec},
    trigger::TriggerSpec,
    workflow::{
        ActionType, CreateRunRequest,
        create_run_request::{Id, Task},
    },
};

use super::inputs::Given;
use crate::embedded::{
    identity, names, objects,
    services::{State, scope, task, trigger},
    store::{self, Progress, RunKey, actions::ActionRow, actions::NewAction},
    wire,
};

/// What to store, and the inputs to write before it may run.
pub(super) struct Plan {
    pub(super) action: NewAction,
    pub(super) inputs: Given,
}

/// The task of a run with what its trigger brings along.
struct Chosen {
    id: TaskIdentifier,
    spec: TaskSpec,
    trigger: Option<(TriggerName, TriggerSpec)>,
}

/// Checks a request in the order of the Go server.
pub(super) async fn plan(
    state: &State,
    context: &RequestContext,
    request: CreateRunRequest,
) -> Result<Plan, ConnectError> {
    let (key, org) = name(request.id)?;
    scope::check_project(state, &key.project, &key.domain).await?;
    let chosen = choose(state, request.task).await?;
    let (trigger_name, trigger) = chosen.trigger.unzip();
    let mut run_spec = request.run_spec.into_option();
    let mut given = request.input_wrapper.map(Given::from);
    if let Some(trigger) = trigger {
        run_spec = run_spec.or_else(|| trigger.run_spec.into_option());
        given = given.or_else(|| trigger.input_wrapper.map(Given::from));
    }
    let mut run_spec = run_spec.unwrap_or_default();
    if run_spec.run_start_time.is_unset() {
        let now = || wire::time(state.store.now());
        run_spec.run_start_time = request
            .run_start_time
            .into_option()
            .unwrap_or_else(now)
            .into();
    }
    let run_base = run_base(state, &key, &run_spec)?;
    let given = given.unwrap_or_default().with_defaults(&chosen.spec);
    if let Given::Offloaded(uri) = &given {
        objects::local(uri)?;
    }
    let action = NewAction {
        key: key.root(),
        org,
        parent: String::new(),
        group: String::new(),
        kind: ActionType::ACTION_TYPE_TASK as i32,
        progress: Progress::Queued,
        task: [
            chosen.id.project,
            chosen.id.domain,
            chosen.id.name,
            chosen.id.version,
        ],
        trigger: trigger_name.map(|name| name.name).unwrap_or_default(),
        spec: chosen.spec.encode_to_vec(),
        labels: labels(&run_spec),
        run_spec: run_spec.encode_to_vec(),
        input_uri: given.uri(&run_base),
        run_base,
        created_by: identity::subject(context.headers()),
        source: request.source.to_i32(),
    };
    Ok(Plan {
        action,
        inputs: given,
    })
}

fn name(id: Option<Id>) -> Result<(RunKey, String), ConnectError> {
    match id {
        Some(Id::RunId(id)) if names::is_run_name(&id.name) => Ok((scope::run_key(&id), id.org)),
        Some(Id::RunId(id)) => Err(ConnectError::invalid_argument(format!(
            "invalid run name {:?}: write at most {} of `a-z`, `0-9` and `-`, a letter first, \
             no `-` last",
            id.name,
            names::MAX_RUN_NAME
        ))),
        Some(Id::ProjectId(id)) => {
            let run = names::generate(&mut rand::rng());
            let key = RunKey {
                project: id.name,
                domain: id.domain,
                run,
            };
            Ok((key, id.organization))
        }
        None => Err(ConnectError::invalid_argument("invalid run ID type")),
    }
}

async fn choose(state: &State, chosen: Option<Task>) -> Result<Chosen, ConnectError> {
    match chosen {
        Some(Task::TaskId(id)) => {
            let spec = stored(state, &id).await?;
            Ok(Chosen {
                id: *id,
                spec,
                trigger: None,
            })
        }
        Some(Task::TaskSpec(spec)) => {
            let id = &spec.task_template.id;
            let id = wire::task_id(&id.project, &id.domain, &id.name, &id.version);
            Ok(Chosen {
                id,
                spec: *spec,
                trigger: None,
            })
        }
        Some(Task::TriggerName(name)) => {
            let row = trigger::find(state, &name).await?;
            let declared: TriggerSpec = ActionRow::decode(&row.spec)?;
            let version = &declared.task_version;
            let id = wire::task_id(&name.project, &name.domain, &name.task_name, version);
            let spec = stored(state, &id).await?;
            Ok(Chosen {
                id,
                spec,
                trigger: Some((*name, declared)),
            })
        }
        None => Err(ConnectError::invalid_argument("a run needs a task")),
    }
}

/// The Go server answers `unknown` for a task that it does not know.
async fn stored(state: &State, id: &TaskIdentifier) -> Result<TaskSpec, ConnectError> {
    let missing = || {
        let message = task::not_found(id).message.unwrap_or_default();
        ConnectError::unknown(message)
    };
    let row = task::find(state, id).await?.ok_or_else(missing)?;
    Ok(TaskSpec::decode_from_slice(&row.spec).map_err(store::Error::from)?)
}

fn run_base(state: &State, key: &RunKey, run_spec: &RunSpec) -> Result<String, ConnectError> {
    let directory = state.layout.run(&key.project, &key.domain, &key.run)?;
    let RunKey {
        project,
        domain,
        run,
    } = key;
    match run_spec.run_base_dir.trim_end_matches('/') {
        "" => Ok(objects::uri(&directory)),
        base => {
            // Refused here, before a run exists that could never start.
            let base = objects::local(base)?;
            Ok(format!("{base}/{project}/{domain}/{run}"))
        }
    }
}

fn labels(run_spec: &RunSpec) -> String {
    let labels: std::collections::BTreeMap<_, _> = run_spec.labels.values.iter().collect();
    serde_json::to_string(&labels).unwrap_or_else(|_| "{}".to_owned())
}
