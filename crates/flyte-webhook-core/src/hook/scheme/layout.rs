//! How a header holds signatures.

use data_encoding::{BASE64, BASE64URL, BASE64URL_NOPAD, HEXLOWER, HEXUPPER};

/// How a header holds signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Layout {
    /// One, after a prefix, which may be empty.
    One { prefix: String },
    /// Several, separated by commas; those with the prefix count, so that a
    /// sender can have two secrets, and other versions of the scheme.
    List { prefix: String },
    /// Several, separated by blanks: `v1,` before an HMAC and `v1a,` before an
    /// Ed25519 signature.
    Standard,
}

impl Layout {
    /// The signatures that a header holds.
    pub(super) fn signatures<'a>(&self, header: &'a str, is_public: bool) -> Vec<&'a str> {
        match self {
            Self::One { prefix } => header.strip_prefix(prefix.as_str()).into_iter().collect(),
            Self::List { prefix } => after(header.split(','), prefix),
            Self::Standard if is_public => after(header.split(' '), "v1a,"),
            Self::Standard => after(header.split(' '), "v1,"),
        }
    }

    /// A header with one signature.
    pub(crate) fn header(&self, signature: &str, is_public: bool) -> String {
        match self {
            Self::One { prefix } | Self::List { prefix } => format!("{prefix}{signature}"),
            Self::Standard if is_public => format!("v1a,{signature}"),
            Self::Standard => format!("v1,{signature}"),
        }
    }
}

fn after<'a>(items: impl Iterator<Item = &'a str>, prefix: &str) -> Vec<&'a str> {
    items.filter_map(|item| item.strip_prefix(prefix)).collect()
}

/// The value of a `key=value` that stands once in a list.
pub(super) fn member<'a>(header: &'a str, key: &str) -> Option<&'a str> {
    let pairs = header.split(',').filter_map(|item| item.split_once('='));
    let mut found = pairs.filter(|(name, _)| *name == key);
    let (_, value) = found.next()?;
    found.next().is_none().then_some(value)
}

/// How bytes are written as text. Each is read in one way only: a signature has
/// one spelling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal, in lower case.
    Hex,
    /// Hexadecimal, in upper case.
    HexUpper,
    /// Base64 with padding.
    Base64,
    /// Base64 for URLs, with padding.
    Base64Url,
    /// Base64 for URLs, without padding.
    Base64UrlNoPad,
}

impl Encoding {
    /// Every encoding, as the configuration names them.
    pub const ALL: [Self; 5] = [
        Self::Hex,
        Self::HexUpper,
        Self::Base64,
        Self::Base64Url,
        Self::Base64UrlNoPad,
    ];

    /// The word for it in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Hex => "hex",
            Self::HexUpper => "hex_upper",
            Self::Base64 => "base64",
            Self::Base64Url => "base64url",
            Self::Base64UrlNoPad => "base64url_no_pad",
        }
    }

    fn codec(self) -> data_encoding::Encoding {
        match self {
            Self::Hex => HEXLOWER,
            Self::HexUpper => HEXUPPER,
            Self::Base64 => BASE64,
            Self::Base64Url => BASE64URL,
            Self::Base64UrlNoPad => BASE64URL_NOPAD,
        }
    }

    pub(super) fn decode(self, text: &str) -> Option<Vec<u8>> {
        self.codec().decode(text.as_bytes()).ok()
    }

    pub(crate) fn encode(self, bytes: &[u8]) -> String {
        self.codec().encode(bytes)
    }
}
