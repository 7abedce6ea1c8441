//! Judges the head of a request line by line, as the lines come.

use super::{
    Refusal,
    body::Body,
    line::{self, is_token, trim},
    request_line::RequestLine,
};

/// Bytes of a request line beside its target.
const BESIDE_TARGET: usize = 64;

/// How large a head may be.
#[derive(Clone, Copy, Debug)]
pub struct HeadLimits {
    /// The longest target, in bytes.
    pub target: usize,
    /// The most header lines.
    pub headers: usize,
    /// The most bytes of all lines together.
    pub bytes: usize,
}

/// What the lines so far say.
#[derive(Debug, Default)]
pub(super) struct Head {
    /// Where the next line starts.
    at: usize,
    request: Option<RequestLine>,
    headers: usize,
    host: Option<Box<[u8]>>,
    length: Option<u64>,
    is_chunked: bool,
}

impl Head {
    /// Looks at the lines that have become whole. At the end of the head gives
    /// its length and the body that follows.
    pub(super) fn advance(
        &mut self,
        bytes: &[u8],
        limits: &HeadLimits,
    ) -> Result<Option<(usize, Body)>, Refusal> {
        loop {
            let rest = bytes.get(self.at..).unwrap_or_default();
            let Some(line) = line::first(rest)? else {
                self.check_size(bytes.len(), limits)?;
                return Ok(None);
            };
            self.at += line::length(line);
            if self.request.is_none() {
                self.request = Some(RequestLine::parse(line, limits.target)?);
            } else if line.is_empty() {
                self.check_size(self.at, limits)?;
                return Ok(Some((self.at, self.body()?)));
            } else {
                self.header(line, limits)?;
            }
            self.check_size(self.at, limits)?;
        }
    }

    fn check_size(&self, bytes: usize, limits: &HeadLimits) -> Result<(), Refusal> {
        if self.request.is_none() && bytes > limits.target + BESIDE_TARGET {
            return Err(Refusal::TargetTooLong);
        }
        if bytes > limits.bytes {
            return Err(Refusal::HeadTooLarge);
        }
        Ok(())
    }

    fn header(&mut self, line: &[u8], limits: &HeadLimits) -> Result<(), Refusal> {
        self.headers += 1;
        if self.headers > limits.headers {
            return Err(Refusal::TooManyHeaders);
        }
        let (name, value) = field(line)?;
        if name.eq_ignore_ascii_case(b"host") {
            return self.host(value);
        }
        if name.eq_ignore_ascii_case(b"content-length") {
            return self.length(value);
        }
        if name.eq_ignore_ascii_case(b"transfer-encoding") {
            return self.encoding(value);
        }
        Ok(())
    }

    fn host(&mut self, value: &[u8]) -> Result<(), Refusal> {
        let is_plain =
            |byte: &u8| byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=%:[]".contains(byte);
        if self.host.is_some() || !value.iter().all(is_plain) {
            return Err(Refusal::Host);
        }
        self.host = Some(value.into());
        Ok(())
    }

    fn length(&mut self, value: &[u8]) -> Result<(), Refusal> {
        // No sign, no list, and no more than u64 holds.
        let is_number = !value.is_empty() && value.iter().all(u8::is_ascii_digit);
        if self.length.is_some() || !is_number {
            return Err(Refusal::Length);
        }
        let number = str::from_utf8(value).ok().and_then(|it| it.parse().ok());
        self.length = Some(number.ok_or(Refusal::Length)?);
        Ok(())
    }

    fn encoding(&mut self, value: &[u8]) -> Result<(), Refusal> {
        let is_1_1 = self.request.as_ref().is_some_and(|line| line.is_1_1);
        if self.is_chunked || !is_1_1 || !value.eq_ignore_ascii_case(b"chunked") {
            return Err(Refusal::Encoding);
        }
        self.is_chunked = true;
        Ok(())
    }

    /// The body, when all lines are known.
    fn body(&self) -> Result<Body, Refusal> {
        let Some(request) = &self.request else {
            return Err(Refusal::RequestLine);
        };
        if request.is_1_1 && self.host.is_none() {
            return Err(Refusal::Host);
        }
        if let (Some(authority), Some(host)) = (&request.authority, &self.host)
            && !authority.eq_ignore_ascii_case(host)
        {
            return Err(Refusal::Target);
        }
        match (self.length, self.is_chunked) {
            (Some(_), true) => Err(Refusal::TwoLengths),
            (None, true) => Ok(Body::chunked()),
            (length, false) => Ok(Body::Length(length.unwrap_or(0))),
        }
    }
}

/// Name and value of a header line.
pub(super) fn field(line: &[u8]) -> Result<(&[u8], &[u8]), Refusal> {
    if matches!(line.first(), Some(b' ' | b'\t')) {
        return Err(Refusal::Folded);
    }
    let colon = line.iter().position(|byte| *byte == b':');
    let (name, value) = colon
        .and_then(|colon| line.split_at_checked(colon))
        .ok_or(Refusal::Header)?;
    let value = trim(value.get(1..).unwrap_or_default());
    let is_text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
    if name.is_empty() || !name.iter().copied().all(is_token) || !value.iter().all(is_text) {
        return Err(Refusal::Header);
    }
    Ok((name, value))
}
