//! What a problem says about the request and this server: for the log and the
//! audit log.

use std::borrow::Cow;

use flyte_webhook_core::id::RunName;
use http::StatusCode;

use super::{AppProblem, HookProblem, LoadProblem, Problem, Source};
use crate::{
    app_client,
    auth::{self, TokenError},
    control_plane::{self, ExchangeError},
    hooks::Rejected,
};

impl Problem {
    /// What denied the request, where it was denied: a key of the configuration,
    /// or the control plane.
    pub fn denied_by(&self) -> Option<Cow<'static, str>> {
        if let Self::Identity(error) = self {
            return identity(error).map(Cow::Borrowed);
        }
        if let Self::Denied(denied) = self {
            return Some(denied.list().into());
        }
        if let Self::Load(load) = self {
            return Some(load.limit());
        }
        let rules = [
            (
                matches!(self, Self::NoCredentials),
                "auth.header_extractors",
            ),
            (
                matches!(self, Self::CrossSite | Self::AdminCrossSite),
                "public_url",
            ),
            (matches!(self, Self::NoAdministrator), "admin.tokens"),
            (self.is_unsigned(), "hooks"),
            (self.is_control_planes_denial(), "control_plane"),
        ];
        let rule = rules.into_iter().find(|(applies, _)| *applies);
        rule.map(|(_, rule)| rule.into())
    }

    /// The run that the request was about, where it may be there.
    pub fn run(&self) -> Option<&RunName> {
        if let Self::RunFailed { run, .. }
        | Self::ControlPlane {
            source: control_plane::Error::Uncertain { run, .. },
            ..
        } = self
        {
            return Some(run);
        }
        None
    }

    /// Whether whoever runs this server can do something about it: the failure of
    /// what it depends on, of its configuration, or its own. Not what a caller
    /// did, or anybody could bring about, nor what a run or an app came to; else a stranger could fill the log with
    /// warnings. What is too much is refused, which is no failure either.
    pub fn is_for_operator(&self) -> bool {
        let is_too_much = matches!(
            self,
            Self::Load(_)
                | Self::BodiesTooLarge
                | Self::App(AppProblem::Call {
                    source: app_client::Error::Overloaded | app_client::Error::Busy { .. },
                    ..
                })
        );
        let is_callers = matches!(self, Self::Malformed(_) | Self::Loop);
        let is_owners = matches!(
            self,
            Self::RunFailed { .. } | Self::App(AppProblem::Answered { .. })
        );
        let is_failure = self.answer().status.is_server_error();
        is_failure && !is_too_much && !is_callers && !is_owners
    }

    /// Whether the words of the error may be logged: they are this server's or,
    /// scrubbed, those of what it asked. Of the rest some hold words of the request.
    pub fn has_cause(&self) -> bool {
        let answer = self.answer();
        answer.status.is_server_error() || answer.source != Source::Webhook
    }

    /// Whether a delivery was not signed as it should be.
    fn is_unsigned(&self) -> bool {
        matches!(
            self,
            Self::Hook(HookProblem::Rejected {
                rejected: Rejected::Unverified(_),
                ..
            })
        )
    }

    fn is_control_planes_denial(&self) -> bool {
        let answer = self.answer();
        let denials = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN];
        answer.source == Source::ControlPlane && denials.contains(&answer.status)
    }
}

/// The key of the configuration by which credentials are not let in; none where
/// nobody could judge them.
fn identity(error: &auth::Error) -> Option<&'static str> {
    match error {
        auth::Error::Token(TokenError::Invalid) => Some("auth.jwt"),
        auth::Error::Unknown => Some("auth.passthrough"),
        auth::Error::OtherEndpoint | auth::Error::Exchange(ExchangeError::Refused) => {
            Some("auth.exchange_api_keys")
        }
        auth::Error::Token(TokenError::NoKeys)
        | auth::Error::Exchange(_)
        | auth::Error::ServiceCredential { .. } => None,
    }
}

impl LoadProblem {
    /// The key of the configuration that limits it.
    fn limit(self) -> Cow<'static, str> {
        match self {
            Self::Overloaded => "limits.max_requests_in_flight".into(),
            Self::TooManyWaiting => "limits.max_waiting_requests".into(),
            Self::RateLimited { name: "caller", .. } => "limits.rate.caller".into(),
            Self::RateLimited { name, .. } => format!("limits.rate.routes.{name}").into(),
            Self::NotReady => "readiness".into(),
            Self::TooManyFromAddress { .. } => "limits.rate.address".into(),
            Self::TooManyFailures { .. } => "limits.rate.address_failures".into(),
        }
    }
}
