use jiff::Timestamp;
use secrecy::SecretString;

use super::*;
use crate::hook::{
    headers::Headers,
    scheme::{Content, Verifier},
    sign::Signer,
};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

fn preview<'a>(
    source: Source,
    headers: &[(&str, &str)],
    body: &'a str,
) -> Result<Incoming<'a>, EventError> {
    let headers: &Headers = Box::leak(Box::new(headers.iter().copied().collect()));
    Reader::new(source).preview(&Unverified::new(headers, body.as_bytes()))
}

#[test]
fn every_source_is_found_by_its_name() {
    for source in Source::ALL {
        assert_eq!(source.name().parse(), Ok(source));
        assert_eq!(source.scheme().is_none(), source == Source::Generic);
    }
    let unknown = "gihtub".parse::<Source>().unwrap_err();
    assert_eq!(
        unknown.to_string(),
        r#"there is no source "gihtub"; did you mean github?"#
    );
    assert_eq!(
        "GitHub".parse::<Source>().unwrap_err().nearest,
        Some("github")
    );
}

#[test]
fn an_id_is_signed_only_where_the_signature_covers_the_header_that_it_is_in() {
    let signed = |id: Option<&str>, content: &str| {
        let Some(Scheme::Signed(mut signed)) = Source::GitHub.scheme() else {
            panic!("GitHub signs");
        };
        signed.content = Content::parse(content).unwrap();
        signed.names[0].id = id.map(str::to_owned);
        Scheme::Signed(signed)
    };
    let reader = |header: Option<&str>| Reader {
        source: Source::Generic,
        generic: Generic {
            event_header: None,
            id_header: header.map(str::to_owned),
        },
    };
    let both = signed(Some("x-id"), "{id}.{ts}.{body}");
    assert!(reader(Some("x-id")).has_signed_ids(&both));
    assert!(!reader(Some("x-other")).has_signed_ids(&both));
    assert!(reader(None).has_signed_ids(&signed(None, "{ts}.{body}")));
    assert!(!reader(Some("x-id")).has_signed_ids(&signed(None, "{ts}.{body}")));
    let token = Source::GitLabToken.scheme().unwrap();
    assert!(!reader(Some("x-id")).has_signed_ids(&token));
    let of = |source: Source| Reader::new(source).has_signed_ids(&source.scheme().unwrap());
    assert!(of(Source::Stripe) && of(Source::Svix));
    assert!(!of(Source::GitHub) && !of(Source::Linear));
}

#[test]
fn the_sample_of_every_source_is_believed_and_is_an_event_with_its_id() {
    for source in Source::ALL {
        let generic = Generic {
            event_header: None,
            id_header: Some("x-id".to_owned()),
        };
        let reader = Reader { source, generic };
        let scheme = source.scheme().or(Source::GitHub.scheme()).unwrap();
        let signer = Signer::new(scheme.clone(), SECRET.into()).ok().unwrap();
        let sample = signer.sample(&reader, "one-1", NOW, None);
        let headers: Headers = sample.headers.into_iter().collect();
        let verifier = Verifier::new(scheme, &[SecretString::from(SECRET)])
            .ok()
            .unwrap();
        let unverified = Unverified::new(&headers, &sample.body);
        let believed = verifier.verify(unverified, NOW).ok().unwrap();
        let Ok(Incoming::Event(event, _)) = reader.read(&believed) else {
            panic!("{source}: no event");
        };
        assert_eq!(event.provider, source.provider());
        let id = event.delivery_id.as_deref().unwrap();
        assert!(id.contains("one-1"), "{source}: {id}");
        assert_ne!(event.event_type, "unknown", "{source}");
        assert_eq!(
            event.scope.is_some(),
            source.has_scope() && !matches!(source, Source::Stripe | Source::ClickUp)
        );
    }
}

#[test]
fn handshakes_are_answered_as_the_provider_has_it() {
    let answer = |source, headers: &[(&str, &str)], body: &str| match preview(source, headers, body)
    {
        Ok(Incoming::Handshake(handshake)) => handshake.answer.to_string(),
        Ok(Incoming::Event(..)) => "event".to_owned(),
        Err(error) => error.to_string(),
    };
    assert_eq!(
        answer(Source::GitHub, &[("x-github-event", "ping")], "{}"),
        r#"{"ok":true,"ping":true}"#
    );
    assert_eq!(
        answer(
            Source::Slack,
            &[],
            r#"{"type": "url_verification", "challenge": "3eZ", "token": "t"}"#
        ),
        r#"{"challenge":"3eZ"}"#
    );
    assert_eq!(
        answer(Source::Slack, &[], "ssl_check=1&token=t"),
        r#"{"ok":true}"#
    );
    assert_eq!(
        answer(
            Source::Bitbucket,
            &[("x-event-key", "diagnostics:ping")],
            r#"{"test": true}"#
        ),
        r#"{"ok":true}"#
    );
    let message = r#"{"event_id": "E", "event": {"type": "message", "text": "url_verification"}}"#;
    assert_eq!(answer(Source::Slack, &[], message), "event");
    let command = "ssl_check=1&command=%2Fdeploy";
    assert_eq!(answer(Source::Slack, &[], command), "event");
    assert_eq!(
        answer(Source::GitLab, &[("x-github-event", "ping")], "{}"),
        "event"
    );
}

#[test]
fn only_the_look_at_a_certificate_is_answered_without_a_signature() {
    let unsigned = |source, headers: &[(&str, &str)], body: &str| {
        let headers: Headers = headers.iter().copied().collect();
        let delivery = Unverified::new(&headers, body.as_bytes());
        Reader::new(source)
            .unsigned_handshake(&delivery)
            .map(|it| it.kind)
    };
    assert_eq!(
        unsigned(Source::Slack, &[], "ssl_check=1&token=t"),
        Some("ssl_check")
    );
    assert_eq!(unsigned(Source::Slack, &[], "ssl_check=&token=t"), None);
    assert_eq!(
        unsigned(Source::Slack, &[], "ssl_check=1&payload=%7B%7D"),
        None
    );
    let challenge = r#"{"type": "url_verification", "challenge": "3eZ"}"#;
    assert_eq!(unsigned(Source::Slack, &[], challenge), None);
    assert_eq!(
        unsigned(Source::GitHub, &[("x-github-event", "ping")], "{}"),
        None
    );
    assert_eq!(unsigned(Source::Generic, &[], "ssl_check=1"), None);
}
