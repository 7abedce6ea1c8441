//! What each source's deliveries look like.

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::hook::source::{Reader, Source};

/// The headers beside those of the signature.
pub(super) fn headers(reader: &Reader, id: &str, body: &[u8]) -> Vec<(String, String)> {
    let is_form = !body.trim_ascii_start().starts_with(b"{") && body.contains(&b'=');
    let media_type = if is_form {
        "application/x-www-form-urlencoded"
    } else {
        "application/json"
    };
    let mut headers = vec![("content-type", media_type)];
    match reader.source {
        Source::GitHub => headers.extend([("x-github-event", "push"), ("x-github-delivery", id)]),
        Source::GitLab | Source::GitLabToken => {
            headers.extend([("x-gitlab-event", "Push Hook"), ("idempotency-key", id)]);
        }
        Source::Bitbucket => {
            headers.extend([("x-event-key", "repo:push"), ("x-request-uuid", id)]);
        }
        Source::Jira | Source::JiraToken => headers.push(("x-atlassian-webhook-identifier", id)),
        Source::Linear => headers.push(("linear-delivery", id)),
        Source::Shopify => headers.extend([
            ("x-shopify-topic", "orders/create"),
            ("x-shopify-webhook-id", id),
            ("x-shopify-shop-domain", "acme.myshopify.com"),
        ]),
        Source::Generic => {
            let named = |name: &Option<String>| name.clone();
            let event = named(&reader.generic.event_header).map(|name| (name, "test".to_owned()));
            let id = named(&reader.generic.id_header).map(|name| (name, id.to_owned()));
            let own = headers.into_iter().map(owned);
            return own.chain(event).chain(id).collect();
        }
        Source::Slack
        | Source::Stripe
        | Source::StandardWebhooks
        | Source::Svix
        | Source::ClickUp
        | Source::PagerDuty => {}
    }
    headers.into_iter().map(owned).collect()
}

fn owned((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

/// A small body such as the source sends.
pub(super) fn body(source: Source, id: &str, now: Timestamp) -> Vec<u8> {
    payload(source, id, now).to_string().into_bytes()
}

fn payload(source: Source, id: &str, now: Timestamp) -> Value {
    let commit = "0123456789abcdef0123456789abcdef01234567";
    match source {
        Source::GitHub => json!({
            "ref": "refs/heads/main", "after": commit,
            "repository": {"full_name": "acme/site"}, "sender": {"login": "ada"},
        }),
        Source::GitLab | Source::GitLabToken => json!({
            "object_kind": "push", "ref": "refs/heads/main", "after": commit, "user_username": "ada",
            "project": {"path_with_namespace": "acme/site"},
        }),
        Source::Slack => json!({
            "type": "event_callback", "event_id": id, "team_id": "T0ACME",
            "event": {
                "type": "app_mention", "channel": "C0ACME", "user": "U0ADA", "text": "<@U0BOT> deploy",
                "ts": format!("{}.000100", now.as_second()),
            },
        }),
        Source::Stripe => json!({
            "id": id, "object": "event", "type": "invoice.paid", "created": now.as_second(),
            "data": {"object": {"id": "in_acme", "object": "invoice"}},
        }),
        Source::StandardWebhooks | Source::Svix => json!({
            "type": "invoice.paid", "timestamp": now.to_string(), "data": {"id": "in_acme"},
        }),
        Source::Bitbucket => json!({
            "repository": {"full_name": "acme/site"}, "actor": {"nickname": "ada"},
            "push": {"changes": [{"new": {"name": "main", "target": {"hash": commit}}}]},
        }),
        Source::Jira | Source::JiraToken => json!({
            "webhookEvent": "jira:issue_created", "timestamp": now.as_millisecond(),
            "user": {"displayName": "Ada"},
            "issue": {"key": "SITE-1", "fields": {"summary": "Deploy", "project": {"key": "SITE"}}},
        }),
        Source::Linear => json!({
            "type": "Issue", "action": "create", "createdAt": now.to_string(),
            "webhookTimestamp": now.as_millisecond(), "webhookId": "b1a5e1c4-0000-4000-8000-000000000000",
            "data": {"id": "d0c5e1c4-0000-4000-8000-000000000000", "title": "Deploy", "teamId": "acme"},
        }),
        Source::ClickUp => json!({
            "event": "taskCreated", "task_id": "acme1", "webhook_id": "7fa3ec74-0000-4000-8000-000000000000",
            "history_items": [{"id": id, "field": "status"}],
        }),
        Source::Shopify => json!({
            "id": 820_982_911_946_154_508_i64, "name": "#1001", "updated_at": now.to_string(),
            "admin_graphql_api_id": "gid://shopify/Order/820982911946154508",
        }),
        Source::PagerDuty => json!({"event": {
            "id": id, "event_type": "incident.triggered", "resource_type": "incident",
            "occurred_at": now.to_string(), "agent": {"summary": "Ada"},
            "data": {"id": "PACME", "type": "incident", "title": "Site is down", "service": {"id": "PSITE"}},
        }}),
        Source::Generic => json!({"type": "test", "data": {"id": id}}),
    }
}
