//! The answers where the task that the configuration gives to an endpoint does
//! not serve it. Only whoever runs this server can help.

use flyte_webhook_core::id::TaskId;

use super::{Answer, own};

/// What is wrong with the task of an endpoint.
#[derive(Clone, Debug, thiserror::Error)]
pub enum OwnTaskProblem {
    /// It is not there.
    #[error("task {task} is not deployed")]
    NotDeployed {
        /// The task.
        task: TaskId,
        /// How to come by it.
        advice: &'static str,
    },
    /// It takes something else than the endpoint has to give.
    #[error("task {task} cannot be used: {reason}")]
    Unfit {
        /// The task.
        task: TaskId,
        /// Why not.
        reason: String,
        /// How to come by one that can.
        advice: &'static str,
    },
}

impl OwnTaskProblem {
    pub(super) fn answer(&self) -> Answer<'static> {
        match self {
            Self::NotDeployed { task, advice } => own(
                501,
                "task_not_deployed",
                format!("Task {task} is not deployed; {advice}"),
            ),
            Self::Unfit {
                task,
                reason,
                advice,
            } => own(
                501,
                "task_not_usable",
                format!("Task {task} cannot be used, {reason}; {advice}"),
            ),
        }
    }
}
