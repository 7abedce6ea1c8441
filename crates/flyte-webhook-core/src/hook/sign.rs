//! Signed deliveries, for tests and for trying a hook out.

mod sample;

use data_encoding::BASE64;
use jiff::Timestamp;
use secrecy::{ExposeSecret, SecretString};

use super::{
    scheme::{Basic, Scheme, SecretError, Signed, SigningKey, Stamp, Token, Unit, signing_key},
    source::Reader,
};

/// What to sign a delivery with.
pub struct Signer {
    scheme: Scheme,
    secret: SecretString,
    key: SigningKey,
}

/// A delivery as its sender would send it.
pub struct Sample {
    /// All headers, those of the signature included.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Signer {
    /// Reads the secret: the hook's own or, for Ed25519, the private key.
    pub fn new(scheme: Scheme, secret: SecretString) -> Result<Self, SecretError> {
        let key = signing_key(&scheme, &secret)?;
        Ok(Self {
            scheme,
            secret,
            key,
        })
    }

    /// The headers that prove a body: signed now, under an id.
    pub fn headers(&self, id: &str, now: Timestamp, body: &[u8]) -> Vec<(String, String)> {
        match &self.scheme {
            Scheme::Signed(signed) => self.signed(signed, id, now, body),
            Scheme::Token(Token { header, prefix }) => {
                let secret = self.secret.expose_secret();
                vec![(header.clone(), format!("{prefix}{secret}"))]
            }
            Scheme::Basic(Basic { user }) => {
                let pair = format!("{user}:{}", self.secret.expose_secret());
                let encoded = BASE64.encode(pair.as_bytes());
                vec![("authorization".to_owned(), format!("Basic {encoded}"))]
            }
        }
    }

    /// A delivery of a source: its sample, or a body that is given.
    pub fn sample(
        &self,
        reader: &Reader,
        id: &str,
        now: Timestamp,
        body: Option<Vec<u8>>,
    ) -> Sample {
        let body = body.unwrap_or_else(|| sample::body(reader.source, id, now));
        let proof = self.headers(id, now, &body);
        let mut headers = sample::headers(reader, id, &body);
        // A header that comes twice is refused.
        headers.retain(|(name, _)| proof.iter().all(|(proving, _)| proving != name));
        headers.extend(proof);
        Sample { headers, body }
    }

    fn signed(
        &self,
        signed: &Signed,
        id: &str,
        now: Timestamp,
        body: &[u8],
    ) -> Vec<(String, String)> {
        let window = signed.window.as_ref();
        let unit = window.map_or(Unit::Seconds, |window| window.unit);
        let timestamp = unit.of(now).to_string();
        let pieces = signed.content.pieces(id, &timestamp, body);
        let signature = signed.encoding.encode(&self.key.sign(signed.hash, &pieces));
        let header = signed.layout.header(&signature, self.key.is_private());
        let header = match window.map(|window| &window.stamp) {
            Some(Stamp::Member(key)) => format!("{key}={timestamp},{header}"),
            Some(Stamp::Header | Stamp::Body(_)) | None => header,
        };
        let Some(names) = signed.names.first() else {
            return Vec::new();
        };
        let mut headers = vec![(names.signature.clone(), header)];
        headers.extend(names.id.clone().map(|name| (name, id.to_owned())));
        headers.extend(names.timestamp.clone().map(|name| (name, timestamp)));
        headers
    }
}
