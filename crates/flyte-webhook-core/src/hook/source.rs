//! The senders that are known: how each signs, what it asks at set-up, and
//! where its deliveries say what happened.

mod handshake;
mod scheme;

use std::{fmt, str::FromStr};

use super::{
    event::{Error as EventError, Event},
    scheme::{Delivery, Names, Scheme, Unverified, Verified},
};
use crate::{json::Document, nearest::nearest};

pub use handshake::Handshake;

/// Where deliveries come from, and by which of its schemes they are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Source {
    GitHub,
    /// GitLab with a signing token.
    GitLab,
    /// GitLab with a secret token, which it sends along.
    GitLabToken,
    Slack,
    Stripe,
    /// Anyone who signs as Standard Webhooks has it.
    StandardWebhooks,
    /// As Standard Webhooks, in headers of other names.
    Svix,
    /// Bitbucket Cloud and Data Center.
    Bitbucket,
    Jira,
    /// Jira behind something that adds a secret in `X-Webhook-Token`.
    JiraToken,
    Linear,
    ClickUp,
    Shopify,
    PagerDuty,
    /// Anyone else, by a scheme that is configured.
    Generic,
}

/// Why a word is no source.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no source {name:?}{}", did_you_mean(*nearest))]
pub struct Unknown {
    pub name: String,
    pub nearest: Option<&'static str>,
}

fn did_you_mean(nearest: Option<&str>) -> String {
    nearest.map_or_else(String::new, |name| format!("; did you mean {name}?"))
}

impl Source {
    /// Every source.
    pub const ALL: [Self; 15] = [
        Self::GitHub,
        Self::GitLab,
        Self::GitLabToken,
        Self::Slack,
        Self::Stripe,
        Self::StandardWebhooks,
        Self::Svix,
        Self::Bitbucket,
        Self::Jira,
        Self::JiraToken,
        Self::Linear,
        Self::ClickUp,
        Self::Shopify,
        Self::PagerDuty,
        Self::Generic,
    ];

    /// The word for it in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::GitHub => "github",
            Self::GitLab => "gitlab",
            Self::GitLabToken => "gitlab_token",
            Self::Slack => "slack",
            Self::Stripe => "stripe",
            Self::StandardWebhooks => "standard_webhooks",
            Self::Svix => "svix",
            Self::Bitbucket => "bitbucket",
            Self::Jira => "jira",
            Self::JiraToken => "jira_token",
            Self::Linear => "linear",
            Self::ClickUp => "clickup",
            Self::Shopify => "shopify",
            Self::PagerDuty => "pagerduty",
            Self::Generic => "generic",
        }
    }

    /// The provider of its events.
    pub const fn provider(self) -> &'static str {
        match self {
            Self::GitLabToken => Self::GitLab.name(),
            Self::JiraToken => Self::Jira.name(),
            Self::GitHub
            | Self::GitLab
            | Self::Slack
            | Self::Stripe
            | Self::StandardWebhooks
            | Self::Svix
            | Self::Bitbucket
            | Self::Jira
            | Self::Linear
            | Self::ClickUp
            | Self::Shopify
            | Self::PagerDuty
            | Self::Generic => self.name(),
        }
    }

    /// How its deliveries prove where they are from; `None` where that is
    /// configured.
    pub fn scheme(self) -> Option<Scheme> {
        scheme::of(self)
    }

    /// Whether its events can have a scope, so that a list of scopes can let
    /// any through.
    pub const fn has_scope(self) -> bool {
        !matches!(self, Self::StandardWebhooks | Self::Svix | Self::Generic)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Source {
    type Err = Unknown;

    fn from_str(name: &str) -> Result<Self, Unknown> {
        let found = Self::ALL.into_iter().find(|source| source.name() == name);
        found.ok_or_else(|| Unknown {
            name: name.to_owned(),
            nearest: nearest(name, Self::ALL.iter().map(|source| source.name())),
        })
    }
}

/// What is configured of a sender that is not known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Generic {
    /// The header of the event's type, in lower case; without one it is the
    /// member `type`, `event` or `event_type` of the payload.
    pub event_header: Option<String>,
    /// The header of the delivery's id, in lower case.
    pub id_header: Option<String>,
}

/// Reads deliveries of one source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reader {
    /// Whose deliveries they are.
    pub source: Source,
    /// What is configured of a [`Source::Generic`].
    pub generic: Generic,
}

/// What a delivery is.
#[derive(Debug, Clone, PartialEq)]
pub enum Incoming<'a> {
    /// The provider looks whether anyone is there, and wants this answer.
    Handshake(Handshake),
    /// Something happened; beside it, all that the provider sent.
    Event(Box<Event>, Document<'a>),
}

impl Reader {
    /// A reader of a source that is known.
    pub fn new(source: Source) -> Self {
        let generic = Generic::default();
        Self { source, generic }
    }

    /// Whether whoever signs by this scheme signs the id of a delivery, too, so that
    /// nobody else can send it again under another. It is not where the id is in a
    /// header of its own.
    pub fn has_signed_ids(&self, scheme: &Scheme) -> bool {
        match (self.source, scheme) {
            (
                // In the body.
                Source::Slack | Source::Stripe
                // Beside the signature.
                | Source::GitLab | Source::StandardWebhooks | Source::Svix,
                _,
            ) => true,
            (Source::Generic, Scheme::Signed(signed)) => {
                // Without a header it is the hash of the body.
                self.generic.id_header.as_ref().is_none_or(|header| {
                    let signs = |names: &Names| names.id.as_ref() == Some(header);
                    signed.content.has_id() && signed.names.iter().all(signs)
                })
            }
            (Source::Generic, Scheme::Token(_) | Scheme::Basic(_))
            | (
                Source::GitHub
                | Source::GitLabToken
                | Source::Bitbucket
                | Source::Jira
                | Source::JiraToken
                | Source::Linear
                | Source::ClickUp
                | Source::Shopify
                | Source::PagerDuty,
                _,
            ) => false,
        }
    }

    /// What a delivery is.
    pub fn read<'a>(&self, delivery: &Verified<Delivery<'a>>) -> Result<Incoming<'a>, EventError> {
        self.look(delivery)
    }

    /// What a delivery would be if it were believed: to be shown, not acted on.
    pub fn preview<'a>(&self, delivery: &Unverified<'a>) -> Result<Incoming<'a>, EventError> {
        self.look(delivery.peek())
    }

    fn look<'a>(&self, delivery: &Delivery<'a>) -> Result<Incoming<'a>, EventError> {
        if let Some(handshake) = handshake::signed(self.source, delivery) {
            return Ok(Incoming::Handshake(handshake));
        }
        let (event, payload) = Event::read(self, delivery)?;
        Ok(Incoming::Event(Box::new(event), payload))
    }

    /// The handshake that a provider sends without a signature, and whose answer
    /// tells nothing and does nothing.
    pub fn unsigned_handshake(&self, delivery: &Unverified<'_>) -> Option<Handshake> {
        handshake::unsigned(self.source, delivery.peek())
    }
}

#[cfg(test)]
mod tests;
