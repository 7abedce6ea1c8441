//! Starting a run.
//!
//! A name that is known gives the run that has it and starts nothing: what a
//! client sends twice runs once. The one exception is a run that was stored but
//! never enqueued, which the second request sets going.

use connectrpc::{ConnectError, RequestContext};
use flyte_idl::flyteidl2::workflow::{CreateRunRequest, Run};

use super::{super::details, inputs, plan};
use crate::embedded::{faults, services::State, store::Progress};

/// Stores the run and enqueues it.
pub(super) async fn create(
    state: &State,
    context: &RequestContext,
    request: CreateRunRequest,
) -> Result<Run, ConnectError> {
    let plan = plan::plan(state, context, request).await?;
    let given = plan.inputs;
    let (row, _) = state.store.insert_action(plan.action).await?;
    if row.progress == Progress::Stored {
        // Before the queue can see it, after its name is ours.
        inputs::write(&row, given).await?;
        if !faults::keeps_from_queue(context.extensions()) {
            state.store.enqueue(row.id).await?;
            state.queue.wake().await;
        }
    }
    Ok(details::run(&row)?)
}
