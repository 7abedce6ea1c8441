//! Why there is no run of a hook.

use std::{borrow::Cow, time::Duration};

use flyte_webhook_core::id::TaskId;

use crate::{
    audit, auth,
    control_plane::{self, ExchangeError, LaunchError},
};

/// Why there is no run.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Failure {
    /// The hook's identity is not let in.
    #[error("the identity of the hook is not let in")]
    Identity(#[from] auth::Error),
    /// The control plane could not say what the task is.
    #[error("the task could not be looked up")]
    LookUp(#[source] control_plane::Error),
    /// There is no such task, or no such version.
    #[error("task {task} is not deployed")]
    NoTask {
        /// The task.
        task: TaskId,
    },
    /// The task takes something else.
    #[error("the inputs do not fit task {task}: {reason}")]
    Unfit {
        /// The task.
        task: TaskId,
        /// What does not fit, without any value.
        reason: String,
    },
    /// It could not be started.
    #[error("the run could not be started")]
    Launch(#[from] LaunchError),
    /// It could not be recorded, and so nothing was done.
    #[error(transparent)]
    Audit(#[from] audit::Unavailable),
}

impl Failure {
    /// A stable word for it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Identity(_) => "identity_refused",
            Self::LookUp(_) => "task_not_looked_up",
            Self::NoTask { .. } => "task_not_found",
            Self::Unfit { .. } => "inputs_do_not_fit",
            Self::Launch(LaunchError::KeyReused) => "key_reused",
            Self::Launch(LaunchError::TooManyAttempts(_)) => "too_many_attempts",
            Self::Launch(LaunchError::Call(_) | LaunchError::Repeatable(_)) => "run_not_started",
            Self::Audit(_) => "audit_unavailable",
        }
    }

    /// Whether it would be the same another time.
    pub fn is_final(&self) -> bool {
        match self {
            Self::Unfit { .. }
            | Self::Launch(LaunchError::KeyReused | LaunchError::TooManyAttempts(_)) => true,
            Self::Identity(_)
            | Self::LookUp(_)
            | Self::NoTask { .. }
            | Self::Launch(_)
            | Self::Audit(_) => false,
        }
    }

    /// How long the control plane asks to wait.
    pub fn retry_after(&self) -> Option<Duration> {
        self.call()?.retry_after()
    }

    /// Whether a quota is used up.
    pub fn is_exhausted(&self) -> bool {
        self.call().is_some_and(control_plane::Error::is_exhausted)
    }

    /// Whether the control plane did not take the hook's credentials.
    pub(super) fn is_unauthenticated(&self) -> bool {
        let call = self.call();
        call.is_some_and(control_plane::Error::is_unauthenticated)
    }

    /// What denied it, if that is why: a key of the configuration, or the control plane.
    pub(super) fn denied_by(&self, hook: &str) -> Option<Cow<'static, str>> {
        if let Self::Identity(
            auth::Error::OtherEndpoint | auth::Error::Exchange(ExchangeError::Refused),
        ) = self
        {
            return Some(format!("hooks.{hook}.identity").into());
        }
        self.is_denied().then_some("control_plane".into())
    }

    /// Whether the control plane does not let the hook do this.
    pub(super) fn is_denied(&self) -> bool {
        self.call().is_some_and(control_plane::Error::is_denied)
    }

    /// The call of the control plane that failed, if that is why.
    fn call(&self) -> Option<&control_plane::Error> {
        match self {
            Self::LookUp(error)
            | Self::Launch(LaunchError::Call(error) | LaunchError::Repeatable(error)) => {
                Some(error)
            }
            Self::Identity(_)
            | Self::NoTask { .. }
            | Self::Unfit { .. }
            | Self::Launch(LaunchError::KeyReused | LaunchError::TooManyAttempts(_))
            | Self::Audit(_) => None,
        }
    }
}
