use super::*;
use crate::hook::{
    headers::Headers,
    scheme::Unverified,
    source::{Generic, Incoming},
};

#[test]
fn a_type_is_qualified_by_its_action() {
    let event = |action: Option<&str>| Event {
        event_type: "issues".to_owned(),
        action: action.map(str::to_owned),
        ..Event::default()
    };
    assert_eq!(event(Some("opened")).qualified_type(), "issues.opened");
    assert_eq!(event(None).qualified_type(), "issues");
    assert_eq!(event(Some("")).qualified_type(), "issues");
}

fn preview(source: Source, headers: &[(&str, &str)], body: &str) -> Result<Event, Error> {
    match read(&Reader::new(source), headers, body)? {
        Incoming::Event(event, _) => Ok(*event),
        Incoming::Handshake(handshake) => panic!("{handshake:?}"),
    }
}

fn read<'a>(
    reader: &Reader,
    headers: &[(&str, &str)],
    body: &'a str,
) -> Result<Incoming<'a>, Error> {
    let headers: &Headers = Box::leak(Box::new(headers.iter().copied().collect()));
    reader.preview(&Unverified::new(headers, body.as_bytes()))
}

#[test]
fn what_does_not_say_what_happened_is_no_event() {
    let no_type = |name: &str| {
        let name = name.to_owned();
        Err(Error::NoType { name })
    };
    for (source, body, error) in [
        (Source::GitHub, "{}", no_type("x-github-event")),
        (Source::Bitbucket, "{}", no_type("x-event-key")),
        (Source::Shopify, "{}", no_type("x-shopify-topic")),
        (
            Source::Slack,
            "{}",
            Err(Error::NoMember { member: "event" }),
        ),
        (
            Source::Slack,
            r#"{"event": {}}"#,
            Err(Error::NoMember { member: "event" }),
        ),
        (
            Source::Slack,
            r#"{"event": "message"}"#,
            Err(Error::NoMember { member: "event" }),
        ),
        (
            Source::Slack,
            "token=t",
            Err(Error::NoMember { member: "command" }),
        ),
        (
            Source::Stripe,
            r#"{"type": ""}"#,
            Err(Error::NoMember { member: "type" }),
        ),
        (
            Source::PagerDuty,
            "[]",
            Err(Error::NoMember { member: "event" }),
        ),
        (
            Source::PagerDuty,
            r#"{"event": {}}"#,
            Err(Error::NoMember {
                member: "event.event_type",
            }),
        ),
        (
            Source::Linear,
            "a=b",
            Err(Error::Body(body::Error::NotJson)),
        ),
    ] {
        assert_eq!(preview(source, &[], body), error, "{source}: {body}");
    }
}

#[test]
fn members_of_another_kind_than_they_should_be_are_as_if_they_were_not_there() {
    let hostile = r#"{"object_kind": ["x"], "event_type": {}, "project": [1], "user": 7, "object_attributes": "x",
        "merge_request": [], "issue": {"iid": {}}, "action": null, "data": [], "history_items": {"id": 1},
        "task": "t", "fields": false, "webhookEvent": true, "actor": [[]], "repository": 1.5}"#;
    for source in [
        Source::GitLab,
        Source::Jira,
        Source::Linear,
        Source::ClickUp,
        Source::Svix,
    ] {
        let event = preview(source, &[], hostile).unwrap();
        assert!(
            matches!(event.event_type.as_str(), "unknown" | "Unknown"),
            "{source}"
        );
        let none = [
            event.delivery_id,
            event.resource_id,
            event.scope,
            event.title,
            event.actor,
        ];
        assert_eq!(none, [const { None }; 5], "{source}");
    }
    let event = preview(Source::GitHub, &[("x-github-event", "push")], hostile).unwrap();
    assert_eq!(
        (event.scope, event.resource_id, event.title),
        (None, None, None)
    );
}

#[test]
fn a_pull_request_of_bitbucket_is_known_in_both_of_its_kinds() {
    let cloud = r#"{"actor": {"nickname": "ada"}, "repository": {"full_name": "acme/site"},
        "pullrequest": {"id": 7, "title": "Add", "updated_on": "2024",
            "links": {"html": {"href": "https://bitbucket.example/7"}}}, "comment": {"id": 9}}"#;
    let event = preview(
        Source::Bitbucket,
        &[("x-event-key", "pullrequest:comment_created")],
        cloud,
    )
    .unwrap();
    assert_eq!(event.resource_id.as_deref(), Some("acme/site#7:9"));
    assert_eq!(event.url.as_deref(), Some("https://bitbucket.example/7"));
    assert_eq!(event.occurred_at.as_deref(), Some("2024"));
    let center = r#"{"eventKey": "pr:opened", "date": "2017-09-19T09:58:11+1000", "actor": {"name": "ada"},
        "pullRequest": {"id": 1, "title": "Add", "toRef": {"repository": {"slug": "site", "project": {"key": "ACME"}}}}}"#;
    let headers = [("x-event-key", "pr:opened"), ("x-request-id", "r1")];
    let event = preview(Source::Bitbucket, &headers, center).unwrap();
    assert_eq!(event.resource_id.as_deref(), Some("ACME/site#1"));
    assert_eq!(event.scope.as_deref(), Some("ACME/site"));
    assert_eq!(event.delivery_id.as_deref(), Some("r1"));
    assert_eq!(
        (event.actor.as_deref(), event.title.as_deref()),
        (Some("ada"), Some("Add"))
    );
}

