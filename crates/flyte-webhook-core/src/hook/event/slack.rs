//! Events of Slack, in its three shapes: events as JSON, interactions as JSON in
//! a form, slash commands as a form.

use indexmap::IndexMap;

use super::{
    Error, Event,
    look::{first, object, text},
    with,
};
use crate::{
    hook::body::{self, Body},
    json::{Document, Part},
};

/// How many characters of a message are a title.
const TITLE: usize = 120;

pub(super) fn event(body: Body<'_>) -> Result<(Event, Document<'_>), Error> {
    match body {
        Body::Json(payload) => with(payload, callback),
        Body::Form(fields) => match fields.get("payload") {
            Some(payload) => {
                let payload = body::object(payload.as_bytes())?.into_owned();
                with(payload, |root| Ok(interaction(root)))
            }
            None => Ok((command(&fields)?, body::texts(fields))),
        },
    }
}

fn callback(root: Part<'_>) -> Result<Event, Error> {
    let event = object(root, &["event"]);
    if !event.exists() {
        return Err(Error::NoMember { member: "event" });
    }
    // Some events name their channel inside of what they are about.
    let channel = text(event, &["channel"]);
    let message = text(event, &["ts"]);
    Ok(Event {
        provider: "slack",
        event_type: text(event, &["type"]).unwrap_or_else(|| "unknown".to_owned()),
        action: text(event, &["subtype"]),
        delivery_id: text(root, &["event_id"]),
        resource_id: in_channel(channel.as_deref(), message),
        scope: channel,
        title: text(event, &["text"]).map(|text| shortened(&text)),
        actor: text(event, &["user"]),
        ..Event::default()
    })
}

/// What was done to a button, a shortcut or a dialogue. The action is what the
/// app calls it.
fn interaction(root: Part<'_>) -> Event {
    let action = root.get("actions").items().next().unwrap_or_default();
    let event_type = text(root, &["type"]).unwrap_or_else(|| "unknown".to_owned());
    let called = text(action, &["action_id"])
        .or_else(|| first(root, &[&["callback_id"], &["view", "callback_id"]]));
    let channel = first(root, &[&["channel", "id"], &["container", "channel_id"]]);
    let message = first(root, &[&["container", "message_ts"], &["message", "ts"]]);
    Event {
        provider: "slack",
        delivery_id: text(root, &["trigger_id"]),
        resource_id: in_channel(channel.as_deref(), message),
        // Two clicks on one button are at two times.
        occurred_at: text(action, &["action_ts"]).or_else(|| text(root, &["action_ts"])),
        scope: channel,
        title: Some(called.clone().unwrap_or_else(|| event_type.clone())),
        actor: text(root, &["user", "id"]),
        action: called,
        event_type,
        ..Event::default()
    }
}

fn command(fields: &IndexMap<String, String>) -> Result<Event, Error> {
    let command = fields
        .get("command")
        .ok_or(Error::NoMember { member: "command" })?;
    let field = |name: &str| fields.get(name).filter(|text| !text.is_empty()).cloned();
    let typed = field("text").unwrap_or_default();
    let title = shortened(format!("{command} {typed}").trim());
    let action = command.trim_start_matches('/');
    Ok(Event {
        provider: "slack",
        event_type: "command".to_owned(),
        action: Some(action.to_owned()).filter(|action| !action.is_empty()),
        delivery_id: field("trigger_id"),
        scope: field("channel_id"),
        title: Some(title).filter(|title| !title.is_empty()),
        actor: field("user_id"),
        ..Event::default()
    })
}

fn in_channel(channel: Option<&str>, message: Option<String>) -> Option<String> {
    Some(format!("{}:{}", channel?, message?))
}

fn shortened(text: &str) -> String {
    text.chars().take(TITLE).collect()
}
