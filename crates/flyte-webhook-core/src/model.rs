//! Models to fetch from Hugging Face.

mod overrides;

pub use overrides::{NoContainer, Overrides};

use crate::checked::checked;

/// The longest part of a repository's name.
const LONGEST_PART: usize = 96;

/// The longest value of a label in Kubernetes.
const LONGEST_LABEL: usize = 63;

/// Why a text does not describe a model, or how to fetch it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No repository's name.
    #[error(
        "is no repository of Hugging Face; write owner/name, each of letters, digits, '-', '_' and '.'"
    )]
    Repository,
    /// No artifact's name.
    #[error("is no name of an artifact; write letters, digits, '-' and '_'")]
    Artifact,
    /// No amount of a resource.
    #[error("is no quantity; write one such as 2, 500m or 8Gi")]
    Quantity,
    /// No secret's key.
    #[error("is no key of a secret; write letters, digits, '-', '_' and '.', or nothing for none")]
    Secret,
}

checked!(
    /// A repository of Hugging Face: `owner/name`, or the name of one of its own.
    Repository,
    Repository,
    |text| {
        let parts: Vec<&str> = text.split('/').collect();
        let refused = text.contains("--") || text.contains("..") || text.strip_suffix(".git").is_some();
        parts.len() <= 2 && !refused && parts.into_iter().all(is_part)
    }
);
checked!(
    /// The name that the stored model gets.
    ArtifactName,
    Artifact,
    |text| !text.is_empty() && text.len() <= 255 && text.bytes().all(|byte| is_word(byte) || byte == b'-')
);
checked!(
    /// An amount of a resource, as Kubernetes writes it.
    Quantity,
    Quantity,
    is_quantity
);
checked!(
    /// The key of a secret; an empty one is none.
    SecretKey,
    Secret,
    |text| text.len() <= 255 && text.bytes().all(|byte| is_word(byte) || b"-.".contains(&byte))
);

/// The label by which runs of a model are found.
pub fn label(repository: &Repository, artifact: Option<&ArtifactName>) -> String {
    let name = repository.as_str().rsplit('/').next().unwrap_or_default();
    let mut label = match artifact {
        Some(artifact) => artifact.to_string(),
        None => name.replace('.', "-"),
    };
    label.truncate(LONGEST_LABEL);
    label
        .trim_matches(|edge: char| !edge.is_ascii_alphanumeric())
        .to_owned()
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Starts and ends with a letter, a digit or an underscore.
fn is_part(part: &str) -> bool {
    let edges = [part.bytes().next(), part.bytes().last()];
    part.len() <= LONGEST_PART
        && edges.into_iter().all(|edge| edge.is_some_and(is_word))
        && part
            .bytes()
            .all(|byte| is_word(byte) || b"-.".contains(&byte))
}

fn is_quantity(text: &str) -> bool {
    const SUFFIXES: [&str; 13] = [
        "", "m", "k", "M", "G", "T", "P", "E", "Ki", "Mi", "Gi", "Ti", "Pi",
    ];
    let end = text.find(|c: char| !(c.is_ascii_digit() || c == '.'));
    let (number, suffix) = text.split_at(end.unwrap_or(text.len()));
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let is_number = |digits: &str| (1..=18).contains(&digits.len()) && !digits.contains('.');
    is_number(whole) && is_number(fraction) && SUFFIXES.contains(&suffix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_what_hugging_face_takes_for_one() {
        for text in [
            "",
            "/",
            "a/",
            "/a",
            "a/b/c",
            "a b",
            "a/b ",
            "a\n",
            "é",
            "-a/b",
            "a/b-",
            ".a",
            "a.",
            "a--b",
            "a..b",
            "../b",
            "a/b.git",
            "a%2Fb",
            "https://huggingface.co/a/b",
            &"a".repeat(97),
        ] {
            assert_eq!(Repository::parse(text), Err(Error::Repository), "{text:?}");
        }
        for text in [
            "gpt2",
            "meta-llama/Llama-2-7b-hf",
            "Qwen/Qwen3-0.6B",
            "_a/b_",
        ] {
            assert_eq!(Repository::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn an_artifact_is_letters_digits_dashes_and_underscores() {
        for text in ["", "a.b", "a/b", "a b", "a\n", "é"] {
            assert_eq!(ArtifactName::parse(text), Err(Error::Artifact), "{text:?}");
        }
        for text in ["a", "-", "llama_3-1"] {
            assert_eq!(ArtifactName::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_quantity_is_a_number_with_a_unit() {
        for text in [
            "", "Gi", "abc", "lots", "1.", ".5", "1.2.3", "-1", "+1", "1 Gi", "1gi", "1KI", "1e3",
            "٣",
        ] {
            assert_eq!(Quantity::parse(text), Err(Error::Quantity), "{text:?}");
        }
        for text in ["0", "2", "500m", "1.5", "8Gi", "50G", "0.5Ti"] {
            assert_eq!(Quantity::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_secret_is_a_key_or_none() {
        for text in ["a b", "a/b", "a\n", "é"] {
            assert_eq!(SecretKey::parse(text), Err(Error::Secret), "{text:?}");
        }
        for text in ["", "HF_TOKEN", "team.hf-token"] {
            assert_eq!(SecretKey::parse(text).unwrap().as_str(), text);
        }
    }

    #[test]
    fn a_label_is_the_artifact_or_the_last_part_of_the_repository() {
        let of = |repository: &str, artifact: Option<&str>| {
            let artifact = artifact.map(|it| ArtifactName::parse(it).unwrap());
            label(&Repository::parse(repository).unwrap(), artifact.as_ref())
        };
        assert_eq!(of("meta/llama-3.1", None), "llama-3-1");
        assert_eq!(of("gpt2", None), "gpt2");
        assert_eq!(of("meta/llama-3.1", Some("_mine_")), "mine");
        assert_eq!(of("a/b", Some(&"x".repeat(99))), "x".repeat(63));
    }
}
