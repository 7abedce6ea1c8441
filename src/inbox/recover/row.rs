//! Rows, known by their shape.

use std::collections::BTreeMap;

use super::{
    page::Pages,
    value::{Value, values},
};

/// A delivery.
pub(super) struct Head {
    pub(super) hook: String,
    pub(super) delivery_id: String,
    pub(super) body_hash: Vec<u8>,
    pub(super) memory: i64,
    pub(super) received_at: i64,
    pub(super) event: String,
    pub(super) reason: Option<String>,
    pub(super) trace: Option<String>,
}

/// A launch.
pub(super) struct Launch {
    pub(super) delivery: i64,
    pub(super) task: String,
    pub(super) version: Option<String>,
    pub(super) key: String,
    pub(super) labels: String,
    pub(super) accepted_at: i64,
    pub(super) state: i64,
    pub(super) attempts: i64,
    pub(super) replays: i64,
    pub(super) next_at: i64,
    pub(super) fence: i64,
    pub(super) run: Option<String>,
    pub(super) reason: Option<String>,
}

/// All rows by their numbers.
#[derive(Default)]
pub(super) struct Rows {
    pub(super) deliveries: BTreeMap<i64, Head>,
    pub(super) payloads: BTreeMap<i64, Vec<u8>>,
    pub(super) launches: BTreeMap<i64, Launch>,
    pub(super) inputs: BTreeMap<i64, String>,
}

/// Everything that the pages hold, and how many of them made no sense.
pub(super) fn all(pages: &Pages) -> (Rows, u64) {
    let mut rows = Rows::default();
    let (cells, unreadable) = pages.cells();
    for cell in cells {
        if let Some(values) = values(&cell.content) {
            rows.take(cell.id, values);
        }
    }
    (rows, unreadable)
}

impl Rows {
    /// A page that was moved may be there twice: of a launch, what was known last counts.
    fn take(&mut self, id: i64, values: Vec<Value>) {
        if let Some(head) = head(&values) {
            self.deliveries.insert(id, head);
        } else if let Some(launch) = launch(&values) {
            let age = |launch: &Launch| (launch.replays, launch.fence, launch.state);
            let known = self.launches.get(&id).map(age);
            if known.is_none_or(|known| known <= age(&launch)) {
                self.launches.insert(id, launch);
            }
        } else if let Ok([Value::Null, content]) = <[Value; 2]>::try_from(values) {
            match content {
                Value::Bytes(payload) => drop(self.payloads.insert(id, payload)),
                Value::Text(inputs) => drop(self.inputs.insert(id, inputs)),
                Value::Null | Value::Integer(_) | Value::Real => {}
            }
        }
    }
}

fn head(values: &[Value]) -> Option<Head> {
    let [Value::Null, rest @ ..] = values else {
        return None;
    };
    let [
        Value::Text(hook),
        Value::Text(delivery_id),
        Value::Bytes(body_hash),
        Value::Integer(memory @ 0..=2),
        Value::Integer(received_at),
        Value::Text(event),
        reason,
        trace,
    ] = rest
    else {
        return None;
    };
    Some(Head {
        hook: hook.clone(),
        delivery_id: delivery_id.clone(),
        body_hash: body_hash.clone(),
        memory: *memory,
        received_at: *received_at,
        event: event.clone(),
        reason: text(reason)?,
        trace: text(trace)?,
    })
}

fn launch(values: &[Value]) -> Option<Launch> {
    let [Value::Null, rest @ ..] = values else {
        return None;
    };
    let [
        Value::Integer(delivery),
        Value::Text(task),
        version,
        Value::Text(key),
        Value::Text(labels),
        Value::Integer(accepted_at),
        Value::Integer(state @ 0..=3),
        Value::Integer(attempts),
        Value::Integer(replays),
        Value::Integer(next_at),
        Value::Integer(fence),
        run,
        reason,
    ] = rest
    else {
        return None;
    };
    Some(Launch {
        delivery: *delivery,
        task: task.clone(),
        version: text(version)?,
        key: key.clone(),
        labels: labels.clone(),
        accepted_at: *accepted_at,
        state: *state,
        attempts: *attempts,
        replays: *replays,
        next_at: *next_at,
        fence: *fence,
        run: text(run)?,
        reason: text(reason)?,
    })
}

/// A text that may be left out; none where it is neither.
#[expect(clippy::option_option, reason = "unreadable is not left out")]
fn text(value: &Value) -> Option<Option<String>> {
    match value {
        Value::Null => Some(None),
        Value::Text(text) => Some(Some(text.clone())),
        Value::Integer(_) | Value::Bytes(_) | Value::Real => None,
    }
}
