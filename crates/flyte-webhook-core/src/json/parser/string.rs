//! Strings and their escapes.

use memchr::memchr2;

use super::{Error, Parser};

const BAD_UNICODE_ESCAPE: &str = "Invalid \\uXXXX escape";

impl Parser<'_> {
    pub(super) fn string(&mut self) -> Result<String, Error> {
        let quote = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let stop = stop(self.rest().as_bytes());
            let plain = stop.and_then(|end| self.rest().get(..end));
            let plain = plain.unwrap_or_default();
            text.push_str(plain);
            self.at += plain.len();
            match (stop, self.peek()) {
                (Some(_), Some(b'"')) => {
                    self.at += 1;
                    return Ok(text);
                }
                (Some(_), Some(b'\\')) => text.push(self.escape(quote)?),
                (Some(_), _) => return Err(self.syntax("Invalid control character at", self.at)),
                (None, _) => return Err(self.unterminated(quote)),
            }
        }
    }

    fn unterminated(&self, quote: usize) -> Error {
        self.syntax("Unterminated string starting at", quote)
    }

    fn escape(&mut self, quote: usize) -> Result<char, Error> {
        let backslash = self.at;
        let Some(letter) = self.byte(backslash + 1) else {
            return Err(self.unterminated(quote));
        };
        let plain = match letter {
            b'"' | b'\\' | b'/' => char::from(letter),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => return self.unicode_escape(),
            _ => return Err(self.syntax("Invalid \\escape", backslash)),
        };
        self.at += 2;
        Ok(plain)
    }

    /// Reads `\uXXXX`, or two of them that are a pair.
    fn unicode_escape(&mut self) -> Result<char, Error> {
        let start = self.at;
        let first = self.hex(start)?;
        self.at = start + 6;
        if let Some(c) = char::from_u32(first) {
            return Ok(c);
        }
        let high = (0xd800..0xdc00).contains(&first);
        if high && self.rest().starts_with("\\u") {
            let second = self.hex(self.at)?;
            if (0xdc00..0xe000).contains(&second) {
                self.at += 6;
                let joined = 0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Ok(char::from_u32(joined).unwrap_or(char::REPLACEMENT_CHARACTER));
            }
        }
        self.lone_surrogate.get_or_insert(start);
        Ok(char::REPLACEMENT_CHARACTER)
    }

    /// The four digits of the escape at `backslash`, after which the text must go on.
    fn hex(&self, backslash: usize) -> Result<u32, Error> {
        let digits = self.text.as_bytes().get(backslash + 2..backslash + 6);
        let goes_on = backslash + 6 < self.text.len();
        let value = digits.filter(|_| goes_on).and_then(|digits| {
            digits.iter().try_fold(0, |value, &digit| {
                Some(value * 16 + char::from(digit).to_digit(16)?)
            })
        });
        value.ok_or_else(|| self.syntax(BAD_UNICODE_ESCAPE, backslash + 1))
    }
}

/// Where a string, or what is plain of it, ends: at the first quote, backslash or
/// control character.
fn stop(text: &[u8]) -> Option<usize> {
    let end = memchr2(b'"', b'\\', text);
    let plain = text.get(..end.unwrap_or(text.len())).unwrap_or_default();
    let is_control = |byte: &u8| *byte < b' ';
    // To count them is a comparison of many bytes at once, and to find the first is not.
    if plain.iter().filter(|byte| is_control(byte)).count() > 0 {
        return plain.iter().position(is_control);
    }
    end
}
