//! Messages of an upstream that may repeat what was sent to it.

use std::collections::HashSet;

use data_encoding::{BASE64, BASE64URL_NOPAD};
use percent_encoding::{NON_ALPHANUMERIC, percent_encode};

/// The shortest piece of a credential that counts as the credential.
const WINDOW: usize = 12;

/// The longest upstream message that is kept, in bytes.
const LONGEST_MESSAGE: usize = 512;

/// A message fit for the log: short, and empty where it repeats a piece of one of
/// these secrets in any common encoding.
pub(super) fn scrub<'a>(message: &str, mut secrets: impl Iterator<Item = &'a [u8]>) -> String {
    // Cut first: an upstream's message may be as large as its answer.
    let message = message
        .get(..message.floor_char_boundary(LONGEST_MESSAGE))
        .unwrap_or_default();
    let repeats = secrets.any(|secret| {
        let mut spellings = spellings(secret).into_iter();
        spellings.any(|spelling| shares_piece(message.as_bytes(), &spelling))
    });
    if repeats {
        return String::new();
    }
    message.to_owned()
}

/// A secret as it stands and as an echo may have encoded it.
fn spellings(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut spellings = vec![
        secret.to_vec(),
        percent_encode(secret, NON_ALPHANUMERIC)
            .to_string()
            .into_bytes(),
    ];
    // An encoded echo may start anywhere, so at each of base64's three offsets.
    for rest in (0..3).filter_map(|offset| secret.get(offset..)) {
        spellings.push(BASE64.encode(rest).into_bytes());
        spellings.push(BASE64URL_NOPAD.encode(rest).into_bytes());
    }
    spellings
}

/// Whether a text repeats a secret, or [`WINDOW`] bytes of it.
fn shares_piece(text: &[u8], secret: &[u8]) -> bool {
    let size = WINDOW.min(secret.len()).max(1);
    let pieces: HashSet<&[u8]> = text.windows(size).collect();
    secret.windows(size).any(|piece| pieces.contains(piece))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_that_repeats_the_token_is_withheld_in_every_encoding() {
        let secret: &[u8] = b"Bearer canary-0123456789abcdef";
        let token = b"canary-0123456789abcdef";
        let echoes = [
            "canary-0123456789abcdef".to_owned(),
            "0123456789ab".to_owned(),
            BASE64.encode(token),
            BASE64URL_NOPAD.encode(token),
            percent_encode(b"Bearer canary-0123456789abcdef", NON_ALPHANUMERIC).to_string(),
        ];
        for echo in echoes {
            assert_eq!(
                scrub(&format!("no access with {echo}!"), [secret].into_iter()),
                "",
                "{echo}"
            );
        }
        assert_eq!(scrub("no access", [secret].into_iter()), "no access");
    }

    #[test]
    fn the_size_of_a_message_costs_nothing() {
        let secret = format!("Bearer {}", "t".repeat(4000));
        let page = "<p>upstream</p>".repeat(1 << 20);
        assert_eq!(
            scrub(&page, [secret.as_bytes()].into_iter()).len(),
            LONGEST_MESSAGE
        );
    }
}
