//! Section `signature` of a hook whose sender is not a known one.

use std::time::Duration;

use flyte_webhook_core::hook::{
    scheme::{
        Basic, Content, Encoding, Hash, KeyForm, Layout, Names, Scheme, Signed, Stamp, Token, Unit,
        Window,
    },
    source::Source,
};
use http::HeaderName;
use schemars::JsonSchema;
use serde::Deserialize;

use super::Reported;
use crate::config::{duration, report::Report};

/// How long a signature counts that is of a time, where it is not said.
const TOLERANCE: Duration = Duration::from_mins(5);
const LONGEST_TOLERANCE: Duration = Duration::from_hours(1);

/// How deliveries of a sender are signed that is not a known one.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "Signature")]
pub(super) struct Section {
    /// hmac, ed25519, token for a secret that is sent along, or basic for a password.
    scheme: Option<String>,
    /// The header of the signature or of the secret.
    header: Option<String>,
    /// For hmac: sha256, or sha1, sha384 or sha512.
    algorithm: Option<String>,
    /// How a signature is written: hex, `hex_upper`, base64, base64url or `base64url_no_pad`.
    encoding: Option<String>,
    /// What stands before the signature or the secret, such as `sha256=`.
    prefix: Option<String>,
    /// What a secret is written as: text, hex or base64.
    secret_encoding: Option<String>,
    /// What is signed, of {id}, {ts} and {body}.
    content: Option<String>,
    /// The header of {id}.
    id_header: Option<String>,
    /// The header of {ts}, which counts seconds since 1970.
    timestamp_header: Option<String>,
    /// How far {ts} may lie in the past or the future.
    #[serde(default, deserialize_with = "duration::deserialize_option")]
    #[schemars(with = "Option<String>", regex(pattern = duration::PATTERN))]
    tolerance: Option<Duration>,
    /// For basic: the name that goes with the password.
    user: Option<String>,
}

/// How a source's deliveries are signed.
pub(super) fn scheme(
    source: Source,
    section: Option<Section>,
    key: &str,
    report: &mut Report<'_>,
) -> Option<Scheme> {
    match (source.scheme(), section) {
        (Some(scheme), None) => Some(scheme),
        (Some(_), Some(_)) => {
            report.invalid(key, "is for the source generic alone; remove it");
            None
        }
        (None, Some(section)) => section.resolve(key, report),
        (None, None) => {
            let advice = "is not set; say how deliveries are signed, such as {header: x-signature}";
            report.invalid(key, advice);
            None
        }
    }
}

/// The name of a header, in lower case.
pub(super) fn header(name: &str) -> Result<String, &'static str> {
    let name = HeaderName::try_from(name);
    name.map(|name| name.as_str().to_owned())
        .map_err(|_malformed| "is no name of a header; write one such as x-signature")
}

impl Section {
    fn resolve(self, key: &str, report: &mut Report<'_>) -> Option<Scheme> {
        match self.scheme.as_deref().unwrap_or("hmac") {
            "hmac" => self.signed(key, false, report),
            "ed25519" => self.signed(key, true, report),
            "token" => Some(Scheme::Token(Token {
                header: self.required_header(key, report)?,
                prefix: self.prefix.unwrap_or_default(),
            })),
            "basic" => {
                let Some(user) = self.user.filter(|user| !user.contains(':')) else {
                    let advice =
                        "is no name that goes with the password; write one without a colon";
                    report.invalid(&format!("{key}.user"), advice);
                    return None;
                };
                Some(Scheme::Basic(Basic { user }))
            }
            _ => {
                let advice =
                    "is none of the known words; write one of: hmac, ed25519, token, basic";
                report.invalid(&format!("{key}.scheme"), advice);
                None
            }
        }
    }

