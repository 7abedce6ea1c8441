//! Times such as `20s`.

use std::time::Duration;

use serde::{Deserialize, Deserializer, de};

/// What a time looks like, for the schema.
pub(super) const PATTERN: &str = "^[0-9]+(ms|s|m|h)$";

/// Why a text is not a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("is not a time; write a whole number and one of the units ms, s, m, h, such as 20s")]
    Form,
    #[error("is a longer time than can be counted; write a shorter one")]
    Overflow,
}

/// Parses a whole number with one unit.
pub(super) fn parse(text: &str) -> Result<Duration, Error> {
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let (number, unit) = text.split_at(digits);
    let millis: u64 = match unit {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err(Error::Form),
    };
    if number.is_empty() {
        return Err(Error::Form);
    }
    let number: u64 = number.parse().map_err(|_too_many_digits| Error::Overflow)?;
    let millis = number.checked_mul(millis).ok_or(Error::Overflow)?;
    Ok(Duration::from_millis(millis))
}

/// Reads a time from its text.
pub(super) fn deserialize<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Duration, D::Error> {
    // A bare number is the likely mistake, and quotes would not mend it.
    let text =
        String::deserialize(deserializer).map_err(|_no_text| de::Error::custom(Error::Form))?;
    parse(&text).map_err(de::Error::custom)
}

/// Reads a time that may be left out.
pub(super) fn deserialize_option<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Duration>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)
        .map_err(|_no_text| de::Error::custom(Error::Form))?;
    text.map(|text| parse(&text).map_err(de::Error::custom))
        .transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_whole_number_with_one_unit() {
        for (text, millis) in [("0s", 0), ("20s", 20_000), ("500ms", 500), ("4m", 240_000)] {
            assert_eq!(parse(text), Ok(Duration::from_millis(millis)), "{text}");
        }
        for text in [
            "", "s", "20", "-1s", "+1s", "1.5s", " 1s", "1 s", "1S", "1m30s", "1d", "１s",
        ] {
            assert_eq!(parse(text), Err(Error::Form), "{text}");
        }
        for text in ["99999999999999999999s", "18446744073709551615h"] {
            assert_eq!(parse(text), Err(Error::Overflow), "{text}");
        }
    }
}
