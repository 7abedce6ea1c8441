//! The phases of a run, under the names that clients know.

use std::fmt;

use buffa::EnumValue;
use flyte_idl::flyteidl2::common::ActionPhase;

/// Where a run is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Phase(ActionPhase);

impl Phase {
    /// Where a run is that was just started.
    pub const QUEUED: Self = Self(ActionPhase::Queued);

    /// Where an action is.
    pub(super) fn of(phase: EnumValue<ActionPhase>) -> Self {
        // A phase of a later version means that something goes on.
        Self(phase.as_known().unwrap_or(ActionPhase::Running))
    }

    /// Whether the run has ended.
    pub fn is_done(self) -> bool {
        match self.0 {
            ActionPhase::Succeeded
            | ActionPhase::Failed
            | ActionPhase::Aborted
            | ActionPhase::TimedOut
            | ActionPhase::Recovered => true,
            ActionPhase::Unspecified
            | ActionPhase::Queued
            | ActionPhase::WaitingForResources
            | ActionPhase::Initializing
            | ActionPhase::Running
            | ActionPhase::Paused => false,
        }
    }

    /// Whether the run has ended well, so that it has outputs.
    pub fn has_outputs(self) -> bool {
        matches!(self.0, ActionPhase::Succeeded | ActionPhase::Recovered)
    }

    /// Whether the run has ended otherwise.
    pub fn has_failed(self) -> bool {
        self.is_done() && !self.has_outputs()
    }

    /// The phase as clients know it.
    pub fn as_str(self) -> &'static str {
        match self.0 {
            ActionPhase::Unspecified => "unspecified",
            ActionPhase::Queued => "queued",
            ActionPhase::WaitingForResources => "waiting_for_resources",
            ActionPhase::Initializing => "initializing",
            ActionPhase::Running => "running",
            ActionPhase::Succeeded => "succeeded",
            ActionPhase::Failed => "failed",
            ActionPhase::Aborted => "aborted",
            ActionPhase::TimedOut => "timed_out",
            ActionPhase::Paused => "paused",
            ActionPhase::Recovered => "recovered",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