    fn signed(self, key: &str, is_ed25519: bool, report: &mut Report<'_>) -> Option<Scheme> {
        let at = |member: &str| format!("{key}.{member}");
        let signature = self.required_header(key, report);
        let hash = word(&at("algorithm"), self.algorithm.as_deref(), &HASHES, report);
        let encoding = word(
            &at("encoding"),
            self.encoding.as_deref(),
            &ENCODINGS,
            report,
        );
        let forms = self.secret_encoding.as_deref();
        let form = word(&at("secret_encoding"), forms, &FORMS, report);
        let content = self.content.as_deref().map(Content::parse);
        let content = content.unwrap_or_else(|| Ok(Content::body()));
        let content = report.keep(&at("content"), content);
        let id = optional_header(&at("id_header"), self.id_header.as_deref(), report);
        let ts = self.timestamp_header.as_deref();
        let timestamp = optional_header(&at("timestamp_header"), ts, report);
        let tolerance = self.tolerance.unwrap_or(TOLERANCE);
        report.within(
            &at("tolerance"),
            tolerance,
            Duration::from_secs(1),
            LONGEST_TOLERANCE,
        );
        let content = content?;
        self.is_signed(&content, key, report).ok()?;
        let window = content.has_timestamp().then(|| Window {
            stamp: Stamp::Header,
            unit: Unit::Seconds,
            seconds: u32::try_from(tolerance.as_secs()).unwrap_or(u32::MAX),
        });
        Some(Scheme::Signed(Signed {
            names: vec![Names {
                signature: signature?,
                id: id.ok()?,
                timestamp: timestamp.ok()?,
            }],
            layout: Layout::One {
                prefix: self.prefix.unwrap_or_default(),
            },
            encoding: encoding?,
            hash: hash?,
            key: if is_ed25519 { KeyForm::Ed25519 } else { form? },
            content,
            window,
        }))
    }

    /// What is told of a time and an id counts only if the signature covers it.
    fn is_signed(
        &self,
        content: &Content,
        key: &str,
        report: &mut Report<'_>,
    ) -> Result<(), Reported> {
        let has_time = self.timestamp_header.is_some() || self.tolerance.is_some();
        let advice = if has_time && !content.has_timestamp() {
            "does not hold {ts}, so that no time is signed; write it, or remove timestamp_header and tolerance"
        } else if self.id_header.is_some() && !content.has_id() {
            "does not hold {id}, so that no id is signed; write it, or remove id_header"
        } else {
            return Ok(());
        };
        report.invalid(&format!("{key}.content"), advice);
        Err(Reported)
    }

    fn required_header(&self, key: &str, report: &mut Report<'_>) -> Option<String> {
        let name = self
            .header
            .as_deref()
            .ok_or("is not set; write the header of the signature");
        report.keep(&format!("{key}.header"), name.and_then(header))
    }
}

const HASHES: [(&str, Hash); 4] = [
    ("sha256", Hash::Sha256),
    ("sha1", Hash::Sha1),
    ("sha384", Hash::Sha384),
    ("sha512", Hash::Sha512),
];

const ENCODINGS: [(&str, Encoding); 5] = [
    ("hex", Encoding::Hex),
    ("hex_upper", Encoding::HexUpper),
    ("base64", Encoding::Base64),
    ("base64url", Encoding::Base64Url),
    ("base64url_no_pad", Encoding::Base64UrlNoPad),
];

const FORMS: [(&str, KeyForm); 3] = [
    ("text", KeyForm::Text),
    ("hex", KeyForm::Hex),
    ("base64", KeyForm::Base64),
];

/// One of the words, the first where none is written.
fn word<T: Copy>(
    key: &str,
    written: Option<&str>,
    words: &[(&str, T)],
    report: &mut Report<'_>,
) -> Option<T> {
    let mut known = words.iter();
    let found = match written {
        Some(written) => known.find(|(word, _)| *word == written),
        None => known.next(),
    };
    if found.is_none() {
        let words: Vec<_> = words.iter().map(|(word, _)| *word).collect();
        let words = words.join(", ");
        report.invalid(
            key,
            format_args!("is none of the known words; write one of: {words}"),
        );
    }
    found.map(|(_, value)| *value)
}

/// A header that may be left out.
fn optional_header(
    key: &str,
    name: Option<&str>,
    report: &mut Report<'_>,
) -> Result<Option<String>, Reported> {
    let name = name.map(|name| report.keep(key, header(name)).ok_or(Reported));
    name.transpose()
}
