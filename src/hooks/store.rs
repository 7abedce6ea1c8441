//! Deliveries in the inbox: kept until their runs have started, and remembered
//! for when they come again.

use std::collections::BTreeMap;

use flyte_webhook_core::{id::RunName, json::Value};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{
    Hooks, Occasion,
    accept::{Accepted, Refused, RunLink},
    explain::described,
    judge::{Judgement, TaskRequest},
    start::labels,
};
use crate::{
    config::Hook,
    control_plane::RunId,
    inbox::{self, Delivery, First, Inbox, Memory, NewLaunch},
};

impl Hooks {
    /// Keeps a delivery; when this comes back without an error, it is committed.
    pub(super) async fn store(
        &self,
        inbox: &Inbox,
        hook: &Hook,
        judgement: &Judgement,
        body: &[u8],
        occasion: &Occasion,
    ) -> Result<Accepted, Refused> {
        let tasks = judgement.tasks.as_deref().unwrap_or_default();
        let launches = tasks.iter().map(|task| launch(hook, judgement, task, None));
        let delivery = Delivery {
            trace: occasion.trace.clone(),
            payload: Some(body.to_vec()),
            launches: launches.collect(),
            ..self.delivery(hook, judgement, body)
        };
        Ok(match inbox.accept(delivery).await? {
            inbox::Accepted::Stored(id) => Accepted::Stored(id),
            inbox::Accepted::Duplicate(first) => self.repeated(&first),
        })
    }

    /// What came of the delivery that this one repeats, if it does. Where the
    /// launch of the first has failed, it does not.
    pub(super) async fn known(
        &self,
        inbox: &Inbox,
        hook: &Hook,
        judgement: &Judgement,
        body: &[u8],
    ) -> Result<Option<Accepted>, Refused> {
        let delivery = self.delivery(hook, judgement, body);
        let found = inbox.find(&delivery).await?;
        Ok(found.map(|first| self.repeated(&first)))
    }

    /// Writes down what came of a delivery that is acknowledged all the same.
    pub(super) async fn record(
        &self,
        inbox: &Inbox,
        hook: &Hook,
        judgement: &Judgement,
        body: &[u8],
        runs: &[RunLink],
    ) -> Result<(), Refused> {
        let tasks = judgement.tasks.as_deref().unwrap_or_default();
        let launches = tasks.iter().zip(runs);
        let launches = launches.map(|(task, link)| launch(hook, judgement, task, Some(&link.run)));
        let delivery = Delivery {
            launches: launches.collect(),
            ..self.delivery(hook, judgement, body)
        };
        inbox.accept(delivery).await?;
        Ok(())
    }

    /// What tells a delivery from others, without what it starts and without its body.
    fn delivery(&self, hook: &Hook, judgement: &Judgement, body: &[u8]) -> Delivery {
        let memory = match (&judgement.tasks, judgement.signed_at) {
            // The rules may change, and it has done nothing.
            (Err(_), _) => Memory::Nothing,
            (Ok(_), Some(_)) if hook.reader.has_signed_ids(hook.verifier.scheme()) => Memory::Id,
            // Linear's signature covers a time, and not the id.
            (Ok(_), _) => Memory::IdAndBody,
        };
        Delivery {
            hook: hook.name.to_string(),
            delivery_id: judgement.delivery_id.clone(),
            body_hash: Sha256::digest(body).into(),
            memory,
            received_at: self.now(),
            event: trail(judgement).to_string(),
            reason: judgement
                .tasks
                .as_ref()
                .err()
                .map(|it| it.code().to_owned()),
            trace: None,
            payload: None,
            launches: Vec::new(),
        }
    }

    fn repeated(&self, first: &First) -> Accepted {
        let runs = first
            .launches
            .iter()
            .filter_map(|launch| launch.run.as_deref());
        let link = |name: &str| {
            let scope = self.0.scope.clone();
            let name = RunName::parse(name).ok()?;
            let run = RunId { scope, name };
            let url = self.0.control_plane.run_url(&run);
            Some(RunLink { run, url })
        };
        let runs = runs.filter_map(link).collect();
        let is_duplicate = true;
        Accepted::Launched { runs, is_duplicate }
    }
}

/// What people are shown of a delivery: the event without its payload, and what
/// the rules made of it without the inputs.
pub(super) fn trail(judgement: &Judgement) -> serde_json::Value {
    json!({
        "event": described(&judgement.event, &judgement.delivery_id),
        "secret": judgement.secret + 1,
        "signed_at": judgement.signed_at.map(|at| at.to_string()),
        "rules": judgement.rules,
    })
}

fn launch(
    hook: &Hook,
    judgement: &Judgement,
    task: &TaskRequest,
    run: Option<&RunId>,
) -> NewLaunch {
    let inputs = Value::Object(task.inputs.clone());
    let labels: BTreeMap<_, _> = labels(&hook.name, &judgement.event.qualified_type(), &task.key);
    NewLaunch {
        task: task.task.to_string(),
        version: task.version.clone(),
        inputs: serde_json::to_string(&inputs).expect("JSON is JSON"),
        key: task.key.clone(),
        labels,
        run: run.map(|run| run.name.to_string()),
    }
}
