//! What goes with a call of an engine, from its first byte to the end of the request
//! that it is for.

use std::sync::{Arc, OnceLock};

use connectrpc::RequestContext;
use flyte_idl::flyteidl2::core::TaskExecutionIdentifier;
use flyte_webhook_core::id::{RunName, TaskId};

use super::memory::{Memory, Share};
use crate::audit::{Resource, Trail};

/// A call of an engine; all clones are of the same.
#[derive(Clone)]
pub struct Call {
    /// What is known of it, for the logs.
    pub trail: Trail,
    /// What it takes of the memory.
    pub share: Share,
    task_type: Arc<OnceLock<&'static str>>,
}

impl Call {
    /// One of which nothing is known but this.
    pub fn new(trail: Trail, memory: &Memory) -> Self {
        Self {
            trail,
            share: memory.share(),
            task_type: Arc::default(),
        }
    }

    /// The call that a service was asked by.
    pub(super) fn of(context: &RequestContext, memory: &Memory) -> Self {
        let known = context.extensions().get::<Self>();
        known
            .cloned()
            .unwrap_or_else(|| Self::new(Trail::default(), memory))
    }

    /// The type of the task that it is about, as a word of this program.
    pub fn task_type(&self) -> Option<&'static str> {
        self.task_type.get().copied()
    }

    pub(super) fn is_about(&self, task_type: &'static str) {
        // The first counts; a call is about one task.
        let _ = self.task_type.set(task_type);
    }

    /// Which execution of which task it is about, as far as those are names.
    pub(super) fn executes(&self, id: &TaskExecutionIdentifier) {
        let (task, run) = (&id.task_id, &id.node_execution_id.execution_id);
        if let Ok(task) = TaskId::parse(&task.domain, &task.project, &task.name) {
            self.trail.about(Resource::Task(task));
        }
        if let Ok(run) = RunName::parse(&run.name) {
            self.trail.run(&run);
        }
    }
}
