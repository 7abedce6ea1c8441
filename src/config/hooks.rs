//! Section `hooks`.

mod checks;
mod hook;
mod rules;
mod signature;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};

use flyte_webhook_core::hook::{
    scheme::Verifier,
    source::{Generic, Reader, Source},
};
use schemars::JsonSchema;
use secrecy::SecretString;
use serde::Deserialize;
use url::Url;

pub use self::hook::{Ack, Hook};
use super::{
    duration,
    environment::Environment,
    rate::{self, Rate},
    report::Report,
    secret::Reference,
};

/// The longest name of a hook.
const LONGEST_NAME: usize = 64;

/// How long a provider may be kept waiting, where the hook does not say: the
/// least patient of them hangs up after three seconds.
const ANSWER_WITHIN: Duration = Duration::from_millis(2_500);

/// What is wrong is in the report.
struct Reported;

/// A hook: signed deliveries of one sender, and what they start.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Hook")]
pub(super) struct Section {
    /// Who sends: `github`, `gitlab`, `gitlab_token`, `slack`, `stripe`, `standard_webhooks`,
    /// `svix`, `bitbucket`, `jira`, `jira_token`, `linear`, `clickup`, `shopify`, `pagerduty`
    /// or `generic`.
    source: Option<String>,
    /// For the source generic: how its deliveries are signed.
    signature: Option<signature::Section>,
    /// For the source generic: the header of the event's type.
    event_header: Option<String>,
    /// For the source generic: the header of the delivery's id.
    id_header: Option<String>,
    /// The secrets, any of which may have signed: two while one is being changed.
    #[serde(default)]
    secrets: Vec<Reference>,
    /// Whose runs these are: a bearer token or a Flyte API key. Never the sender's.
    identity: Option<Reference>,
    /// Only deliveries of these repositories, channels, teams, lists, projects or shops.
    scopes: Option<Vec<String>>,
    /// What is started by what.
    #[serde(default)]
    rules: Vec<rules::Entry>,
    /// When a delivery is acknowledged: launched, once its run is there, or stored, once it
    /// is in the inbox.
    ack: Option<String>,
    /// Another path beside `/webhook/{name}`.
    path: Option<String>,
    /// The status for a delivery that is not signed as it should be: 401, or 400, 403 or 404.
    reject_status: Option<u16>,
    /// The largest body in bytes, if that is less than `limits.max_body_bytes`.
    max_body_bytes: Option<u64>,
    /// For ack launched: how long to wait for the run to be started.
    #[serde(default, deserialize_with = "duration::deserialize_option")]
    #[schemars(with = "Option<String>", regex(pattern = duration::PATTERN))]
    answer_within: Option<Duration>,
    /// How many deliveries are taken that are signed as they should be, such as `600/1m`.
    #[schemars(with = "Option<String>", regex(pattern = rate::PATTERN))]
    rate: Option<Rate>,
}

/// What a hook is checked against.
pub(super) struct Surroundings<'a> {
    pub(super) environment: &'a Environment,
    pub(super) endpoint: &'a Url,
    pub(super) max_body_bytes: usize,
    pub(super) has_inbox: bool,
}

/// All hooks.
pub(super) fn resolve(
    sections: BTreeMap<String, Section>,
    around: &Surroundings<'_>,
    report: &mut Report<'_>,
) -> Option<Vec<Hook>> {
    let mut paths = BTreeSet::new();
    let mut hooks = Vec::new();
    for (name, section) in sections {
        let key = format!("hooks.{name}");
        if !is_name(&name) {
            let advice = "is no name of a hook; write up to 64 lower-case letters, digits, dashes and underscores";
            report.invalid(&key, advice);
            hooks.push(None);
            continue;
        }
        let another = |path: &String| !paths.insert(path.clone());
        if section.path.as_ref().is_some_and(another) {
            report.invalid(&format!("{key}.path"), "is another hook's, too; change one");
        }
        hooks.push(section.resolve(&name, &key, around, report));
    }
    hooks.into_iter().collect()
}

fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'-' | b'_');
    !name.is_empty() && name.len() <= LONGEST_NAME && name.bytes().all(plain)
}

