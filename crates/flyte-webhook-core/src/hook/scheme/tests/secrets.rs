//! Secrets as they are configured.

use super::*;

fn refused(scheme: Scheme, secrets: &[&str]) -> SecretError {
    let secrets: Vec<SecretString> = secrets.iter().map(|it| (*it).into()).collect();
    Verifier::new(scheme, &secrets)
        .err()
        .expect("secrets that are refused")
}

#[test]
fn a_secret_that_could_be_guessed_is_refused() {
    for source in known() {
        let scheme = source.scheme().unwrap();
        let (long_enough, _) = secret_of(source);
        assert_eq!(refused(scheme.clone(), &[]), SecretError::None);
        let (number, bytes) = (2, 3);
        let error = refused(
            scheme,
            &[
                long_enough,
                "abcd"
                    .get(..if long_enough == SECRET { 3 } else { 4 })
                    .unwrap(),
            ],
        );
        assert_eq!(error, SecretError::TooShort { number, bytes }, "{source}");
    }
    let scheme = || Source::GitHub.scheme().unwrap();
    let bytes = 23;
    let error = refused(scheme(), &[&"x".repeat(23)]);
    assert_eq!(error, SecretError::TooShort { number: 1, bytes });
    verifier(scheme(), &[&"x".repeat(24)]);
}

#[test]
fn a_secret_that_is_not_as_the_scheme_has_it_is_refused() {
    let scheme = || Source::StandardWebhooks.scheme().unwrap();
    let private = "whsk_6Xb/dCcHpPea21PS1N9VY/NZW723CEc77N4rJCubMbfVKIDij2HKpMKkioLlX0dRqSKJp4AJ6p9lMicMFs6Kvg==";
    assert_eq!(
        refused(scheme(), &[private]),
        SecretError::Private { number: 1 }
    );
    for malformed in [
        "whsec_not base64 but long enough for it",
        "whpk_AAAA",
        // A point of small order: anyone can sign under it.
        "whpk_AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
    ] {
        let error = refused(scheme(), &[malformed]);
        assert!(
            matches!(error, SecretError::Malformed { number: 1, .. }),
            "{malformed}: {error}"
        );
        assert!(!error.to_string().contains(malformed));
    }
}

#[test]
fn what_is_signed_needs_a_header_to_be_read_from() {
    let Some(Scheme::Signed(signed)) = Source::GitHub.scheme() else {
        panic!("GitHub signs");
    };
    for (template, placeholder) in [("{id}.{body}", "id"), ("{ts}.{body}", "ts")] {
        let content = Content::parse(template).unwrap();
        let scheme = Scheme::Signed(Signed {
            content,
            ..signed.clone()
        });
        assert_eq!(
            refused(scheme, &[SECRET]),
            SecretError::NoHeader { placeholder }
        );
    }
    let window = Some(Window {
        stamp: Stamp::Header,
        unit: Unit::Seconds,
        seconds: 1,
    });
    let scheme = Scheme::Signed(Signed { window, ..signed });
    assert_eq!(
        refused(scheme, &[SECRET]),
        SecretError::NoHeader { placeholder: "ts" }
    );
}

#[test]
fn what_is_signed_is_a_template_with_the_body_in_it() {
    for (template, error) in [
        ("", ContentError::NoBody),
        ("{id}.{ts}", ContentError::NoBody),
        ("{body}{body}", ContentError::NoBody),
        ("{body", ContentError::Brace),
        ("body}{body}", ContentError::Brace),
        ("{body}}", ContentError::Brace),
        (
            "{Body}",
            ContentError::Unknown {
                name: "Body".to_owned(),
            },
        ),
    ] {
        assert_eq!(Content::parse(template), Err(error), "{template}");
    }
    let content = Content::parse("a{id}b{ts}c{body}d").unwrap();
    assert!(content.has_id() && content.has_timestamp());
    assert_eq!(content.pieces("1", "2", b"3").concat(), b"a1b2c3d");
    assert!(!Content::body().has_id() && !Content::body().has_timestamp());
}

#[test]
fn keys_are_read_in_every_form() {
    let Some(Scheme::Signed(github)) = Source::GitHub.scheme() else {
        panic!("GitHub signs");
    };
    let hex = "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF";
    let base64 = "ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3iJmqu8zd7v8=";
    let signed = |key| {
        Scheme::Signed(Signed {
            key,
            ..github.clone()
        })
    };
    let by_hex = Signer::new(signed(KeyForm::Hex), hex.into()).ok().unwrap();
    let headers: Headers = by_hex.headers("", at(NOW), BODY).into_iter().collect();
    for secret in [base64, base64.trim_end_matches('=')] {
        let verifier = verifier(signed(KeyForm::Base64), &[secret]);
        assert_eq!(verdict(&verifier, &headers, BODY, NOW), Ok(0));
    }
    let as_text = verifier(signed(KeyForm::Text), &[hex]);
    assert_eq!(verdict(&as_text, &headers, BODY, NOW), Err(Refusal::Wrong));
}

#[test]
fn a_public_key_is_read_in_every_form() {
    let Some(Scheme::Signed(github)) = Source::GitHub.scheme() else {
        panic!("GitHub signs");
    };
    let scheme = || {
        let key = KeyForm::Ed25519;
        Scheme::Signed(Signed {
            key,
            ..github.clone()
        })
    };
    let seed = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    let base64 = "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
    let hex = "03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8";
    let both = format!("{}{hex}", &seed[..64]);
    let both = data_encoding::HEXLOWER.decode(both.as_bytes()).unwrap();
    let both = format!("whsk_{}", data_encoding::BASE64.encode(&both));
    for private in [seed, both.as_str()] {
        let signer = Signer::new(scheme(), private.into()).unwrap();
        let headers: Headers = signer.headers("", at(NOW), BODY).into_iter().collect();
        for public in [
            base64.to_owned(),
            format!("whpk_{base64}"),
            hex.to_owned(),
            hex.to_uppercase(),
        ] {
            let verifier = verifier(scheme(), &[public.as_str()]);
            assert_eq!(verdict(&verifier, &headers, BODY, NOW), Ok(0), "{public}");
        }
    }
    for private in ["whsk_AAAA", "no key"] {
        let error = Signer::new(scheme(), private.into()).err().unwrap();
        assert!(matches!(error, SecretError::Malformed { .. }), "{private}");
    }
    let public = Signer::new(
        Source::Svix.scheme().unwrap(),
        format!("whpk_{base64}").into(),
    );
    assert!(matches!(public.err(), Some(SecretError::Malformed { .. })));
}
