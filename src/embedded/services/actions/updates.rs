//! What becomes of an action's children, as the parent's process reads it.

use std::collections::HashMap;

use connectrpc::{ConnectError, ServiceStream};
use flyte_idl::flyteidl2::{
    core::ExecutionError,
    workflow::{ActionUpdate, ControlMessage},
};
use futures::{StreamExt, TryStreamExt, stream};

use super::super::{
    State,
    watch::{Reading, follow as follow_store, reading},
};
use crate::embedded::{
    store::{ActionKey, actions::ActionRow},
    wire,
};

/// One message to the parent's process.
pub(super) enum Update {
    Action(Box<ActionUpdate>),
    Control(Box<ControlMessage>),
}

/// The children as they are, a sentinel, and then each change.
pub(super) fn follow(state: &State, parent: ActionKey) -> ServiceStream<Update> {
    let (owned, run) = (state.clone(), parent.run.clone());
    let readings = follow_store(
        state,
        move |changed| changed.run == run,
        move || {
            let (state, parent) = (owned.clone(), parent.clone());
            reading(async move {
                let rows = state.store.children(&parent).await?;
                let value = rows.iter().map(update).collect::<Result<Vec<_>, _>>()?;
                Ok(Reading { value, last: false })
            })
        },
    );
    let changes = readings.scan(Seen::default(), |seen, reading| {
        let changes =
            reading.map(|updates| stream::iter(seen.changes(updates).into_iter().map(Ok)));
        std::future::ready(Some(changes))
    });
    Box::pin(changes.try_flatten())
}

/// What the parent has been told.
#[derive(Default)]
struct Seen {
    updates: HashMap<String, ActionUpdate>,
    greeted: bool,
}

impl Seen {
    fn changes(&mut self, updates: Vec<ActionUpdate>) -> Vec<Update> {
        let mut changes = Vec::new();
        for update in updates {
            let name = update.action_id.name.clone();
            if self.updates.get(&name) != Some(&update) {
                self.updates.insert(name, update.clone());
                changes.push(Update::Action(Box::new(update)));
            }
        }
        if !self.greeted {
            self.greeted = true;
            let sentinel = ControlMessage {
                sentinel: true,
                ..Default::default()
            };
            changes.push(Update::Control(Box::new(sentinel)));
        }
        changes
    }
}

fn update(row: &ActionRow) -> Result<ActionUpdate, ConnectError> {
    let error = row
        .error
        .as_deref()
        .map(ActionRow::decode::<ExecutionError>);
    Ok(ActionUpdate {
        action_id: wire::action_id(&row.key()).into(),
        phase: row.phase().into(),
        error: error.transpose()?.into(),
        // The directory: the SDK adds the file's name itself.
        output_uri: row.output_uri.clone(),
        ..Default::default()
    })
}
