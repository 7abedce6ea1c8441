use jiff::Timestamp;
use secrecy::SecretString;

use super::*;
use crate::hook::{headers::Headers, sign::Signer, source::Source};

mod hostile;
mod official;
mod secrets;
mod windows;

/// As many seconds since 1970 as the tests are at.
const NOW: i64 = 1_700_000_000;
const SECRET: &str = "a secret of more than 24 bytes";
const STANDARD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "another secret, just as long!!";
const BODY: &[u8] = br#"{"n": 1}"#;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn verifier(scheme: Scheme, secrets: &[&str]) -> Verifier {
    let secrets: Vec<SecretString> = secrets.iter().map(|it| (*it).into()).collect();
    Verifier::new(scheme, &secrets).expect("secrets as the scheme has them")
}

fn headers(pairs: &[(&str, &str)]) -> Headers {
    pairs.iter().copied().collect()
}

/// What becomes of a delivery: the secret that vouches for it, or why none does.
fn verdict(
    verifier: &Verifier,
    headers: &Headers,
    body: &[u8],
    now: i64,
) -> Result<usize, Refusal> {
    let believed = verifier.verify(Unverified::new(headers, body), at(now))?;
    Ok(believed.secret())
}

/// A secret as a source takes it, and what its sender signs with.
fn secret_of(source: Source) -> (&'static str, &'static str) {
    let is_standard = matches!(
        source,
        Source::GitLab | Source::StandardWebhooks | Source::Svix
    );
    let secret = if is_standard { STANDARD } else { SECRET };
    (secret, secret)
}

fn signed(source: Source, secret: &str) -> Headers {
    let signer = Signer::new(source.scheme().unwrap(), secret.into());
    let signer = signer.expect("a secret to sign with");
    signer.headers("msg_1", at(NOW), BODY).into_iter().collect()
}

fn known() -> impl Iterator<Item = Source> {
    let all = Source::ALL.into_iter();
    all.filter(|source| *source != Source::Generic)
}

#[test]
fn what_is_signed_with_any_of_the_secrets_is_believed() {
    for source in known() {
        let (secret, private) = secret_of(source);
        let others = [OTHER, secret];
        let secrets = if secret == SECRET {
            &others[..]
        } else {
            &others[1..]
        };
        let verifier = verifier(source.scheme().unwrap(), secrets);
        let headers = signed(source, private);
        let last = secrets.len() - 1;
        assert_eq!(
            verdict(&verifier, &headers, BODY, NOW),
            Ok(last),
            "{source}"
        );
    }
}

#[test]
fn the_words_of_the_configuration_stay_what_they_are() {
    let encodings = [
        "hex",
        "hex_upper",
        "base64",
        "base64url",
        "base64url_no_pad",
    ];
    assert_eq!(Encoding::ALL.map(Encoding::name), encodings);
    let hashes = ["sha1", "sha256", "sha384", "sha512"];
    assert_eq!(Hash::ALL.map(Hash::name), hashes);
}

#[test]
fn another_body_is_not_believed() {
    for source in known().filter(|source| !matches!(source.scheme(), Some(Scheme::Token(_)))) {
        let (secret, private) = secret_of(source);
        let verifier = verifier(source.scheme().unwrap(), &[secret]);
        let headers = signed(source, private);
        let verdict = verdict(&verifier, &headers, br#"{"n": 2}"#, NOW);
        assert_eq!(verdict, Err(Refusal::Wrong), "{source}");
    }
}

#[test]
fn a_delivery_without_its_headers_is_not_believed() {
    for source in known() {
        let (secret, _) = secret_of(source);
        let verifier = verifier(source.scheme().unwrap(), &[secret]);
        let refusal = verdict(&verifier, &headers(&[]), BODY, NOW).unwrap_err();
        assert_eq!(refusal.code(), "missing", "{source}: {refusal}");
    }
}
