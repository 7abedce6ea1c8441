//! The text that bytes are, by `Content-Type`.

/// UTF-8 unless one of the old names for less is given; what is no character
/// becomes the mark for that.
pub(super) fn decoded(bytes: &[u8], content_type: &str) -> String {
    match charset(content_type).as_deref() {
        Some("iso-8859-1" | "iso8859-1" | "latin-1" | "latin1" | "l1") => {
            bytes.iter().copied().map(char::from).collect()
        }
        Some("us-ascii" | "ascii") => {
            let character = |byte: &u8| match byte {
                0..0x80 => char::from(*byte),
                0x80.. => char::REPLACEMENT_CHARACTER,
            };
            bytes.iter().map(character).collect()
        }
        Some(_) | None => String::from_utf8_lossy(bytes).into_owned(),
    }
}

fn charset(content_type: &str) -> Option<String> {
    let mut parameters = content_type.split(';').skip(1);
    let value = parameters.find_map(|parameter| {
        let (name, value) = parameter.split_once('=')?;
        let is_charset = name.trim().eq_ignore_ascii_case("charset");
        is_charset.then(|| value.trim().trim_matches('"'))
    })?;
    Some(value.to_ascii_lowercase().replace('_', "-"))
}

#[cfg(test)]
mod tests {
    use super::decoded;

    #[test]
    fn text_is_read_by_its_charset() {
        for (bytes, content_type, text) in [
            ("é".as_bytes(), "", "é"),
            (b"\xe9", "text/plain", "\u{fffd}"),
            (b"\xe9", "text/plain; charset=ISO-8859-1", "é"),
            (b"\xe9", "text/plain;a=b; Charset=\"latin_1\"", "é"),
            (b"a\xe9", "text/plain; charset=us-ascii", "a\u{fffd}"),
            ("é".as_bytes(), "text/plain; charset=nonsense", "é"),
        ] {
            assert_eq!(decoded(bytes, content_type), text, "{content_type}");
        }
    }
}
