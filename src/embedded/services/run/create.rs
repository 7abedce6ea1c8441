//! Starting a run.
//!
//! A name that is known gives the run that has it and starts nothing: what a
//! client sends twice runs once. The one exception is a run that a fault kept
//! from the queue, which the second request sets going.

use connectrpc::{ConnectError, RequestContext};
use flyte_idl::flyteidl2::workflow::{CreateRunRequest, Run};

use super::{super::details, inputs, plan};
use crate::embedded::{
    faults,
    services::State,
    store::{
        Progress,
        actions::{ActionRow, Inserted},
    },
};

/// Stores the run as one that waits.
pub(super) async fn create(
    state: &State,
    context: &RequestContext,
    request: CreateRunRequest,
) -> Result<Run, ConnectError> {
    let mut plan = plan::plan(state, context, request).await?;
    let kept = faults::keeps_from_queue(context.extensions());
    if kept {
        plan.action.progress = Progress::Stored;
    }
    let owned = state.clone();
    let stored = state.complete(async move {
        let row = match owned.store.action(&plan.action.key).await? {
            Some(row) => row,
            None => store(&owned, plan).await?,
        };
        if row.progress == Progress::Stored && !kept {
            owned.store.enqueue(row.id).await?;
        }
        owned.queue.wake().await;
        Ok(row)
    });
    Ok(details::run(&stored.await?)?)
}

/// The inputs are there before the run is: whoever stops in between, be it a
/// crash, leaves no run that waits for them. Their place is this request's own,
/// so that another one for the same name cannot change what the run reads.
async fn store(state: &State, plan: plan::Plan) -> Result<ActionRow, ConnectError> {
    let uri = plan.action.input_uri.clone();
    let written = inputs::write(&uri, plan.inputs).await?;
    match state.store.insert_action(plan.action).await? {
        Inserted::New(row) => Ok(row),
        Inserted::Known(row) => {
            if written {
                inputs::remove(&uri).await;
            }
            Ok(row)
        }
        Inserted::Refused => Err(ConnectError::internal("a run has nothing to wait for")),
    }
}
