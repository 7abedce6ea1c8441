//! Whether and when a failed attempt is followed by another.

use flyte_idl::flyteidl2::{
    core::{Backoff, TaskTemplate},
    task::TaskSpec,
};

use crate::embedded::{store::actions::ActionRow, wire};

/// A day, in seconds; whoever declares more has made a mistake.
const MAX_PAUSE: f64 = 86_400.0;

/// When the next attempt is due; none after the last, nor after the deadline.
pub(super) fn due(row: &ActionRow, now: i64) -> Option<i64> {
    let spec: TaskSpec = ActionRow::decode(&row.spec).ok()?;
    let due = now.saturating_add(pause(&spec, row)?);
    deadline(&spec.task_template, row)
        .is_none_or(|deadline| due < deadline)
        .then_some(due)
}

/// When the action has to be over, however many attempts it takes.
pub(super) fn deadline(template: &TaskTemplate, row: &ActionRow) -> Option<i64> {
    let declared = template.metadata.timeouts.deadline.as_option();
    let micros = declared.and_then(wire::duration)?.as_micros();
    let micros = i64::try_from(micros).unwrap_or(i64::MAX);
    Some(row.created_at.saturating_add(micros))
}

/// How many microseconds to wait before the next attempt; none after the last.
fn pause(spec: &TaskSpec, row: &ActionRow) -> Option<i64> {
    let strategy = &spec.task_template.metadata.retries;
    if row.attempts > strategy.retries {
        return None;
    }
    Some(backoff(&strategy.backoff, row.attempts))
}

/// `base * factor^(attempt - 1)`, at most `cap`.
fn backoff(backoff: &Backoff, attempt: u32) -> i64 {
    let seconds = |duration| wire::duration(duration).map(|it| it.as_secs_f64());
    let base = backoff
        .base
        .as_option()
        .and_then(seconds)
        .unwrap_or_default();
    let exponent = i32::try_from(attempt.saturating_sub(1)).unwrap_or(i32::MAX);
    let grown = base * backoff.factor.unwrap_or(1.0).powi(exponent);
    let cap = backoff
        .cap
        .as_option()
        .and_then(seconds)
        .unwrap_or(MAX_PAUSE);
    #[expect(
        clippy::cast_possible_truncation,
        reason = "`as` saturates, and NaN becomes 0"
    )]
    let micros = (grown.min(cap).clamp(0.0, MAX_PAUSE) * 1e6) as i64;
    micros
}

#[cfg(test)]
mod tests {
    use buffa_types::google::protobuf::Duration;

    use super::*;

    fn strategy(base: i64, factor: f64, cap: i64) -> Backoff {
        Backoff {
            base: Duration::from_secs(base).into(),
            factor: Some(factor),
            cap: Duration::from_secs(cap).into(),
            ..Default::default()
        }
    }

    #[test]
    fn the_pause_grows_up_to_its_cap() {
        let doubling = strategy(1, 2.0, 5);
        let pauses: Vec<_> = (1..5).map(|attempt| backoff(&doubling, attempt)).collect();
        assert_eq!(pauses, [1_000_000, 2_000_000, 4_000_000, 5_000_000]);
    }

    #[test]
    fn absurd_strategies_stay_within_bounds() {
        assert_eq!(backoff(&Backoff::default(), 9), 0);
        assert_eq!(backoff(&strategy(1, f64::NAN, 3), 2), 3_000_000);
        assert_eq!(backoff(&strategy(-5, 2.0, 3), 2), 0);
        assert_eq!(
            backoff(&strategy(1, f64::INFINITY, i64::MAX / 2), 2),
            86_400_000_000
        );
    }
}
