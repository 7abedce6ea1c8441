//! The scheme of each source.

use super::Source;
use crate::hook::scheme::{
    Content, Encoding, Hash, KeyForm, Layout, Names, Scheme, Signed, Stamp, Token, Unit, Window,
};

/// How long a signed time counts, where the provider says nothing else.
const FIVE_MINUTES: u32 = 300;

pub(super) fn of(source: Source) -> Option<Scheme> {
    Some(match source {
        Source::GitHub => over_body("x-hub-signature-256", one("sha256="), Encoding::Hex),
        // SHA-256, whatever GitHub's header of this name holds.
        Source::Bitbucket | Source::Jira => {
            over_body("x-hub-signature", one("sha256="), Encoding::Hex)
        }
        Source::ClickUp => over_body("x-signature", one(""), Encoding::Hex),
        Source::Shopify => over_body("x-shopify-hmac-sha256", one(""), Encoding::Base64),
        Source::PagerDuty => over_body("x-pagerduty-signature", list("v1="), Encoding::Hex),
        Source::Linear => linear(),
        Source::Slack => slack(),
        Source::Stripe => stripe(),
        Source::GitLab | Source::StandardWebhooks => standard(&["webhook"]),
        Source::Svix => standard(&["svix", "webhook"]),
        Source::GitLabToken => token("x-gitlab-token"),
        Source::JiraToken => token("x-webhook-token"),
        Source::Generic => return None,
    })
}

fn one(prefix: &str) -> Layout {
    let prefix = prefix.to_owned();
    Layout::One { prefix }
}

fn list(prefix: &str) -> Layout {
    let prefix = prefix.to_owned();
    Layout::List { prefix }
}

fn token(header: &str) -> Scheme {
    Scheme::Token(Token {
        header: header.to_owned(),
        prefix: String::new(),
    })
}

/// HMAC-SHA256 of the body under the secret's text.
fn signed(header: &str, layout: Layout, encoding: Encoding) -> Signed {
    Signed {
        names: vec![Names::signature(header)],
        layout,
        encoding,
        hash: Hash::Sha256,
        key: KeyForm::Text,
        content: Content::body(),
        window: None,
    }
}

fn over_body(header: &str, layout: Layout, encoding: Encoding) -> Scheme {
    Scheme::Signed(signed(header, layout, encoding))
}

fn content(template: &str) -> Content {
    Content::parse(template).expect("a template with {body} in it once")
}

/// The time is in the body, in milliseconds, and counts for a minute.
fn linear() -> Scheme {
    Scheme::Signed(Signed {
        window: Some(Window {
            stamp: Stamp::Body("webhookTimestamp".to_owned()),
            unit: Unit::Milliseconds,
            seconds: 60,
        }),
        ..signed("linear-signature", one(""), Encoding::Hex)
    })
}

fn slack() -> Scheme {
    Scheme::Signed(Signed {
        names: vec![Names {
            timestamp: Some("x-slack-request-timestamp".to_owned()),
            ..Names::signature("x-slack-signature")
        }],
        content: content("v0:{ts}:{body}"),
        window: Some(window(Stamp::Header)),
        ..signed("x-slack-signature", one("v0="), Encoding::Hex)
    })
}

fn stripe() -> Scheme {
    Scheme::Signed(Signed {
        content: content("{ts}.{body}"),
        window: Some(window(Stamp::Member("t".to_owned()))),
        ..signed("stripe-signature", list("v1="), Encoding::Hex)
    })
}

/// Standard Webhooks, in headers that begin with any of the words.
fn standard(families: &[&str]) -> Scheme {
    let names = |family: &&str| Names {
        signature: format!("{family}-signature"),
        id: Some(format!("{family}-id")),
        timestamp: Some(format!("{family}-timestamp")),
    };
    Scheme::Signed(Signed {
        names: families.iter().map(names).collect(),
        layout: Layout::Standard,
        encoding: Encoding::Base64,
        hash: Hash::Sha256,
        key: KeyForm::Standard,
        content: content("{id}.{ts}.{body}"),
        window: Some(window(Stamp::Header)),
    })
}

fn window(stamp: Stamp) -> Window {
    Window {
        stamp,
        unit: Unit::Seconds,
        seconds: FIVE_MINUTES,
    }
}
