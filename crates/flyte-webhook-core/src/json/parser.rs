//! The grammar, with the error texts and places of Python's scanner.

mod number;
mod string;

use std::{borrow::Cow, ops::Range};

use super::{Error, Limits, Value};

const EXPECTING_VALUE: &str = "Expecting value";

/// What is made of a text while it is read. Places are bytes of the text.
pub(super) trait Output<'a>: Default {
    /// Where an array or an object began.
    type Mark: Copy;

    /// A string.
    fn text(&mut self, place: Range<usize>, text: Cow<'a, str>);
    /// A number or a constant.
    fn leaf(&mut self, place: Range<usize>, value: Value);
    /// An array or an object begins.
    fn begin(&mut self, at: usize) -> Self::Mark;
    /// The name of the member whose value comes next.
    fn name(&mut self, place: Range<usize>, name: Cow<'a, str>);
    /// An array ends.
    fn array(&mut self, mark: Self::Mark, end: usize);
    /// An object ends; gives where a name is that it had before.
    fn object(&mut self, mark: Self::Mark, end: usize) -> Option<usize>;
}

/// Reads a text from front to back; `at` is the byte that comes next.
pub(super) struct Parser<'a, O> {
    text: &'a str,
    at: usize,
    depth: usize,
    elements: usize,
    limits: &'a Limits,
    output: O,
    /// Python lets a lone surrogate pass, so a syntax error after it comes first.
    lone_surrogate: Option<usize>,
    /// Whether what Python reads beyond RFC 8259 is an error.
    strict: bool,
}

impl<'a, O: Output<'a>> Parser<'a, O> {
    pub(super) fn new(text: &'a str, limits: &'a Limits) -> Self {
        let (at, depth, elements, lone_surrogate) = (0, 0, 0, None);
        Self {
            text,
            at,
            depth,
            elements,
            limits,
            output: O::default(),
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
    pub(super) fn document(mut self) -> Result<O, Error> {
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
            None => Ok(self.output),
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

    fn value(&mut self) -> Result<(), Error> {
        self.elements += 1;
        if self.elements > self.limits.elements {
            let limit = self.limits.elements;
            return Err(Error::TooLarge { limit });
        }
        let start = self.at;
        let read = match self.peek() {
            Some(b'"') => return self.string(O::text),
            Some(b'{') => return self.nested(Self::object),
            Some(b'[') => return self.nested(Self::array),
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
        self.output.leaf(start..self.at, value);
        Ok(())
    }

    fn nested(
        &mut self,
        read: impl FnOnce(&mut Self, O::Mark) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let limit = self.limits.depth;
        if self.depth >= limit {
            return Err(Error::TooDeep { limit });
        }
        let mark = self.output.begin(self.at);
        self.depth += 1;
        self.at += 1;
        self.skip_blanks();
        read(self, mark)?;
        self.depth -= 1;
        Ok(())
    }

    fn object(&mut self, mark: O::Mark) -> Result<(), Error> {
        let mut is_over = self.take(b'}');
        while !is_over {
            if self.peek() != Some(b'"') {
                let message = "Expecting property name enclosed in double quotes";
                return Err(self.syntax(message, self.at));
            }
            self.string(O::name)?;
            self.skip_blanks();
            if !self.take(b':') {
                return Err(self.syntax("Expecting ':' delimiter", self.at));
            }
            self.skip_blanks();
            self.value()?;
            is_over = self.ends(b'}')?;
        }
        let repeated = self.output.object(mark, self.at);
        match repeated.filter(|_| self.strict) {
            Some(at) => Err(self.syntax("Property name that was there before", at)),
            None => Ok(()),
        }
    }

    fn array(&mut self, mark: O::Mark) -> Result<(), Error> {
        let mut is_over = self.take(b']');
        while !is_over {
            self.value()?;
            is_over = self.ends(b']')?;
        }
        self.output.array(mark, self.at);
        Ok(())
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
