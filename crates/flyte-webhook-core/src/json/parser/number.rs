//! Numbers, exact where they are whole.

use super::{EXPECTING_VALUE, Error, Output, Parser};
use crate::json::{MAX_DIGITS, Value};

impl<'a, O: Output<'a>> Parser<'a, O> {
    pub(super) fn number(&mut self, start: usize) -> Result<Value, Error> {
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
            let float = text.parse().unwrap_or(f64::NAN);
            if self.strict && !float.is_finite() {
                return Err(self.syntax("Number out of range", start));
            }
            return Ok(Value::Float(float));
        }
        if text.trim_start_matches('-').len() > MAX_DIGITS {
            let offset = self.offset(start);
            return Err(Error::NumberTooLong { offset });
        }
        let small = text.parse().map(Value::Int);
        Ok(small.unwrap_or_else(|_| Value::BigInt(text.into())))
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
