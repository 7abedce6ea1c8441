//! The write-ahead log of SQLite: pages that were committed and not yet moved to their
//! place (<https://sqlite.org/fileformat2.html#walformat>).

use std::collections::HashMap;

const HEADER: usize = 32;
const FRAME: usize = 24;
const BIG_ENDIAN: u32 = 0x377f_0683;
const LITTLE_ENDIAN: u32 = 0x377f_0682;

/// The last committed content of each page that the log holds.
pub(super) fn committed(log: &[u8], page_size: usize) -> HashMap<u32, &[u8]> {
    let mut committed = HashMap::new();
    let Some(header) = log.get(..HEADER) else {
        return committed;
    };
    let is_big = match word(header, 0) {
        Some(BIG_ENDIAN) => true,
        Some(LITTLE_ENDIAN) => false,
        _ => return committed,
    };
    let salts = header.get(16..24);
    let mut sum = checksum((0, 0), header.get(..24).unwrap_or_default(), is_big);
    let mut open = HashMap::new();
    let frames = log.get(HEADER..).unwrap_or_default();
    for frame in frames.chunks_exact(FRAME + page_size) {
        let (head, page) = frame.split_at(FRAME);
        sum = checksum(sum, head.get(..8).unwrap_or_default(), is_big);
        sum = checksum(sum, page, is_big);
        // The rest is from before the log was begun anew, or did not get there.
        let written = (word(head, 16), word(head, 20));
        if head.get(8..16) != salts || written != (Some(sum.0), Some(sum.1)) {
            break;
        }
        open.insert(word(head, 0).unwrap_or_default(), page);
        let is_commit = word(head, 4).is_some_and(|pages| pages > 0);
        if is_commit {
            committed.extend(open.drain());
        }
    }
    committed
}

fn checksum(mut sum: (u32, u32), bytes: &[u8], is_big: bool) -> (u32, u32) {
    let (words, _) = bytes.as_chunks::<4>();
    let read = |word: &[u8; 4]| {
        if is_big {
            u32::from_be_bytes(*word)
        } else {
            u32::from_le_bytes(*word)
        }
    };
    let (pairs, _) = words.as_chunks::<2>();
    for [first, second] in pairs {
        sum.0 = sum.0.wrapping_add(read(first)).wrapping_add(sum.1);
        sum.1 = sum.1.wrapping_add(read(second)).wrapping_add(sum.0);
    }
    sum
}

pub(super) fn word(bytes: &[u8], at: usize) -> Option<u32> {
    let bytes = bytes.get(at..)?.first_chunk()?;
    Some(u32::from_be_bytes(*bytes))
}