#[test]
fn an_id_beside_no_signature_is_not_the_one_of_svix() {
    let id = |headers: &[(&str, &str)]| preview(Source::Svix, headers, "{}").unwrap().delivery_id;
    let standard = [
        ("webhook-id", "a"),
        ("webhook-timestamp", "1"),
        ("webhook-signature", "v1,x"),
    ];
    let alone = [&standard[..], &[("svix-id", "b")]].concat();
    assert_eq!(id(&alone).as_deref(), Some("a"));
    let svix = [("svix-timestamp", "1"), ("svix-signature", "v1,x")];
    assert_eq!(id(&[&alone[..], &svix].concat()).as_deref(), Some("b"));
}

#[test]
fn an_event_of_pagerduty_is_about_its_incident() {
    let body = r#"{"event": {"id": "01B", "event_type": "incident.annotated", "occurred_at": "2020-10-02T18:45:22.169Z",
        "agent": {"id": "P1"}, "data": {"incident": {"id": "PINC", "service": {"id": "PSVC"}}, "summary": "Note"}}}"#;
    let event = preview(Source::PagerDuty, &[], body).unwrap();
    assert_eq!(event.event_type, "incident.annotated");
    let found = [
        event.delivery_id,
        event.resource_id,
        event.scope,
        event.title,
        event.actor,
        event.occurred_at,
    ];
    let expected = [
        "01B",
        "PINC",
        "PSVC",
        "Note",
        "P1",
        "2020-10-02T18:45:22.169Z",
    ];
    assert_eq!(found, expected.map(|text| Some(text.to_owned())));
}

#[test]
fn an_unknown_sender_is_read_as_it_is_configured() {
    let generic = Generic {
        event_header: Some("x-acme-event".to_owned()),
        id_header: Some("x-acme-id".to_owned()),
    };
    let reader = Reader {
        source: Source::Generic,
        generic,
    };
    let named = [("x-acme-event", "deploy"), ("x-acme-id", "7")];
    let Ok(Incoming::Event(event, payload)) = read(&reader, &named, "action=go&type=x") else {
        panic!("an event");
    };
    assert_eq!(
        (
            event.qualified_type().as_ref(),
            event.delivery_id.as_deref()
        ),
        ("deploy.go", Some("7"))
    );
    assert_eq!(payload.root().get("type").text(), Some("x"));
    let error = read(&reader, &[], "{}").unwrap_err();
    assert_eq!(
        error,
        Error::NoType {
            name: "x-acme-event".to_owned()
        }
    );
    let by_payload = preview(
        Source::Generic,
        &[],
        r"payload=%7B%22event%22%3A%22built%22%7D",
    )
    .unwrap();
    assert_eq!(
        (by_payload.event_type.as_str(), by_payload.delivery_id),
        ("built", None)
    );
}

#[test]
fn what_is_done_to_a_button_of_slack_is_an_event() {
    let form = |payload: &str| format!("payload={}", percent(payload));
    let pressed = form(
        r#"{"type": "block_actions", "trigger_id": "t1", "user": {"id": "U1"},
            "channel": {"id": "C1"}, "container": {"message_ts": "17.5"},
            "actions": [{"action_id": "approve", "action_ts": "18.5"}]}"#,
    );
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    let event = preview(Source::Slack, &headers, &pressed).unwrap();
    assert_eq!(event.qualified_type(), "block_actions.approve");
    assert_eq!(event.delivery_id.as_deref(), Some("t1"));
    assert_eq!(event.scope.as_deref(), Some("C1"));
    assert_eq!(event.actor.as_deref(), Some("U1"));
    assert_eq!(event.occurred_at.as_deref(), Some("18.5"));
    assert_eq!(event.title.as_deref(), Some("approve"));
    let opened = form(r#"{"type": "shortcut", "callback_id": "deploy", "action_ts": "19.5"}"#);
    let event = preview(Source::Slack, &headers, &opened).unwrap();
    assert_eq!(event.qualified_type(), "shortcut.deploy");
    assert_eq!(event.occurred_at.as_deref(), Some("19.5"));
    assert_eq!(event.scope, None);
}

/// Text as a form has it.
fn percent(text: &str) -> String {
    let digits = data_encoding::HEXLOWER.encode(text.as_bytes());
    let (pairs, _) = digits.as_bytes().as_chunks::<2>();
    let bytes = pairs.iter().flat_map(|[high, low]| [b'%', *high, *low]);
    String::from_utf8(bytes.collect()).unwrap()
}
