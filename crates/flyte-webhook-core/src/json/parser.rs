//! The grammar, with the error texts and places of Python's scanner.

mod number;
mod string;

use foldhash::fast::RandomState;

use super::{Error, Limits, Object, Value};

const EXPECTING_VALUE: &str = "Expecting value";

/// Reads a text from front to back; `at` is the byte that comes next.
pub(super) struct Parser<'a> {
    text: &'a str,
    at: usize,
    depth: usize,
    elements: usize,
    limits: &'a Limits,
    /// What was read and is in no array or object yet. A value is made at the end of these,
    /// and hardly ever moved: that takes longer than to read it.
    values: Vec<Value>,
    /// The same of members, each with the place of its name.
    members: Vec<(usize, String, Value)>,
    /// Python lets a lone surrogate pass, so a syntax error after it comes first.
    lone_surrogate: Option<usize>,
    /// Whether what Python reads beyond RFC 8259 is an error.
    strict: bool,
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
            values: Vec::new(),
            members: Vec::new(),
            lone_surrogate,
            strict: false,
        }
    }

    pub(super) fn strict(text: &'a str, limits: &'a Limits) -> Self {
        let strict = true;
        Self {
            strict,
            ..Self::new(text, limits)
        }
    }

    /// Reads the one value that the text is.
    pub(super) fn document(mut self) -> Result<Value, Error> {
        self.skip_blanks();
        self.value()?;
        self.skip_blanks();
        if self.at < self.text.len() {
            return Err(self.syntax("Extra data", self.at));
        }
        match self.lone_surrogate.filter(|_| !self.strict) {
            Some(at) => Err(Error::LoneSurrogate {
                offset: self.offset(at),
            }),
            None => Ok(self.last()),
        }
    }

    /// Takes the value that was read last.
    fn last(&mut self) -> Value {
        self.values.pop().unwrap_or_default()
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

    /// Reads a value to the end of those that were read.
    fn value(&mut self) -> Result<(), Error> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            let limit = self.limits.elements;
            return Err(Error::TooLarge { limit });
        }
        let start = self.at;
        let read = match self.peek() {
            Some(b'"') => Some(Value::String(self.string()?)),
            Some(b'{') => Some(self.nested(Self::object)?),
            Some(b'[') => Some(self.nested(Self::array)?),
            Some(b'n') => self.word("null", Value::Null),
            Some(b't') => self.word("true", Value::Bool(true)),
            Some(b'f') => self.word("false", Value::Bool(false)),
            Some(b'N' | b'I') if self.strict => None,
            Some(b'N') => self.word("NaN", Value::Float(f64::NAN)),
            Some(b'I') => self.word("Infinity", Value::Float(f64::INFINITY)),
            Some(b'-') if !self.strict => self.word("-Infinity", Value::Float(f64::NEG_INFINITY)),
            Some(_) | None => None,
        };
        let value = match read {
            Some(value) => value,
            None => self.number(start)?,
        };
        self.values.push(value);
        Ok(())
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
        if self.take(b'}') {
            return Ok(Value::Object(Object::default()));
        }
        let first = self.members.len();
        loop {
            if self.peek() != Some(b'"') {
                let message = "Expecting property name enclosed in double quotes";
                return Err(self.syntax(message, self.at));
            }
            let key_at = self.at;
            let key = self.string()?;
            self.skip_blanks();
            if !self.take(b':') {
                return Err(self.syntax("Expecting ':' delimiter", self.at));
            }
            self.skip_blanks();
            self.value()?;
            let value = self.last();
            self.members.push((key_at, key, value));
            if self.ends(b'}')? {
                return self.joined(first).map(Value::Object);
            }
        }
    }

    /// Takes the members from this one on as an object.
    fn joined(&mut self, first: usize) -> Result<Object, Error> {
        let members = self.members.get(first..).unwrap_or_default();
        let mut object = Object::with_capacity_and_hasher(members.len(), RandomState::default());
        let mut repeated = None;
        for (at, name, value) in self.members.drain(first..) {
            if object.insert(name, value).is_some() {
                repeated.get_or_insert(at);
            }
        }
        match repeated.filter(|_| self.strict) {
            Some(at) => Err(self.syntax("Property name that was there before", at)),
            None => Ok(object),
        }
    }

    fn array(&mut self) -> Result<Value, Error> {
        if self.take(b']') {
            return Ok(Value::Array(Vec::new()));
        }
        let first = self.values.len();
        loop {
            self.value()?;
            if self.ends(b']')? {
                return Ok(Value::Array(self.values.split_off(first)));
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
}
