//! Strings and their escapes.

use std::{borrow::Cow, ops::Range};

use super::{Error, Output, Parser};

/// How many bytes are looked at together.
const WORD: usize = 8;

const BAD_UNICODE_ESCAPE: &str = "Invalid \\uXXXX escape";

impl<'a, O: Output<'a>> Parser<'a, O> {
    /// Takes the string that comes next, and gives it on at once: to write what it is to
    /// memory and to read that again takes longer than to read a short string.
    #[inline]
    pub(super) fn string(
        &mut self,
        give: impl FnOnce(&mut O, Range<usize>, Cow<'a, str>),
    ) -> Result<(), Error> {
        let quote = self.at;
        if let Some(text) = self.plain_string() {
            give(&mut self.output, quote..self.at, text.into());
        } else {
            let text = self.escaped_string()?;
            give(&mut self.output, quote..self.at, text.into());
        }
        Ok(())
    }

    /// Takes a string that stands for itself, if that comes next.
    #[inline]
    fn plain_string(&mut self) -> Option<&'a str> {
        let start = self.at + 1;
        let end = start + plain(self.text.as_bytes().get(start..)?);
        let is_whole = self.byte(end) == Some(b'"');
        let text = self.text.get(start..end).filter(|_| is_whole)?;
        self.at = end + 1;
        Some(text)
    }

    fn escaped_string(&mut self) -> Result<String, Error> {
        let quote = self.at;
        self.at += 1;
        let mut text = self.plain().to_owned();
        loop {
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => text.push(self.escape(quote)?),
                Some(_) => return Err(self.syntax("Invalid control character at", self.at)),
                None => return Err(self.unterminated(quote)),
            }
            text.push_str(self.plain());
        }
    }

    /// Takes what stands for itself.
    fn plain(&mut self) -> &'a str {
        let rest = self.rest();
        let plain = rest.get(..plain(rest.as_bytes())).unwrap_or_default();
        self.at += plain.len();
        plain
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

/// How many bytes come before the first quote, backslash or control character.
fn plain(text: &[u8]) -> usize {
    let (words, rest) = text.as_chunks();
    for (word, place) in words.iter().zip(0..) {
        let plain = plain_in_word(*word);
        if plain < WORD {
            return place * WORD + plain;
        }
    }
    let special = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\');
    text.len() - rest.len() + rest.iter().position(special).unwrap_or(rest.len())
}

/// The same of a few bytes. All are compared at once: strings are mostly short, and a
/// search that has to be set up takes longer.
fn plain_in_word(word: [u8; WORD]) -> usize {
    const ONES: u64 = u64::MAX / 0xff;
    let word = u64::from_le_bytes(word);
    // The highest bit of a byte is set where one is below; bytes after it may be wrong.
    let below = |word: u64, bound: u8| word.wrapping_sub(ONES * u64::from(bound)) & !word;
    let is = |byte: u8| below(word ^ (ONES * u64::from(byte)), 1);
    let special = (below(word, b' ') | is(b'"') | is(b'\\')) & (ONES << 7);
    special.trailing_zeros() as usize / 8
}
