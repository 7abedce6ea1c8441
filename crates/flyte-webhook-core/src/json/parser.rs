//! The grammar, with the error texts and places of Python's scanner.

use super::{Error, Limits, MAX_DIGITS, Object, Value};

const EXPECTING_VALUE: &str = "Expecting value";
const BAD_UNICODE_ESCAPE: &str = "Invalid \\uXXXX escape";

/// Reads a text from front to back; `at` is the byte that comes next.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    elements: usize,
    limits: &'a Limits,
    /// Python lets a lone surrogate pass, so a syntax error after it comes first.
    lone_surrogate: Option<usize>,
}

impl<'a> Parser<'a> {
    pub(super) fn new(text: &'a str, limits: &'a Limits) -> Self {
        let (at, depth, elements, lone_surrogate) = (0, 0, 0, None);
        Self {
            text,
            at,
            depth,
            elements,
            limits,
            lone_surrogate,
        }
    }

    /// Reads the one value that the text is.
    pub(super) fn document(mut self) -> Result<Value, Error> {
        self.skip_blanks();
        let value = self.value()?;
        self.skip_blanks();
        if self.at < self.text.len() {
            return Err(self.syntax("Extra data", self.at));
        }
        match self.lone_surrogate {
            Some(at) => Err(Error::LoneSurrogate {
                offset: self.offset(at),
            }),
            None => Ok(value),
        }
    }

    /// Characters before a byte position; errors are rare enough to count anew.
    fn offset(&self, at: usize) -> usize {
        let before = self.text.get(..at).unwrap_or(self.text);
        before.chars().count()
    }

    fn syntax(&self, message: &'static str, at: usize) -> Error {
        let offset = self.offset(at);
        Error::Syntax { offset, message }
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    fn peek(&self) -> Option<u8> {
        self.byte(self.at)
    }

    /// Takes the byte if it comes next.
    fn take(&mut self, byte: u8) -> bool {
        let here = self.peek() == Some(byte);
        self.at += usize::from(here);
        here
    }

    /// Takes the word if it comes next.
    fn word(&mut self, word: &str, value: Value) -> Option<Value> {
        if !self.rest().starts_with(word) {
            return None;
        }
        self.at += word.len();
        Some(value)
    }

    fn skip_blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn value(&mut self) -> Result<Value, Error> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            let limit = self.limits.elements;
            return Err(Error::TooLarge { limit });
        }
        let start = self.at;
        let word = match self.peek() {
            Some(b'"') => return self.string().map(Value::String),
            Some(b'{') => return self.nested(Self::object),
            Some(b'[') => return self.nested(Self::array),
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'N') => self.word("NaN", Value::Float(f64::NAN)),
            Some(b'I') => self.word("Infinity", Value::Float(f64::INFINITY)),
            Some(b'-') => self.word("-Infinity", Value::Float(f64::NEG_INFINITY)),
            Some(_) | None => None,
        };
        match word {
            Some(value) => Ok(value),
            None => self.number(start),
        }
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<Value, Error>,
    ) -> Result<Value, Error> {
        let limit = self.limits.depth;
        if self.depth >= limit {
            return Err(Error::TooDeep { limit });
        }
        self.depth += 1;
        self.at += 1;
        self.skip_blanks();
        let value = read(self)?;
        self.depth -= 1;
        Ok(value)
    }

    fn object(&mut self) -> Result<Value, Error> {
        let mut members = Object::new();
        if self.take(b'}') {
            return Ok(Value::Object(members));
        }
        loop {
            if self.peek() != Some(b'"') {
                let message = "Expecting property name enclosed in double quotes";
                return Err(self.syntax(message, self.at));
            }
            let key = self.string()?;
            self.skip_blanks();
            if !self.take(b':') {
                return Err(self.syntax("Expecting ':' delimiter", self.at));
            }
            self.skip_blanks();
            let value = self.value()?;
            members.insert(key, value);
            if self.ends(b'}')? {
                return Ok(Value::Object(members));
            }
        }
    }

    fn array(&mut self) -> Result<Value, Error> {
        let mut items = Vec::new();
        if self.take(b']') {
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value()?);
            if self.ends(b']')? {
                return Ok(Value::Array(items));
            }
        }
    }

    /// Takes the closing bracket, or the comma before the next element.
    fn ends(&mut self, close: u8) -> Result<bool, Error> {
        self.skip_blanks();
        if self.take(close) {
            return Ok(true);
        }
        if !self.take(b',') {
            return Err(self.syntax("Expecting ',' delimiter", self.at));
        }
        self.skip_blanks();
        Ok(false)
    }

    fn string(&mut self) -> Result<String, Error> {
        let quote = self.at;
        self.at += 1;
        let mut text = String::new();
        loop {
            let plain = self.rest();
            let stop = plain.find(|c: char| c == '"' || c == '\\' || c < ' ');
            let plain = stop.and_then(|end| plain.get(..end)).unwrap_or_default();
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

    fn number(&mut self, start: usize) -> Result<Value, Error> {
        self.take(b'-');
        match self.peek() {
            Some(b'0') => self.at += 1,
            Some(b'1'..=b'9') => self.digits(),
            Some(_) | None => return Err(self.syntax(EXPECTING_VALUE, start)),
        }
        let integer_end = self.at;
        self.fraction();
        self.exponent();
        let text = self.text.get(start..self.at).unwrap_or_default();
        if self.at > integer_end {
            // Rust reads every such text, and gives an infinity where it overflows.
            return Ok(Value::Float(text.parse().unwrap_or(f64::NAN)));
        }
        if text.trim_start_matches('-').len() > MAX_DIGITS {
            let offset = self.offset(start);
            return Err(Error::NumberTooLong { offset });
        }
        let small = text.parse().map(Value::Int);
        Ok(small.unwrap_or_else(|_| Value::BigInt(text.to_owned())))
    }

    fn digits(&mut self) {
        while let Some(b'0'..=b'9') = self.peek() {
            self.at += 1;
        }
    }

    /// Takes `.5` if it comes next; a point without digits belongs to what follows.
    fn fraction(&mut self) {
        if self.peek() == Some(b'.') && self.byte(self.at + 1).is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
            self.digits();
        }
    }

    /// Takes `e+5` if it comes next; without digits it belongs to what follows.
    fn exponent(&mut self) {
        let Some(b'e' | b'E') = self.peek() else {
            return;
        };
        let sign = usize::from(matches!(self.byte(self.at + 1), Some(b'+' | b'-')));
        if self
            .byte(self.at + 1 + sign)
            .is_some_and(|b| b.is_ascii_digit())
        {
            self.at += 1 + sign;
            self.digits();
        }
    }
}
