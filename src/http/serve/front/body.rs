//! Where the body of a request ends.

use super::{Refusal, head::field, line};

/// The longest line with the size of a chunk, extensions included.
const LONGEST_SIZE_LINE: usize = 256;
/// The most bytes after the last chunk.
const MOST_TRAILERS: usize = 8 << 10;

/// What of a body is still to come.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// So many bytes.
    Length(u64),
    /// The line with the size of a chunk, and all that follows.
    Size,
    /// So many bytes of a chunk, its end and further chunks.
    Chunk(u64),
    /// The empty line after a chunk, and further chunks.
    ChunkEnd,
    /// Trailers, of which so many bytes may come.
    Trailers(usize),
}

impl Body {
    pub(super) fn chunked() -> Self {
        Self::Size
    }

    pub(super) fn is_over(&self) -> bool {
        *self == Self::Length(0)
    }

    /// How many of the bytes belong to the body and are well-formed. Fewer than
    /// there are where it ends, or where a line is not whole.
    pub(super) fn advance(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        let mut taken = 0;
        while !self.is_over() {
            let rest = bytes.get(taken..).unwrap_or_default();
            match self.step(rest)? {
                0 => break,
                step => taken += step,
            }
        }
        Ok(taken)
    }

    fn step(&mut self, bytes: &[u8]) -> Result<usize, Refusal> {
        match self {
            Self::Length(left) => Ok(take(left, bytes)),
            Self::Chunk(left) => {
                let taken = take(left, bytes);
                if *left == 0 {
                    *self = Self::ChunkEnd;
                }
                Ok(taken)
            }
            Self::Size => self.line(bytes, LONGEST_SIZE_LINE, |line| {
                Ok(match size(line)? {
                    0 => Self::Trailers(MOST_TRAILERS),
                    size => Self::Chunk(size),
                })
            }),
            Self::ChunkEnd => self.line(bytes, 0, |_empty| Ok(Self::Size)),
            Self::Trailers(left) => {
                let left = *left;
                self.line(bytes, left, |line| {
                    if line.is_empty() {
                        return Ok(Self::Length(0));
                    }
                    let (name, _) = field(line)?;
                    if is_framing(name) {
                        return Err(Refusal::Chunk);
                    }
                    Ok(Self::Trailers(left.saturating_sub(line::length(line))))
                })
            }
        }
    }

    /// Takes a whole line, if there is one, and goes on as it says.
    fn line(
        &mut self,
        bytes: &[u8],
        longest: usize,
        next: impl FnOnce(&[u8]) -> Result<Self, Refusal>,
    ) -> Result<usize, Refusal> {
        let line = line::first(bytes).map_err(|_end| Refusal::Chunk)?;
        let so_far = bytes.strip_suffix(b"\r").unwrap_or(bytes);
        if line.unwrap_or(so_far).len() > longest {
            return Err(Refusal::Chunk);
        }
        let Some(line) = line else {
            return Ok(0);
        };
        *self = next(line).map_err(|_malformed| Refusal::Chunk)?;
        Ok(line::length(line))
    }
}

/// Whether a field says where a message ends, which comes too late in a trailer
/// (RFC 9110, section 6.5.1): who heeds it there sees another message.
fn is_framing(name: &[u8]) -> bool {
    name.eq_ignore_ascii_case(b"content-length") || name.eq_ignore_ascii_case(b"transfer-encoding")
}

fn take(left: &mut u64, bytes: &[u8]) -> usize {
    let taken = usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
    *left -= taken as u64;
    taken
}

/// The size of a chunk; extensions are passed over.
fn size(line: &[u8]) -> Result<u64, Refusal> {
    let mut parts = line.splitn(2, |byte| *byte == b';');
    let digits = parts.next().unwrap_or_default();
    let is_text = |byte: &u8| matches!(byte, b'\t' | b' '..=b'~' | 0x80..);
    let is_hex = !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit);
    if !is_hex || digits.len() > 16 || !parts.all(|extension| extension.iter().all(is_text)) {
        return Err(Refusal::Chunk);
    }
    str::from_utf8(digits)
        .ok()
        .and_then(|digits| u64::from_str_radix(digits, 16).ok())
        .ok_or(Refusal::Chunk)
}
