//! Secrets that are recognised wherever a piece of them turns up.

use data_encoding::{BASE64, BASE64URL_NOPAD, HEXLOWER};
use rand::{Rng, RngExt};

/// What canaries are made of; nothing else has twelve of these in a row.
const LETTERS: &[u8; 4] = b"QXZJ";
const LENGTH: usize = 32;
/// The shortest piece that counts.
const WINDOW: usize = 12;

/// A new one.
pub(super) fn random(chance: &mut impl Rng) -> String {
    let letter = |_| char::from(LETTERS[chance.random_range(0..LETTERS.len())]);
    (0..LENGTH).map(letter).collect()
}

/// The first piece of a canary in a text, as it stands there: plain, as base64
/// at any offset, or as hexadecimal digits.
pub(super) fn find(text: &[u8]) -> Option<&[u8]> {
    run(text, 1, WINDOW, |piece| {
        LETTERS.contains(&piece[0].to_ascii_uppercase())
    })
    // Twelve bytes hold three whole groups of three, wherever they start.
    .or_else(|| run(text, 4, WINDOW / 3 - 1, is_base64))
    .or_else(|| run(text, 2, WINDOW, is_hexadecimal))
}

/// The first so many pieces in a row that are of a canary.
fn run(text: &[u8], size: usize, least: usize, is_piece: impl Fn(&[u8]) -> bool) -> Option<&[u8]> {
    for offset in 0..size {
        let mut length = 0;
        for (index, piece) in text.get(offset..)?.chunks_exact(size).enumerate() {
            length = if is_piece(piece) { length + 1 } else { 0 };
            if length == least {
                let end = offset + (index + 1) * size;
                return text.get(end - least * size..end);
            }
        }
    }
    None
}

fn is_base64(piece: &[u8]) -> bool {
    // The first of four characters holds most of the first byte.
    matches!(piece[0], b'U' | b'W' | b'S')
        && BASE64
            .decode(piece)
            .is_ok_and(|bytes| bytes.iter().all(|byte| LETTERS.contains(byte)))
}

fn is_hexadecimal(piece: &[u8]) -> bool {
    matches!(piece[0], b'4' | b'5')
        && HEXLOWER
            .decode(&piece.to_ascii_lowercase())
            .is_ok_and(|bytes| LETTERS.contains(&bytes[0]))
}

/// Whether the search finds what it is for, and nothing else.
pub(super) fn is_noticed_in_every_spelling() -> bool {
    let canary = random(&mut rand::rng());
    let spellings = [
        canary.clone(),
        canary[7..7 + WINDOW].to_owned(),
        canary.to_lowercase(),
        BASE64.encode(canary.as_bytes()),
        BASE64.encode(format!("a:{canary}").as_bytes()),
        BASE64URL_NOPAD.encode(format!("ab:{canary}").as_bytes()),
        HEXLOWER.encode(canary.as_bytes()),
    ];
    let is_found = |text: &String| find(format!("token=\"{text}\"").as_bytes()).is_some();
    spellings.iter().all(is_found)
        && find(b"a line of a log, 0123456789abcdef, QXZJQXZJQXZ").is_none()
}
