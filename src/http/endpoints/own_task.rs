//! Running the tasks that the configuration gives to endpoints.

use flyte_webhook_core::{id::TaskId, literal, policy::Permit};

use crate::{
    control_plane::{Caller, Task},
    http::{Api, OwnTaskProblem, Problem},
};

/// A task of an endpoint, and what to do where it does not serve.
pub(super) struct OwnTask<'a> {
    pub(super) id: &'a Permit<TaskId>,
    pub(super) advice: &'static str,
}

impl OwnTask<'_> {
    /// This version, or the latest.
    pub(super) async fn find(
        &self,
        api: &Api,
        caller: &Caller,
        version: Option<&str>,
    ) -> Result<Task, Problem> {
        let found = api.control_plane.task(caller, self.id, version).await;
        found
            .map_err(Problem::control_plane("Looking up the task"))?
            .ok_or_else(|| {
                let (task, advice) = (self.id.get().clone(), self.advice);
                OwnTaskProblem::NotDeployed { task, advice }.into()
            })
    }

    /// The problem where the task takes something else than there is to give.
    pub(super) fn unfit(&self, errors: &[literal::Error]) -> Problem {
        let errors = errors.iter().map(|error| {
            let (input, message) = (error.pointer(), error.message());
            format!("input {}: {message}", input.trim_start_matches('/'))
        });
        OwnTaskProblem::Unfit {
            task: self.id.get().clone(),
            reason: errors.collect::<Vec<_>>().join(", "),
            advice: self.advice,
        }
        .into()
    }
}
