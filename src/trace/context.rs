//! W3C Trace Context: <https://www.w3.org/TR/trace-context/>.
//!
//! What comes from a caller is taken only if it is exactly what the standard
//! says, since it goes on to the control plane, into runs and into the log.

mod state;

use std::{fmt, num::NonZero, ops::Deref, str};

use data_encoding::HEXLOWER;
use http::{HeaderMap, HeaderName, HeaderValue};

/// Says to which trace a request belongs.
pub const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");
/// What tracing systems on the way want to be told again.
pub const TRACESTATE: HeaderName = HeaderName::from_static("tracestate");

/// The flag of traces that are recorded.
const SAMPLED: u8 = 1;

/// The id of a trace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceId(NonZero<u128>);

/// The id of a span.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanId(NonZero<u64>);

/// Hexadecimal digits, so many, in small letters.
pub struct Hex<const N: usize>([u8; N]);

/// A place in a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    trace: TraceId,
    span: SpanId,
    is_sampled: bool,
    state: Option<HeaderValue>,
}

impl Context {
    /// The first place of a trace.
    pub(super) fn new(trace: TraceId, is_sampled: bool) -> Self {
        Self {
            trace,
            span: SpanId::random(),
            is_sampled,
            state: None,
        }
    }

    /// Another place, below this one.
    pub(super) fn child(&self) -> Self {
        Self {
            span: SpanId::random(),
            ..self.clone()
        }
    }

    /// Where a request comes from, if it says so as the standard has it.
    pub fn from_headers(headers: &HeaderMap) -> Option<Self> {
        let mut parents = headers.get_all(TRACEPARENT).iter();
        let (trace, span, flags) = parents.next()?.to_str().ok().and_then(parse)?;
        // Two say nothing.
        parents.next().is_none().then(|| Self {
            trace,
            span,
            is_sampled: flags & SAMPLED != 0,
            state: state::read(headers),
        })
    }

    /// The id of the trace.
    pub fn trace_id(&self) -> TraceId {
        self.trace
    }

    /// The id of this place in it.
    pub fn span_id(&self) -> SpanId {
        self.span
    }

    /// Whether whoever began the trace records it.
    pub fn is_sampled(&self) -> bool {
        self.is_sampled
    }

    /// How the next server is told of it, in a header, and a process, in a variable.
    pub fn traceparent(&self) -> String {
        let flags = if self.is_sampled { "01" } else { "00" };
        ["00", &self.trace.hex(), &self.span.hex(), flags].join("-")
    }

    /// The headers of a request that is sent from here.
    pub fn headers(&self) -> impl Iterator<Item = (HeaderName, HeaderValue)> + use<> {
        let parent = HeaderValue::try_from(self.traceparent()).expect("hexadecimal digits");
        let state = self.state.clone().map(|state| (TRACESTATE, state));
        [(TRACEPARENT, parent)].into_iter().chain(state)
    }

    /// What is stored of it where it is to go on later: the values of its headers, one
    /// a line.
    pub fn to_text(&self) -> String {
        let values = self.headers();
        let lines = values.map(|(_, value)| String::from_utf8_lossy(value.as_bytes()).into_owned());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// What was stored, if it is as the standard has it.
    pub fn from_text(text: &str) -> Option<Self> {
        let names = [TRACEPARENT, TRACESTATE];
        let pairs = names.into_iter().zip(text.lines());
        let headers = pairs.map(|(name, value)| Some((name, HeaderValue::from_str(value).ok()?)));
        Self::from_headers(&headers.collect::<Option<_>>()?)
    }
}

impl TraceId {
    pub(super) fn random() -> Self {
        Self(NonZero::new(rand::random()).unwrap_or(NonZero::<u128>::MAX))
    }

    /// Whether it is in this part of all. Servers that decide by the id decide alike.
    pub(super) fn is_within(self, ratio: f64) -> bool {
        // Of the bits that the standard wants to be random, as many as a fraction has.
        let [.., a, b, c, d] = self.0.get().to_be_bytes();
        f64::from(u32::from_be_bytes([a, b, c, d])) < ratio * 2_f64.powi(32)
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        self.0.get().to_be_bytes().to_vec()
    }

    /// The digits, as they stand in headers and in the log.
    pub fn hex(self) -> Hex<32> {
        Hex::of(&self.0.get().to_be_bytes())
    }
}

impl SpanId {
    fn random() -> Self {
        Self(NonZero::new(rand::random()).unwrap_or(NonZero::<u64>::MAX))
    }

    pub(super) fn to_bytes(self) -> Vec<u8> {
        self.0.get().to_be_bytes().to_vec()
    }

    /// The digits, as they stand in headers and in the log.
    pub fn hex(self) -> Hex<16> {
        Hex::of(&self.0.get().to_be_bytes())
    }
}

impl<const N: usize> Hex<N> {
    /// The digits of half as many bytes.
    fn of(bytes: &[u8]) -> Self {
        let mut digits = [0; N];
        HEXLOWER.encode_mut(bytes, &mut digits);
        Self(digits)
    }
}

impl<const N: usize> Deref for Hex<N> {
    type Target = str;

    fn deref(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.hex())
    }
}

/// The parts of a `traceparent`. A version after 00 may have more, which is
/// nobody's business here.
fn parse(text: &str) -> Option<(TraceId, SpanId, u8)> {
    let (version, rest) = text.split_once('-')?;
    let (trace, rest) = rest.split_once('-')?;
    let (span, rest) = rest.split_once('-')?;
    let (flags, more) = match rest.split_once('-') {
        Some((flags, more)) => (flags, Some(more)),
        None => (rest, None),
    };
    let digits = [(version, 2), (trace, 32), (span, 16), (flags, 2)];
    let is_lower_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    let fits =
        |&(part, length): &(&str, usize)| part.len() == length && part.bytes().all(is_lower_hex);
    if !digits.iter().all(fits) || version == "ff" || (version == "00" && more.is_some()) {
        return None;
    }
    let trace = u128::from_str_radix(trace, 16)
        .ok()
        .and_then(NonZero::new)?;
    let span = u64::from_str_radix(span, 16).ok().and_then(NonZero::new)?;
    let flags = u8::from_str_radix(flags, 16).ok()?;
    Some((TraceId(trace), SpanId(span), flags))
}

#[cfg(test)]
mod tests;