impl Section {
    fn resolve(
        self,
        name: &str,
        key: &str,
        around: &Surroundings<'_>,
        report: &mut Report<'_>,
    ) -> Option<Hook> {
        let at = |member: &str| format!("{key}.{member}");
        let reader = self.reader(key, report);
        let secrets = secrets(&self.secrets, key, around.environment, report);
        let scheme = reader.as_ref().and_then(|reader| {
            signature::scheme(reader.source, self.signature, &at("signature"), report)
        });
        let verifier = scheme.zip(secrets.as_ref()).and_then(|(scheme, secrets)| {
            report.keep(&at("secrets"), Verifier::new(scheme, secrets))
        });
        let identity = identity(self.identity, &at("identity"), around, report);
        let rules = rules::resolve(self.rules, key, report);
        let ack = checks::ack(self.ack.as_deref(), around.has_inbox);
        let ack = report.keep(&at("ack"), ack);
        let path = self.path.map(|path| {
            let checked = checks::path(&path).map(|()| path);
            report.keep(&at("path"), checked).ok_or(Reported)
        });
        let reject_status = report.keep(
            &at("reject_status"),
            checks::reject_status(self.reject_status),
        );
        let max_body_bytes = checks::limit(self.max_body_bytes, around.max_body_bytes);
        let max_body_bytes = report.keep(&at("max_body_bytes"), max_body_bytes);
        let answer_within = self.answer_within.unwrap_or(ANSWER_WITHIN);
        let (least, most) = (Duration::from_millis(100), Duration::from_secs(30));
        report.within(&at("answer_within"), answer_within, least, most);
        let secrets = secrets?;
        Some(Hook {
            name: name.into(),
            reader: reader?,
            verifier: Arc::new(verifier?),
            signing_secret: secrets.first()?.clone(),
            secrets: secrets.len(),
            identity: identity?,
            scopes: self.scopes,
            rules: rules?,
            ack: ack?,
            path: path.transpose().ok()?,
            reject_status: reject_status?,
            max_body_bytes: max_body_bytes?,
            answer_within,
            rate: self.rate,
        })
    }

    fn reader(&self, key: &str, report: &mut Report<'_>) -> Option<Reader> {
        let at = |member: &str| format!("{key}.{member}");
        let Some(source) = &self.source else {
            let advice = "does not say who sends; write source: github, or another of the sources in config/default.yaml";
            report.invalid(key, advice);
            return None;
        };
        // Not the error's own words, which repeat what was written.
        let source = source.parse::<Source>().map_err(|unknown| {
            let names = Source::ALL.map(Source::name).join(", ");
            match unknown.nearest {
                Some(nearest) => format!("is no source; did you mean {nearest}?"),
                None => format!("is no source; write one of: {names}"),
            }
        });
        let source = report.keep(&at("source"), source)?;
        let headers = [
            ("event_header", &self.event_header),
            ("id_header", &self.id_header),
        ];
        let [event_header, id_header] = headers.map(|(member, header)| {
            let header = header.as_ref()?;
            if source != Source::Generic {
                let advice = "is for the source generic alone; remove it";
                report.invalid(&at(member), advice);
            }
            report.keep(&at(member), signature::header(header))
        });
        if self.scopes.is_some() && !source.has_scope() {
            let advice =
                "cannot be told of what this source sends; remove it, and write a condition";
            report.invalid(&at("scopes"), advice);
        }
        let generic = Generic {
            event_header,
            id_header,
        };
        Some(Reader { source, generic })
    }
}

fn secrets(
    references: &[Reference],
    key: &str,
    environment: &Environment,
    report: &mut Report<'_>,
) -> Option<Vec<SecretString>> {
    if references.is_empty() {
        let advice =
            "has no secrets, so that anybody could start runs; write secrets: [{env: NAME}]";
        report.invalid(key, advice);
        return None;
    }
    let read = |(index, reference): (usize, &Reference)| {
        let key = format!("{key}.secrets[{index}]");
        reference.read(&key, environment, report)
    };
    let secrets: Vec<_> = references.iter().enumerate().map(read).collect();
    secrets.into_iter().collect()
}

fn identity(
    reference: Option<Reference>,
    key: &str,
    around: &Surroundings<'_>,
    report: &mut Report<'_>,
) -> Option<SecretString> {
    let Some(reference) = reference else {
        let advice = "is not set; write {env: NAME} of a variable that holds a bearer token or a Flyte API key";
        report.invalid(key, advice);
        return None;
    };
    let token = reference.read(key, around.environment, report)?;
    let checked = checks::token(&token, around.endpoint).map(|()| token);
    report.keep(key, checked)
}
