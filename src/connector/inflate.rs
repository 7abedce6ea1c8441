//! Answers that come compressed, within the bounds of those that do not.

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::error::Error;

/// The bytes as they were before they were compressed, by `Content-Encoding`.
pub(super) fn inflated(bytes: Vec<u8>, encoding: &str, limit: usize) -> Result<Vec<u8>, Error> {
    let encoding = encoding.trim().to_ascii_lowercase();
    match encoding.as_str() {
        _ if bytes.is_empty() => Ok(bytes),
        "gzip" | "x-gzip" => whole(MultiGzDecoder::new(bytes.as_slice()), limit),
        // Some send the bare stream under this name.
        "deflate" => match whole(ZlibDecoder::new(bytes.as_slice()), limit) {
            Err(Error::Compressed) => whole(DeflateDecoder::new(bytes.as_slice()), limit),
            outcome => outcome,
        },
        // Not asked for; as it came, which httpx does too.
        _ => Ok(bytes),
    }
}

fn whole(reader: impl Read, limit: usize) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    let most = u64::try_from(limit).unwrap_or(u64::MAX).saturating_add(1);
    let read = reader.take(most).read_to_end(&mut out);
    read.map_err(|_broken| Error::Compressed)?;
    if out.len() > limit {
        return Err(Error::TooLarge { limit });
    }
    Ok(out)
}
