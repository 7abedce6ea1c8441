//! The answers to calls of the control plane that failed.

use connectrpc::ErrorCode;
use flyte_webhook_core::id::RunName;

use super::{Answer, RETRY_AFTER_OUTAGE, Source, own};
use crate::control_plane;

/// The answer to a failed call of the control plane, whose own words stay here:
/// they may hold what is not the caller's to know.
pub(super) fn answer(action: &'static str, error: &control_plane::Error) -> Answer<'static> {
    use control_plane::Error;

    let (status, code, words) = match error {
        Error::Uncertain { run, source } => return uncertain(&answer(action, source), run),
        Error::Answered { code, .. } => connect_code(*code),
        Error::Unreachable(_) => (
            503,
            "unavailable",
            "the control plane cannot be reached; try again later",
        ),
        Error::NotCalled { .. } => (
            503,
            "control_plane_unavailable",
            "the control plane has failed again and again and is not asked for a while; try again later",
        ),
        Error::Timeout => (
            504,
            "deadline_exceeded",
            "the control plane did not answer in time",
        ),
        Error::Malformed { .. } => (
            502,
            "bad_answer",
            "the control plane's answer makes no sense",
        ),
        Error::Mismatched(_) => (404, "not_found", "there is no such thing"),
        Error::Upload(error) => upload(error),
        Error::ClusterEndpoint(_) => (
            502,
            "cluster_endpoint_refused",
            "the control plane named a cluster endpoint that is not permitted; see control_plane.cluster_hosts and egress.allow",
        ),
    };
    let outage = (status == 503).then_some(RETRY_AFTER_OUTAGE);
    Answer {
        source: Source::ControlPlane,
        retryable: matches!(status, 429 | 503 | 504),
        retry_after: error.retry_after().or(outage),
        ..own(status, code, format!("{action} failed: {words}"))
    }
}

/// Status, word and explanation where a file could not be stored.
fn upload(error: &control_plane::UploadError) -> (u16, &'static str, &'static str) {
    use control_plane::UploadError;

    match error {
        UploadError::Address(_) => (
            502,
            "upload_refused",
            "the control plane named an address to upload to that is not permitted; see egress.allow",
        ),
        UploadError::Unreachable(_) => (
            503,
            "upload_failed",
            "the object store cannot be reached; try again later",
        ),
        UploadError::Timeout => (
            504,
            "upload_failed",
            "the object store did not answer in time",
        ),
        UploadError::Refused(_) => (502, "upload_failed", "the object store refused the file"),
    }
}

/// The answer where a run may have been started: a retry would start another.
fn uncertain(failure: &Answer<'static>, run: &RunName) -> Answer<'static> {
    Answer {
        status: failure.status,
        source: failure.source,
        retry_after: failure.retry_after,
        ..own(
            500,
            failure.code,
            format!(
                "{}; look for run {run} before trying again, it may have been started",
                failure.detail
            ),
        )
    }
}

/// Status, word and explanation of a Connect code.
fn connect_code(code: ErrorCode) -> (u16, &'static str, &'static str) {
    match code {
        ErrorCode::Unauthenticated => (401, "unauthenticated", "the credentials are not valid"),
        ErrorCode::PermissionDenied => {
            (403, "permission_denied", "the credentials do not permit it")
        }
        ErrorCode::NotFound => (404, "not_found", "there is no such thing"),
        ErrorCode::InvalidArgument => (
            400,
            "invalid_argument",
            "the control plane refuses the request as invalid",
        ),
        ErrorCode::AlreadyExists => (409, "already_exists", "it exists already"),
        ErrorCode::FailedPrecondition => {
            (409, "failed_precondition", "its state does not permit it")
        }
        ErrorCode::ResourceExhausted => (
            429,
            "resource_exhausted",
            "a quota of the control plane is used up",
        ),
        ErrorCode::Unavailable => (
            503,
            "unavailable",
            "the control plane is unavailable; try again later",
        ),
        ErrorCode::DeadlineExceeded => (
            504,
            "deadline_exceeded",
            "the control plane did not answer in time",
        ),
        ErrorCode::Unimplemented => (501, "unimplemented", "the control plane does not offer it"),
        ErrorCode::Canceled
        | ErrorCode::Unknown
        | ErrorCode::Aborted
        | ErrorCode::OutOfRange
        | ErrorCode::Internal
        | ErrorCode::DataLoss
        | _ => (502, "control_plane_error", "the control plane failed"),
    }
}
