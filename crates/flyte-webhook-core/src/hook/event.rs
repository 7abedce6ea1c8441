//! One event, in one form for all providers.

mod bitbucket;
mod clickup;
mod generic;
mod github;
mod gitlab;
mod jira;
mod linear;
mod look;
mod pagerduty;
mod shopify;
mod slack;
mod standard;
mod stripe;

use std::borrow::Cow;

use super::{
    body::{self, Body},
    scheme::Delivery,
    source::{Reader, Source},
};
use crate::json::{Document, Part};

/// What a provider says that happened.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Event {
    /// Who says so: `github`.
    pub provider: &'static str,
    /// The provider's type: `pull_request`, `Issue`.
    pub event_type: String,
    /// What was done, where the provider says it apart from the type: `opened`.
    pub action: Option<String>,
    /// What is the same for a repetition of the delivery and for nothing else;
    /// `None` where the provider sends no such thing.
    pub delivery_id: Option<String>,
    /// What it is about: `octo/repo#7`.
    pub resource_id: Option<String>,
    /// When it happened, as the provider writes it.
    pub occurred_at: Option<String>,
    /// What the resource is in: repository, channel, team, list, project, shop.
    pub scope: Option<String>,
    /// What a person calls it.
    pub title: Option<String>,
    /// Its page.
    pub url: Option<String>,
    /// Who did it.
    pub actor: Option<String>,
}

/// Why a body that can be read is no event.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The body holds no payload.
    #[error(transparent)]
    Body(#[from] body::Error),
    /// The header that says what happened is not there.
    #[error("there is no header {name}, which says what happened")]
    NoType { name: String },
    /// The part of the payload that says what happened is not there.
    #[error("the payload has no {member}, which says what happened")]
    NoMember { member: &'static str },
}

impl Event {
    /// `type.action`, or the type where there is no action.
    pub fn qualified_type(&self) -> Cow<'_, str> {
        match self.action.as_deref() {
            Some(action) if !action.is_empty() => format!("{}.{action}", self.event_type).into(),
            Some(_) | None => self.event_type.as_str().into(),
        }
    }

    /// Reads the event of a delivery; beside it, all that the provider sent.
    pub(super) fn read<'a>(
        reader: &Reader,
        delivery: &Delivery<'a>,
    ) -> Result<(Self, Document<'a>), Error> {
        let headers = delivery.headers();
        let body = Body::read(delivery.body())?;
        match reader.source {
            Source::GitHub => with(form_or_json(body)?, |root| github::event(headers, root)),
            Source::GitLab | Source::GitLabToken => {
                with(json(body)?, |root| Ok(gitlab::event(headers, root)))
            }
            Source::Slack => slack::event(body),
            Source::Stripe => with(json(body)?, stripe::event),
            Source::StandardWebhooks | Source::Svix => with(json(body)?, |root| {
                Ok(standard::event(reader.source, headers, root))
            }),
            Source::Bitbucket => with(json(body)?, |root| bitbucket::event(headers, root)),
            Source::Jira | Source::JiraToken => {
                with(json(body)?, |root| Ok(jira::event(headers, root)))
            }
            Source::Linear => with(json(body)?, |root| Ok(linear::event(headers, root))),
            Source::ClickUp => with(json(body)?, |root| Ok(clickup::event(root))),
            Source::Shopify => with(json(body)?, |root| shopify::event(headers, root)),
            Source::PagerDuty => with(json(body)?, pagerduty::event),
            Source::Generic => with(form_or_json(body)?, |root| {
                generic::event(&reader.generic, headers, root)
            }),
        }
    }
}

/// The event that a payload tells of, with the payload.
fn with(
    payload: Document<'_>,
    event: impl FnOnce(Part<'_>) -> Result<Event, Error>,
) -> Result<(Event, Document<'_>), Error> {
    Ok((event(payload.root())?, payload))
}

/// The payload of a provider that sends JSON alone.
fn json(body: Body<'_>) -> Result<Document<'_>, Error> {
    match body {
        Body::Json(payload) => Ok(payload),
        Body::Form(_) => Err(Error::Body(body::Error::NotJson)),
    }
}

/// The payload of a body that is JSON or has it as the field `payload`; other
/// forms are objects of texts.
fn form_or_json(body: Body<'_>) -> Result<Document<'_>, Error> {
    match body {
        Body::Json(payload) => Ok(payload),
        Body::Form(fields) => match fields.get("payload") {
            Some(payload) => Ok(body::object(payload.as_bytes())?.into_owned()),
            None => Ok(body::texts(fields)),
        },
    }
}

#[cfg(test)]
mod tests;
