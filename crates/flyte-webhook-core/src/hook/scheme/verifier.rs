//! A scheme together with its secrets.

use data_encoding::BASE64;
use jiff::Timestamp;
use secrecy::SecretString;

use super::{
    Basic, Delivery, Names, Refusal, Scheme, SecretError, Signed, Stamp, Token, Unverified,
    Verified, key::Key,
};
use crate::{
    constant_time,
    hook::headers::{Headers, Unreadable},
};

/// The most signatures of one header. A sender that changes its secret has two.
const MOST: usize = 8;

const TEXT: &str = "text of visible characters";

/// A scheme together with its secrets, of which any may vouch for a delivery:
/// so that they can be changed without a gap. It is not `Debug`.
pub struct Verifier {
    scheme: Scheme,
    keys: Vec<Key>,
}

/// What there is to say of a delivery's signature and its time, each for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Examination {
    /// Which secret vouches for it, counted from 0.
    pub signature: Result<usize, Refusal>,
    /// When it says it was signed, if it says so, and whether that is within the
    /// window. Only a signature makes this worth anything.
    pub time: Result<Option<Timestamp>, Refusal>,
}

/// What a signed delivery holds of its scheme.
struct Parts<'a> {
    header: &'a str,
    name: &'a str,
    id: &'a str,
    timestamp: Option<&'a str>,
}

impl Verifier {
    /// Reads the secrets of a scheme.
    pub fn new(scheme: Scheme, secrets: &[SecretString]) -> Result<Self, SecretError> {
        if secrets.is_empty() {
            return Err(SecretError::None);
        }
        if let Scheme::Signed(signed) = &scheme {
            signed.is_whole()?;
        }
        let read = |(index, secret)| Key::read(&scheme, secret, index + 1);
        let keys: Result<_, _> = secrets.iter().enumerate().map(read).collect();
        let keys = keys?;
        Ok(Self { scheme, keys })
    }

    /// The scheme.
    pub fn scheme(&self) -> &Scheme {
        &self.scheme
    }

    /// Believes a delivery, or says why not.
    pub fn verify<'a>(
        &self,
        delivery: Unverified<'a>,
        now: Timestamp,
    ) -> Result<Verified<Delivery<'a>>, Refusal> {
        let Scheme::Signed(signed) = &self.scheme else {
            let secret = self.examine(&delivery, now).signature?;
            return Ok(Verified::new(*delivery.peek(), secret, None));
        };
        let delivery = *delivery.peek();
        let parts = signed.parts(delivery.headers())?;
        let secret = self.signature(signed, &parts, delivery.body())?;
        // After the signature: the time may be in the body.
        let signed_at = signed.time(&parts, delivery.body(), now)?;
        Ok(Verified::new(delivery, secret, signed_at))
    }

    /// Looks at a delivery as [`verify`](Self::verify) does, for who wants to
    /// know why it is not believed.
    pub fn examine(&self, delivery: &Unverified<'_>, now: Timestamp) -> Examination {
        let delivery = delivery.peek();
        match &self.scheme {
            Scheme::Signed(signed) => self.examine_signed(signed, delivery, now),
            Scheme::Token(token) => without_time(self.token(token, delivery.headers())),
            Scheme::Basic(basic) => without_time(self.basic(basic, delivery.headers())),
        }
    }

    fn examine_signed(
        &self,
        signed: &Signed,
        delivery: &Delivery<'_>,
        now: Timestamp,
    ) -> Examination {
        match signed.parts(delivery.headers()) {
            Ok(parts) => Examination {
                signature: self.signature(signed, &parts, delivery.body()),
                time: signed.time(&parts, delivery.body(), now),
            },
            Err(refusal) => Examination {
                signature: Err(refusal.clone()),
                time: Err(refusal),
            },
        }
    }

    fn signature(&self, signed: &Signed, parts: &Parts<'_>, body: &[u8]) -> Result<usize, Refusal> {
        let timestamp = parts.timestamp.unwrap_or_default();
        let pieces = signed.content.pieces(parts.id, timestamp, body);
        let of_kind = |is_public| {
            let has_kind = self.keys.iter().any(|key| key.is_public() == is_public);
            has_kind.then(|| signed.signatures(parts, is_public))
        };
        let (hmacs, publics) = (of_kind(false), of_kind(true));
        let is_by = |key: &Key| {
            let of_kind = if key.is_public() { &publics } else { &hmacs };
            let signatures = of_kind.as_ref().and_then(|read| read.as_ref().ok());
            signatures.is_some_and(|signatures| key.made_any(signed.hash, signatures, &pieces))
        };
        let keys = self.keys.iter().enumerate();
        let found = keys.fold(None, |found: Option<usize>, (index, key)| {
            let is_by = is_by(key);
            found.or(is_by.then_some(index))
        });
        found.ok_or_else(|| why_none(hmacs, publics))
    }

    fn token(&self, token: &Token, headers: &Headers) -> Result<usize, Refusal> {
        let header = required(headers, &token.header)?;
        let text = header.strip_prefix(token.prefix.as_str());
        let text = text.ok_or_else(|| malformed(&token.header, "token after the prefix"))?;
        self.find(text.as_bytes(), true)
    }

    fn basic(&self, basic: &Basic, headers: &Headers) -> Result<usize, Refusal> {
        const NAME: &str = "authorization";
        let expected = "user name and password (RFC 7617)";
        let header = required(headers, NAME)?;
        let pair = credentials(header).ok_or_else(|| malformed(NAME, expected))?;
        let colon = pair.iter().position(|byte| *byte == b':');
        let split = colon.and_then(|colon| pair.split_at_checked(colon));
        let (user, password) = split.ok_or_else(|| malformed(NAME, expected))?;
        let is_user = constant_time::equal(user, basic.user.as_bytes());
        self.find(password.get(1..).unwrap_or_default(), is_user)
    }

    /// The secret that a text is. All are looked at.
    fn find(&self, text: &[u8], is_user: bool) -> Result<usize, Refusal> {
        let keys = self.keys.iter().enumerate();
        let found = keys.fold(None, |found: Option<usize>, (index, key)| {
            let is_it = key.is(text) & is_user;
            found.or(is_it.then_some(index))
        });
        found.ok_or(Refusal::Wrong)
    }
}

