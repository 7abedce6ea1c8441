//! The time within which a signature counts.

use super::*;

#[test]
fn the_edges_of_the_window_are_exact_to_the_second() {
    for source in [
        Source::Slack,
        Source::Stripe,
        Source::GitLab,
        Source::StandardWebhooks,
        Source::Svix,
    ] {
        let (secret, _) = secret_of(source);
        let verifier = verifier(source.scheme().unwrap(), &[secret]);
        let headers = signed(source, secret);
        let verdict = |now| verdict(&verifier, &headers, BODY, now);
        for now in [NOW - 300, NOW - 299, NOW, NOW + 299, NOW + 300] {
            assert_eq!(verdict(now), Ok(0), "{source} at {now}");
        }
        let seconds = 301;
        assert_eq!(
            verdict(NOW + 301),
            Err(Refusal::Stale { seconds }),
            "{source}"
        );
        assert_eq!(
            verdict(NOW - 301),
            Err(Refusal::Future { seconds }),
            "{source}"
        );
        let seconds = NOW;
        assert_eq!(verdict(0), Err(Refusal::Future { seconds }), "{source}");
    }
}

#[test]
fn the_time_in_a_body_counts_for_a_minute() {
    let scheme = Source::Linear.scheme().unwrap();
    let signer = Signer::new(scheme.clone(), SECRET.into()).ok().unwrap();
    let verifier = verifier(scheme, &[SECRET]);
    let body = format!(r#"{{"webhookTimestamp": {NOW}000}}"#);
    let headers: Headers = signer
        .headers("", at(NOW), body.as_bytes())
        .into_iter()
        .collect();
    let verdict = |milliseconds| {
        let now = Timestamp::from_millisecond(milliseconds).unwrap();
        let believed = verifier.verify(Unverified::new(&headers, body.as_bytes()), now)?;
        Ok(believed.signed_at())
    };
    let signed_at = Some(at(NOW));
    assert_eq!(verdict(NOW * 1000 + 60_000), Ok(signed_at));
    assert_eq!(verdict(NOW * 1000 - 60_000), Ok(signed_at));
    let seconds = 61;
    assert_eq!(
        verdict(NOW * 1000 + 60_001),
        Err(Refusal::Stale { seconds })
    );
    assert_eq!(
        verdict(NOW * 1000 - 60_001),
        Err(Refusal::Future { seconds })
    );
}

#[test]
fn a_body_that_says_no_time_has_none() {
    let scheme = Source::Linear.scheme().unwrap();
    let signer = Signer::new(scheme.clone(), SECRET.into()).ok().unwrap();
    let verifier = verifier(scheme, &[SECRET]);
    for (body, is_believed) in [
        (r#"{"n": 1}"#, true),
        ("[1]", true),
        ("no JSON", true),
        (r#"{"webhookTimestamp": "1700000000000"}"#, false),
        (r#"{"webhookTimestamp": -1700000000000}"#, false),
        (r#"{"webhookTimestamp": 1.7e12}"#, false),
        (r#"{"webhookTimestamp": null}"#, false),
        (r#"{"webhookTimestamp": 99999999999999999999999}"#, false),
    ] {
        let body = body.as_bytes();
        let headers: Headers = signer.headers("", at(NOW), body).into_iter().collect();
        let believed = verifier.verify(Unverified::new(&headers, body), at(NOW));
        let found = believed.map(|it| it.signed_at());
        if is_believed {
            assert_eq!(found, Ok(None));
        } else {
            assert_eq!(found.unwrap_err().code(), "malformed");
        }
    }
}

#[test]
fn a_time_is_digits_and_nothing_else() {
    let verifier = verifier(Source::Slack.scheme().unwrap(), &[SECRET]);
    for timestamp in [
        "+1700000000",
        "1_700_000_000",
        "1700000000.0",
        " 1700000000",
        "",
        "soon",
        "17000000000000000",
    ] {
        // Signed as it stands there, so that only the time is at fault.
        let content = Content::parse("v0:{ts}:{body}").unwrap();
        let pieces = content.pieces("", timestamp, BODY);
        let mac = mac::mac(Hash::Sha256, SECRET.as_bytes(), &pieces);
        let signature = format!("v0={}", Encoding::Hex.encode(&mac));
        let headers = headers(&[
            ("x-slack-request-timestamp", timestamp),
            ("x-slack-signature", &signature),
        ]);
        let refusal = verdict(&verifier, &headers, BODY, NOW).unwrap_err();
        assert_eq!(refusal.code(), "malformed", "{timestamp}");
    }
}
