//! Small conversions between what is stored and the messages.

use std::time::Duration;

use buffa::MessageField;
use buffa_types::google::protobuf;
use flyte_idl::flyteidl2::{
    common::{
        ActionIdentifier, EnrichedIdentity, RunIdentifier, User, UserIdentifier,
        enriched_identity::Principal,
    },
    core::{ExecutionError, execution_error::ErrorKind},
    task::TaskIdentifier,
    workflow::{ErrorInfo, error_info},
};
use jiff::Timestamp;

use super::store::{ActionKey, RunKey};

/// A stored time as a message.
pub(super) fn time(micros: i64) -> protobuf::Timestamp {
    let nanos = micros.rem_euclid(1_000_000) * 1_000;
    protobuf::Timestamp {
        seconds: micros.div_euclid(1_000_000),
        nanos: i32::try_from(nanos).unwrap_or_default(),
        ..Default::default()
    }
}

/// A time of a message; the epoch when it is out of range.
pub(super) fn timestamp(time: &protobuf::Timestamp) -> Timestamp {
    Timestamp::new(time.seconds, time.nanos).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// The identifier of a run, without an org as in the Go server.
pub(super) fn run_id(key: &RunKey) -> RunIdentifier {
    RunIdentifier {
        project: key.project.clone(),
        domain: key.domain.clone(),
        name: key.run.clone(),
        ..Default::default()
    }
}

/// The identifier of an action.
pub(super) fn action_id(key: &ActionKey) -> ActionIdentifier {
    ActionIdentifier {
        run: run_id(&key.run).into(),
        name: key.name.clone(),
        ..Default::default()
    }
}

/// The identifier of a task.
pub(super) fn task_id(project: &str, domain: &str, name: &str, version: &str) -> TaskIdentifier {
    TaskIdentifier {
        project: project.to_owned(),
        domain: domain.to_owned(),
        name: name.to_owned(),
        version: version.to_owned(),
        ..Default::default()
    }
}

/// A subject as an identity; unset when nobody was named.
pub(super) fn identity(
    subject: &str,
) -> MessageField<EnrichedIdentity, buffa::Inline<EnrichedIdentity>> {
    if subject.is_empty() {
        return MessageField::none();
    }
    let user = User {
        id: UserIdentifier {
            subject: subject.to_owned(),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    };
    MessageField::some(EnrichedIdentity {
        principal: Some(Principal::User(Box::new(user))),
        ..Default::default()
    })
}

/// An execution's error as the details of an action show it.
pub(super) fn error_info(error: &ExecutionError) -> ErrorInfo {
    let kind = match error.kind.as_known() {
        Some(ErrorKind::USER) => error_info::Kind::KIND_USER,
        Some(ErrorKind::SYSTEM) => error_info::Kind::KIND_SYSTEM,
        Some(ErrorKind::UNKNOWN) | None => error_info::Kind::KIND_UNSPECIFIED,
    };
    ErrorInfo {
        message: error.message.clone(),
        kind: kind.into(),
        code: error.code.clone(),
        ..Default::default()
    }
}

/// A positive duration of a message; none for zero, less or nonsense.
pub(super) fn duration(duration: &protobuf::Duration) -> Option<Duration> {
    let seconds = u64::try_from(duration.seconds).ok()?;
    let nanos = u32::try_from(duration.nanos).ok()?;
    let duration = Duration::from_secs(seconds).saturating_add(Duration::from_nanos(nanos.into()));
    (!duration.is_zero()).then_some(duration)
}
