//! A delivery with the secrets that it meets, as `tests/hooks/vectors` has them.

use std::collections::BTreeMap;

use data_encoding::BASE64;
use flyte_webhook_core::hook::{
    headers::Headers,
    scheme::{
        Basic, Content, Delivery, Encoding, Hash, KeyForm, Layout, Names, Refusal, Scheme, Signed,
        Stamp, Token, Unit, Unverified, Verified, Verifier, Window,
    },
    source::Source,
};
use jiff::Timestamp;
use secrecy::SecretString;
use serde::Deserialize;

/// The vectors of one source.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    pub(crate) source: String,
    /// The scheme, where the source is none that is known.
    pub(crate) scheme: Option<Configured>,
    pub(crate) vectors: Vec<Vector>,
}

/// One delivery.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Vector {
    pub(crate) name: String,
    pub(crate) secrets: Vec<String>,
    pub(crate) headers: Vec<(String, String)>,
    /// In base64, since not every body is text.
    pub(crate) body: String,
    /// When it comes, in seconds since 1970.
    pub(crate) now: i64,
    /// Whether it is to be believed.
    pub(crate) accept: bool,
    /// What other implementations say.
    pub(crate) judges: BTreeMap<String, bool>,
    /// Why they say something else.
    #[serde(default)]
    pub(crate) differs: BTreeMap<String, String>,
}

/// A scheme as the configuration of a hook would have it.
#[derive(Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Configured {
    Hmac {
        hash: String,
        #[serde(flatten)]
        signature: Signature,
    },
    Ed25519 {
        #[serde(flatten)]
        signature: Signature,
    },
    Token {
        header: String,
        prefix: String,
    },
    Basic {
        user: String,
    },
}

/// Where a configured signature is.
#[derive(Clone, Deserialize)]
pub(crate) struct Signature {
    header: String,
    prefix: String,
    encoding: String,
    content: String,
    id_header: Option<String>,
    timestamp_header: Option<String>,
    seconds: Option<u32>,
}

impl File {
    /// Reads a file of vectors.
    pub(crate) fn read(text: &str) -> Self {
        serde_json::from_str(text).expect("a file of vectors")
    }

    /// The source.
    pub(crate) fn source(&self) -> Source {
        self.source.parse().expect("a source")
    }

    /// The scheme.
    pub(crate) fn scheme(&self) -> Scheme {
        let configured = self.scheme.clone().map(Configured::scheme);
        configured
            .or_else(|| self.source().scheme())
            .expect("a scheme")
    }
}

impl Vector {
    /// A verifier with the vector's secrets.
    pub(crate) fn verifier(&self, scheme: Scheme) -> Verifier {
        let secrets = self
            .secrets
            .iter()
            .map(|it| SecretString::from(it.as_str()));
        let secrets: Vec<_> = secrets.collect();
        Verifier::new(scheme, &secrets).expect("secrets that can be used")
    }

    /// The headers.
    pub(crate) fn headers(&self) -> Headers {
        self.headers
            .iter()
            .map(|(name, value)| (name, value))
            .collect()
    }

    /// The body.
    pub(crate) fn body(&self) -> Vec<u8> {
        BASE64.decode(self.body.as_bytes()).expect("base64")
    }

    /// The time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp::from_second(self.now).expect("a time")
    }
}

/// What becomes of a delivery.
pub(crate) fn verify<'a>(
    verifier: &Verifier,
    headers: &'a Headers,
    body: &'a [u8],
    now: Timestamp,
) -> Result<Verified<Delivery<'a>>, Refusal> {
    verifier.verify(Unverified::new(headers, body), now)
}

impl Configured {
    fn scheme(self) -> Scheme {
        match self {
            Self::Hmac { hash, signature } => {
                let mut all = Hash::ALL.into_iter();
                let hash = all.find(|it| it.name() == hash).expect("a hash");
                Scheme::Signed(signature.signed(hash, KeyForm::Text))
            }
            Self::Ed25519 { signature } => {
                Scheme::Signed(signature.signed(Hash::Sha256, KeyForm::Ed25519))
            }
            Self::Token { header, prefix } => Scheme::Token(Token { header, prefix }),
            Self::Basic { user } => Scheme::Basic(Basic { user }),
        }
    }
}

impl Signature {
    fn signed(self, hash: Hash, key: KeyForm) -> Signed {
        let mut encodings = Encoding::ALL.into_iter();
        let encoding = encodings.find(|it| it.name() == self.encoding);
        let window = |seconds| Window {
            stamp: Stamp::Header,
            unit: Unit::Seconds,
            seconds,
        };
        Signed {
            names: vec![Names {
                id: self.id_header,
                timestamp: self.timestamp_header,
                ..Names::signature(&self.header)
            }],
            layout: Layout::One {
                prefix: self.prefix,
            },
            encoding: encoding.expect("an encoding"),
            hash,
            key,
            content: Content::parse(&self.content).expect("a template"),
            window: self.seconds.map(window),
        }
    }
}
