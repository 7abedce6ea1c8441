//! Names of runs.

use rand::{Rng, RngExt};

/// The longest name of a run.
pub(super) const MAX_RUN_NAME: usize = 30;

/// The letters of a name that the server makes; none that reads as another.
const ALPHABET: &[u8] = b"bcdfghjklmnpqrstvwxz2456789";

/// A new name: `r` and 19 letters.
pub(super) fn generate(rng: &mut impl Rng) -> String {
    let mut name = String::from("r");
    name.extend((0..19).map(|_| {
        let index = rng.random_range(0..ALPHABET.len());
        char::from(ALPHABET.get(index).copied().unwrap_or(b'b'))
    }));
    name
}

/// Whether it is a DNS-1035 label of the length that a run may have.
pub(super) fn is_run_name(name: &str) -> bool {
    let letter = |byte: &u8| byte.is_ascii_lowercase();
    let inner = |byte: &u8| letter(byte) || byte.is_ascii_digit() || *byte == b'-';
    let bytes = name.as_bytes();
    bytes.len() <= MAX_RUN_NAME
        && bytes.first().is_some_and(letter)
        && bytes.iter().all(inner)
        && bytes.last() != Some(&b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn generated_names_are_valid_and_differ() {
        let names: std::collections::HashSet<_> =
            (0..200).map(|_| generate(&mut rand::rng())).collect();
        assert_eq!(names.len(), 200);
        assert!(
            names
                .iter()
                .all(|name| name.len() == 20 && is_run_name(name))
        );
    }

    #[test]
    fn only_dns_labels_of_thirty_characters_are_names() {
        for name in ["r", "a-b", "a1", &"a".repeat(30)] {
            assert!(is_run_name(name), "{name}");
        }
        for name in [
            "",
            "1a",
            "-a",
            "a-",
            "A",
            "a_b",
            "a.b",
            "a/b",
            "ä",
            &"a".repeat(31),
        ] {
            assert!(!is_run_name(name), "{name}");
        }
    }
}
