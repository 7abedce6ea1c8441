//! What an image is described by. These texts become lines of a build file and
//! part of an address, so none may break out of its place there.

use std::{fmt, str::FromStr};

use crate::checked::checked;

/// The longest text that is taken, in bytes.
const LONGEST: usize = 255;

/// Why a text does not describe an image.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No name that every registry takes.
    #[error(
        "is no name of an image; write at most 128 of a-z, 0-9 and, between these, single '.', '_' or '-'"
    )]
    Name,
    /// No image to start from.
    #[error("is no image; write one such as ubuntu:22.04 in at most 255 letters without spaces")]
    Base,
    /// No version of Python.
    #[error("is no version of Python; write one such as 3.12")]
    Python,
    /// No version of the SDK.
    #[error("is no version of the Flyte SDK; write one such as 2.12.1")]
    Flyte,
    /// No package to install.
    #[error("is no package; write one line of 1 to 255 bytes")]
    Package,
}

checked!(
    /// The name of an image: one part of a repository's path, since more would
    /// choose another registry or somebody else's repository.
    ImageName,
    Name,
    |text| {
        let is_alphanumeric = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
        let mut words = text.split(['.', '_', '-']);
        text.len() <= 128 && words.all(|word| !word.is_empty() && word.bytes().all(is_alphanumeric))
    }
);
checked!(
    /// An image to start from, by its whole address.
    BaseImage,
    Base,
    |text| is_short(text) && text.bytes().all(|byte| byte.is_ascii_graphic())
);
checked!(
    /// One package, with its version where that matters.
    Package,
    Package,
    |text| is_short(text) && !text.trim().is_empty() && !text.contains(char::is_control)
);

fn is_short(text: &str) -> bool {
    (1..=LONGEST).contains(&text.len())
}

/// A release of the Flyte SDK, without the `v` in front.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FlyteVersion(String);

impl FlyteVersion {
    /// Checks a version, with or without a `v` in front.
    pub fn parse(text: &str) -> Result<Self, Error> {
        let version = text.strip_prefix('v').unwrap_or(text);
        let is_part = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        let starts = version.starts_with(|first: char| first.is_ascii_digit());
        if starts && version.len() <= 100 && version.bytes().all(is_part) {
            Ok(Self(version.to_owned()))
        } else {
            Err(Error::Flyte)
        }
    }
}

impl FromStr for FlyteVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)
    }
}

impl fmt::Display for FlyteVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A version of Python: major and minor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PythonVersion {
    major: u8,
    minor: u8,
}

impl PythonVersion {
    /// Checks a version. As the reference has it, a text without a dot names
    /// none, and what follows a second dot does not count.
    pub fn parse(text: &str) -> Result<Option<Self>, Error> {
        let mut parts = text.split('.').map(number);
        match (parts.next(), parts.next()) {
            (Some(Some(major)), Some(Some(minor))) => Ok(Some(Self { major, minor })),
            (_, None) => Ok(None),
            _ => Err(Error::Python),
        }
    }
}

fn number(part: &str) -> Option<u8> {
    let is_plain = part.bytes().all(|byte| byte.is_ascii_digit());
    part.parse().ok().filter(|_| is_plain)
}

impl FromStr for PythonVersion {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::parse(text)?.ok_or(Error::Python)
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}
