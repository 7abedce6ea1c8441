//! Starting the run that a rule asks for.

use std::collections::BTreeMap;

use flyte_webhook_core::{
    id::TaskId,
    idempotency::{Digest, Identity as RunIdentity, Key, Origin},
    json::Object,
    literal,
    policy::Permit,
};

use super::{Failure, Hooks, Occasion};
use crate::{
    auth::Lease,
    config::Hook,
    control_plane::{Caller, Given, Known, Launch, Launcher, Once, RunSettings, Start, Task},
};

/// What runs of hooks are derived under, as those of endpoints are under theirs.
const ROUTE: &str = "webhook";

/// A run to start.
#[derive(Clone, Debug)]
pub struct Order {
    /// The task.
    pub task: Permit<TaskId>,
    /// Its version, the latest without.
    pub version: Option<String>,
    /// The inputs by name.
    pub inputs: Object,
    /// One run for each key and each replay.
    pub key: String,
    /// The labels of the run.
    pub labels: BTreeMap<String, String>,
    /// How often the run was asked for once more by a person.
    pub replays: u32,
    /// Whether it was started before, and is only looked at.
    pub is_known: bool,
}

/// What was found or made for an order.
pub(super) struct Started {
    pub(super) known: Known,
    /// Whether it was there already.
    pub(super) is_repeated: bool,
}

/// The label by which the reference finds the run of a key.
fn label(text: &str) -> String {
    const LONGEST: usize = 63;
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let text: String = text
        .chars()
        .map(|c| if plain(c) { c } else { '-' })
        .collect();
    let cut = text.get(..LONGEST).unwrap_or(&text);
    cut.trim_matches(|c: char| !c.is_ascii_alphanumeric())
        .to_owned()
}

/// The labels of a hook's run.
pub(super) fn labels(hook: &str, event: &str, key: &str) -> BTreeMap<String, String> {
    [("dedupe", key), ("hook", hook), ("event", event)]
        .map(|(name, text)| (name.to_owned(), label(text)))
        .into()
}

impl Hooks {
    /// The run of an order: the one that is there, or a new one.
    pub(super) async fn find_or_start(
        &self,
        hook: &Hook,
        order: &Order,
        occasion: &Occasion,
    ) -> Result<Started, Failure> {
        let admitted = self.caller(hook, occasion).await?;
        let started = self.start_as(&admitted.caller, hook, order).await;
        let is_refused = started.as_ref().is_err_and(Failure::is_unauthenticated);
        self.give_up(admitted.lease.filter(|_| is_refused)).await;
        started
    }

    async fn start_as(
        &self,
        caller: &Caller,
        hook: &Hook,
        order: &Order,
    ) -> Result<Started, Failure> {
        let launcher = self.launcher(caller);
        let launch = match launcher.attempt(&once(hook, order), order.replays).await? {
            Launch::Known(known) => {
                let is_repeated = true;
                return Ok(Started { known, is_repeated });
            }
            Launch::New(launch) => launch,
        };
        let version = launch.version().or(order.version.as_deref());
        let task = self.task(caller, &order.task, version).await?;
        let inputs = inputs(&order.task, &task, &order.inputs)?;
        let settings = RunSettings {
            labels: order.labels.clone().into_iter().collect(),
            ..RunSettings::default()
        };
        let start = Start::Task(Given::new(&task, inputs), settings);
        let known = launch.start(&launcher, start).await?;
        let is_repeated = false;
        Ok(Started { known, is_repeated })
    }

    /// The run of an order as it is now, if there is one.
    pub(super) async fn look(
        &self,
        hook: &Hook,
        order: &Order,
        occasion: &Occasion,
    ) -> Result<Option<Known>, Failure> {
        let part = occasion.part();
        let known = self.look_as(hook, order, &part).await;
        occasion.trail.take_in(&part.trail);
        known
    }

    async fn look_as(
        &self,
        hook: &Hook,
        order: &Order,
        occasion: &Occasion,
    ) -> Result<Option<Known>, Failure> {
        let admitted = self.caller(hook, occasion).await?;
        let launcher = self.launcher(&admitted.caller);
        match launcher.attempt(&once(hook, order), order.replays).await? {
            Launch::Known(known) => Ok(Some(known)),
            Launch::New(_) => Ok(None),
        }
    }

    pub(super) async fn task(
        &self,
        caller: &Caller,
        id: &Permit<TaskId>,
        version: Option<&str>,
    ) -> Result<Task, Failure> {
        let found = self.0.control_plane.task(caller, id, version).await;
        let task = id.get().clone();
        found
            .map_err(Failure::LookUp)?
            .ok_or(Failure::NoTask { task })
    }

    fn launcher<'a>(&'a self, caller: &'a Caller) -> Launcher<'a> {
        Launcher {
            control_plane: &self.0.control_plane,
            caller,
            scope: &self.0.scope,
            environment: &self.0.run_environment,
            requeue_after: self.0.requeue_after,
            now: self.now(),
        }
    }

    /// Gives up an access token that the control plane does not take any more.
    async fn give_up(&self, lease: Option<Lease>) {
        if let Some(lease) = lease {
            self.0.authenticator.give_up(&lease).await;
        }
    }
}

/// Inputs of a task, or all that does not fit.
pub(super) fn inputs(
    id: &Permit<TaskId>,
    task: &Task,
    inputs: &Object,
) -> Result<Vec<flyte_idl::flyteidl2::task::NamedLiteral>, Failure> {
    literal::inputs_from_json(&task.inputs, &task.default_inputs, inputs).map_err(|errors| {
        let describe = |error: &literal::Error| {
            let input = error.pointer();
            format!("{}: {}", input.trim_start_matches('/'), error.message())
        };
        Failure::Unfit {
            task: id.get().clone(),
            reason: errors.iter().map(describe).collect::<Vec<_>>().join(", "),
        }
    })
}

/// What makes two orders the same. The body is no part of it: the same key is the
/// same run, and the label says only that it is this hook's.
fn once(hook: &Hook, order: &Order) -> Once {
    let task = order.task.to_string();
    let digest = Digest::of([&*hook.name, &task, &order.key]);
    Once {
        identity: RunIdentity {
            origin: Origin::Hook(hook.name.to_string()),
            route: ROUTE,
            task,
            key: Key::of_delivery(&order.key),
        },
        digest,
    }
}