impl Signed {
    /// Whether a header is named for everything that is signed.
    fn is_whole(&self) -> Result<(), SecretError> {
        let in_list = |window: &super::Window| matches!(window.stamp, Stamp::Member(_));
        let in_list = self.window.as_ref().is_some_and(in_list);
        let has = |header: fn(&Names) -> bool| self.names.iter().all(header);
        let needs_header = self
            .window
            .as_ref()
            .is_some_and(|it| it.stamp == Stamp::Header);
        if self.content.has_id() && !has(|names| names.id.is_some()) {
            return Err(SecretError::NoHeader { placeholder: "id" });
        }
        let needs_time = (self.content.has_timestamp() && !in_list) || needs_header;
        if needs_time && !has(|names| names.timestamp.is_some()) {
            return Err(SecretError::NoHeader { placeholder: "ts" });
        }
        Ok(())
    }

    /// Reads the headers of a delivery.
    fn parts<'a>(&'a self, headers: &'a Headers) -> Result<Parts<'a>, Refusal> {
        let complete = |names: &&Names| names.all().all(|name| headers.has(name));
        let found = self.names.iter().find(complete).or(self.names.first());
        let names = found.ok_or(Refusal::Wrong)?;
        let optional = |name: Option<&'a str>| match name {
            Some(name) => required(headers, name).map(Some),
            None => Ok(None),
        };
        let header = required(headers, &names.signature)?;
        let (id, at) = (
            optional(names.id.as_deref())?,
            optional(names.timestamp.as_deref())?,
        );
        let timestamp = match self.window.as_ref().map(|window| &window.stamp) {
            Some(Stamp::Member(key)) => Some(
                super::layout::member(header, key)
                    .ok_or_else(|| malformed(&names.signature, "list with the time in it, once"))?,
            ),
            Some(Stamp::Header | Stamp::Body(_)) | None => at,
        };
        Ok(Parts {
            header,
            name: &names.signature,
            id: id.unwrap_or_default(),
            timestamp,
        })
    }

    /// The signatures that a header holds, for keys of one kind.
    fn signatures(&self, parts: &Parts<'_>, is_public: bool) -> Signatures {
        let texts = self.layout.signatures(parts.header, is_public);
        if texts.len() > MOST {
            let (name, limit) = (parts.name.to_owned(), MOST);
            return Err(Refusal::TooMany { name, limit });
        }
        let decode = |text: &&str| self.encoding.decode(text);
        let signatures: Vec<_> = texts.iter().filter_map(decode).collect();
        if signatures.is_empty() {
            return Err(malformed(parts.name, "signature as the sender writes it"));
        }
        Ok(signatures)
    }

    fn time(
        &self,
        parts: &Parts<'_>,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Option<Timestamp>, Refusal> {
        let Some(window) = &self.window else {
            return Ok(None);
        };
        let signed_at = window.signed_at(parts.timestamp, body)?;
        match signed_at {
            Some(at) => window.admits(at, now).map(|()| Some(at)),
            None => Ok(None),
        }
    }
}

type Signatures = Result<Vec<Vec<u8>>, Refusal>;

/// Why no secret vouches: none made a signature that is there, or there is none.
fn why_none(hmacs: Option<Signatures>, publics: Option<Signatures>) -> Refusal {
    match (hmacs, publics) {
        (Some(Err(refusal)), None | Some(Err(_))) | (None, Some(Err(refusal))) => refusal,
        (_, _) => Refusal::Wrong,
    }
}

fn without_time(signature: Result<usize, Refusal>) -> Examination {
    Examination {
        signature,
        time: Ok(None),
    }
}

fn required<'a>(headers: &'a Headers, name: &str) -> Result<&'a str, Refusal> {
    match headers.one(name) {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Err(Refusal::Missing {
            name: name.to_owned(),
        }),
        Err(Unreadable::Repeated) => Err(Refusal::Repeated {
            name: name.to_owned(),
        }),
        Err(Unreadable::NotText) => Err(malformed(name, TEXT)),
    }
}

fn malformed(name: &str, expected: &'static str) -> Refusal {
    Refusal::Malformed {
        name: name.to_owned(),
        expected,
    }
}

/// The `user:password` of a header.
fn credentials(header: &str) -> Option<Vec<u8>> {
    let (scheme, rest) = header.split_once(' ')?;
    let encoded = rest.trim_start_matches(' ');
    let is_basic = scheme.eq_ignore_ascii_case("basic");
    BASE64.decode(encoded.as_bytes()).ok().filter(|_| is_basic)
}
