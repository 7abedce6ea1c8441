//! Starting a child action.

use buffa::Message;
use connectrpc::{ConnectError, RequestContext};
use flyte_idl::flyteidl2::{
    actions::{Action, action::Spec},
    task::RunSpec,
    workflow::{ActionType, TraceAction},
};

use super::super::{State, run, scope::action_key, unimplemented};
use crate::embedded::{
    identity, layout, objects,
    store::{
        Progress,
        actions::{ActionRow, Inserted, NewAction},
        finish::Recorded,
    },
};

/// Stores the child and lets it run. One that is known stays as it is: after a
/// retry the parent asks for the same children under the same names.
pub(super) async fn enqueue(
    state: &State,
    context: &RequestContext,
    action: Action,
    run_spec: Option<RunSpec>,
) -> Result<(), ConnectError> {
    let key = action_key(&action.action_id);
    layout::segment(&key.name)?;
    let root = run::find(state, &key.run.root()).await?;
    if root.is_done() {
        return Err(ConnectError::aborted(format!(
            "the run {:?} has ended",
            root.run
        )));
    }
    let locations = [&action.input_uri, &action.run_output_base];
    // A trace has none.
    for location in locations.into_iter().filter(|it| !it.is_empty()) {
        objects::local(location)?;
    }
    let by = identity::subject(context.headers());
    let (new, trace) = child(&root, action, run_spec, by)?;
    let owned = state.clone();
    state
        .complete(async move { store(&owned, new, trace).await })
        .await
}

async fn store(
    state: &State,
    new: NewAction,
    trace: Option<TraceAction>,
) -> Result<(), ConnectError> {
    let parent = new.parent.clone();
    let row = match state.store.insert_action(new).await? {
        Inserted::New(row) | Inserted::Known(row) => row,
        Inserted::Refused => {
            return Err(ConnectError::aborted(format!(
                "the action {parent:?} that starts it has ended"
            )));
        }
    };
    match trace {
        Some(trace) if row.progress == Progress::Stored => {
            let recorded = Recorded {
                phase: trace.phase.to_i32(),
                output_uri: &trace.outputs.output_uri,
            };
            state.store.record_trace(&row, &recorded).await?;
        }
        Some(_) => {}
        None => state.queue.wake().await,
    }
    Ok(())
}

fn child(
    root: &ActionRow,
    action: Action,
    run_spec: Option<RunSpec>,
    by: String,
) -> Result<(NewAction, Option<TraceAction>), ConnectError> {
    let mut new = NewAction {
        key: action_key(&action.action_id),
        org: root.org.clone(),
        parent: action
            .parent_action_name
            .unwrap_or_else(|| root.name.clone()),
        group: action.group,
        kind: ActionType::ACTION_TYPE_TASK as i32,
        progress: Progress::Queued,
        task: Default::default(),
        trigger: String::new(),
        spec: Vec::new(),
        run_spec: run_spec.map_or_else(|| root.run_spec.clone(), |spec| spec.encode_to_vec()),
        labels: "{}".to_owned(),
        input_uri: action.input_uri,
        run_base: action.run_output_base,
        created_by: if by.is_empty() {
            root.created_by.clone()
        } else {
            by
        },
        source: root.source,
    };
    let trace = match action.spec {
        Some(Spec::Task(task)) => {
            let id = task.id.into_option().unwrap_or_default();
            new.task = [id.project, id.domain, id.name, id.version];
            new.spec = task.spec.encode_to_vec();
            None
        }
        Some(Spec::Trace(trace)) => {
            new.kind = ActionType::ACTION_TYPE_TRACE as i32;
            new.progress = Progress::Stored;
            new.task[2].clone_from(&trace.name);
            new.spec = trace.spec.encode_to_vec();
            Some(*trace)
        }
        Some(Spec::Condition(_)) => return Err(unimplemented("condition actions")),
        None => {
            return Err(ConnectError::invalid_argument(
                "an action needs a task or a trace",
            ));
        }
    };
    Ok((new, trace))
}
