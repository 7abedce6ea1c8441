//! Section `hooks`.

mod rules;
mod signature;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use flyte_webhook_core::{
    api_key::ApiKey,
    endpoint::Endpoint,
    hook::{
        rule::Rule,
        scheme::Verifier,
        source::{Generic, Reader, Source},
    },
};
use http::StatusCode;
use schemars::JsonSchema;
use secrecy::{ExposeSecret, SecretString};
use serde::Deserialize;
use url::Url;

use super::{
    duration,
    environment::Environment,
    rate::{self, Rate},
    report::Report,
    secret::Reference,
};

/// The longest name of a hook.
const LONGEST_NAME: usize = 64;

/// The longest token; with its scheme it is a header.
const LONGEST_TOKEN: usize = 8_000;

/// The first segments of paths that are something else's.
const TAKEN: [&str; 8] = [
    "webhook",
    "docs",
    "redoc",
    "openapi.json",
    "livez",
    "readyz",
    "metrics",
    "api",
];

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

/// A hook. It is `Debug` without its secrets.
#[derive(Clone)]
pub struct Hook {
    /// Its name.
    pub name: Arc<str>,
    /// Who sends, and how that is read.
    pub reader: Reader,
    /// Who is believed.
    pub verifier: Arc<Verifier>,
    /// How many secrets there are.
    pub secrets: usize,
    /// The first secret, to sign test deliveries with.
    pub signing_secret: SecretString,
    /// On whose behalf runs are started: a bearer token, or an API key to exchange.
    pub identity: SecretString,
    /// The scopes that are taken; all of them without.
    pub scopes: Option<Vec<String>>,
    /// What is started by what.
    pub rules: Vec<Rule>,
    /// When a delivery is acknowledged.
    pub ack: Ack,
    /// Another path.
    pub path: Option<String>,
    /// The status for a delivery that is not believed.
    pub reject_status: StatusCode,
    /// The largest body.
    pub max_body_bytes: usize,
    /// How long to wait for a run to be started.
    pub answer_within: Duration,
    /// How many deliveries are taken.
    pub rate: Option<Rate>,
}

/// When a delivery is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// When its run is there and has left the queue.
    Launched,
    /// When it is in the inbox.
    Stored,
}

impl Ack {
    /// The word for it in the configuration.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Launched => "launched",
            Self::Stored => "stored",
        }
    }
}

impl Hook {
    /// The path that every hook has.
    pub fn own_path(&self) -> String {
        format!("/webhook/{}", self.name)
    }

    /// All its paths.
    pub fn paths(&self) -> impl Iterator<Item = String> {
        std::iter::once(self.own_path()).chain(self.path.clone())
    }
}

impl fmt::Debug for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hook")
            .field("name", &self.name)
            .field("source", &self.reader.source)
            .field("rules", &self.rules)
            .finish_non_exhaustive()
    }
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
        if let Some(path) = section
            .path
            .clone()
            .filter(|path| !paths.insert(path.clone()))
        {
            let _ = path;
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
        let scheme = match (&reader, self.signature) {
            (Some(reader), signature) => {
                signature::scheme(reader.source, signature, &at("signature"), report)
            }
            (None, _) => None,
        };
        let verifier = scheme.zip(secrets.as_ref()).and_then(|(scheme, secrets)| {
            report.keep(&at("secrets"), Verifier::new(scheme, secrets))
        });
        let identity = identity(self.identity, &at("identity"), around, report);
        let rules = rules::resolve(self.rules, key, report);
        let ack = ack(self.ack.as_deref(), around.has_inbox);
        let ack = report.keep(&at("ack"), ack);
        let path = self.path.map(|path| {
            let checked = check_path(&path).map(|()| path);
            report.keep(&at("path"), checked).ok_or(Reported)
        });
        let reject_status = report.keep(&at("reject_status"), reject_status(self.reject_status));
        let max_body_bytes = limit(self.max_body_bytes, around.max_body_bytes);
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
    let checked = check_token(&token, around.endpoint).map(|()| token);
    report.keep(key, checked)
}

/// Checks now what would else fail with the first delivery.
fn check_token(token: &SecretString, endpoint: &Url) -> Result<(), &'static str> {
    let text = token.expose_secret();
    let is_token = text.bytes().all(|b| b.is_ascii_graphic());
    if text.is_empty() || text.len() > LONGEST_TOKEN || !is_token {
        return Err("is no token; write one without spaces, and without the word Bearer");
    }
    match ApiKey::parse(text) {
        Some(key) if !key.is_for(endpoint) => Err(
            "is an API key for another control plane than control_plane.endpoint; get one for this",
        ),
        Some(_) | None => Ok(()),
    }
}

fn ack(word: Option<&str>, has_inbox: bool) -> Result<Ack, &'static str> {
    match word {
        None | Some("launched") => Ok(Ack::Launched),
        Some("stored") if has_inbox => Ok(Ack::Stored),
        Some("stored") => {
            Err("needs an inbox to store deliveries in; write inbox.path or inbox.postgres_url")
        }
        Some(_) => Err("is none of the known words; write launched or stored"),
    }
}

fn check_path(path: &str) -> Result<(), String> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    let is_segment = |it: &str| {
        let dots = it.bytes().all(|b| b == b'.');
        !it.is_empty() && !dots && it.bytes().all(plain)
    };
    let segments = path
        .strip_prefix('/')
        .filter(|it| it.split('/').all(is_segment));
    let Some(segments) = segments else {
        let advice = "is no path; write one such as /github-webhook";
        return Err(advice.to_owned());
    };
    let first = segments.split('/').next().unwrap_or_default();
    let endpoints = Endpoint::ALL;
    let of_endpoint = |endpoint: Endpoint| endpoint.path().split('/').nth(1) == Some(first);
    let is_taken = TAKEN.contains(&first)
        || first == "run-task-and-wait"
        || endpoints.into_iter().any(of_endpoint);
    if is_taken {
        let advice = "begins as a path of this server does; write another, such as /github-webhook";
        return Err(advice.to_owned());
    }
    Ok(())
}

fn reject_status(status: Option<u16>) -> Result<StatusCode, &'static str> {
    match status {
        None | Some(401) => Ok(StatusCode::UNAUTHORIZED),
        Some(400) => Ok(StatusCode::BAD_REQUEST),
        Some(403) => Ok(StatusCode::FORBIDDEN),
        Some(404) => Ok(StatusCode::NOT_FOUND),
        Some(_) => Err("is no status for this; write 401, 400, 403 or 404"),
    }
}

fn limit(bytes: Option<u64>, most: usize) -> Result<usize, String> {
    let Some(bytes) = bytes else {
        return Ok(most);
    };
    let bytes = usize::try_from(bytes).ok();
    let bytes = bytes.filter(|bytes| (1..=most).contains(bytes));
    bytes.ok_or_else(|| {
        format!("is out of range; write 1 to {most}, which is limits.max_body_bytes")
    })
}
