//! Lines as RFC 9112 has them, without what it lets recipients forgive: of two
//! that read one message, only one may be as forgiving.

use super::Refusal;

/// The first line, without its CR LF; none where it is not whole yet.
pub(super) fn first(bytes: &[u8]) -> Result<Option<&[u8]>, Refusal> {
    let end = bytes.iter().position(|byte| matches!(byte, b'\r' | b'\n'));
    let Some((line, rest)) = end.and_then(|end| bytes.split_at_checked(end)) else {
        return Ok(None);
    };
    match rest {
        [b'\r', b'\n', ..] => Ok(Some(line)),
        [b'\r'] => Ok(None),
        _ => Err(Refusal::LineEnd),
    }
}

/// The length of a line with its CR LF.
pub(super) fn length(line: &[u8]) -> usize {
    line.len() + 2
}

/// Whether a byte may be part of a method or of a header's name.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// A value without the blanks around it.
pub(super) fn trim(value: &[u8]) -> &[u8] {
    let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t');
    let start = value.iter().position(|byte| !is_blank(byte));
    let end = value.iter().rposition(|byte| !is_blank(byte));
    match (start, end) {
        (Some(start), Some(end)) => value.get(start..=end).unwrap_or_default(),
        _ => &[],
    }
}
