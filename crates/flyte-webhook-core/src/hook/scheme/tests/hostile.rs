//! What a sender may send that wants no good.

use super::*;

fn github() -> Verifier {
    verifier(Source::GitHub.scheme().unwrap(), &[SECRET])
}

#[test]
fn signatures_that_are_none_are_told_from_wrong_ones() {
    let right = signed(Source::GitHub, SECRET);
    let right = right.get("x-hub-signature-256").unwrap();
    let digits = right.strip_prefix("sha256=").unwrap();
    let upper = format!("sha256={}", digits.to_uppercase());
    let (sha1, short) = (format!("sha1={digits}"), &right[..right.len() - 2]);
    let twice = format!("{right},{right}");
    for (header, code) in [
        ("", "malformed"),
        ("sha256=", "wrong"),
        (digits, "malformed"),
        (&sha1, "malformed"),
        (&upper, "malformed"),
        (&twice, "malformed"),
        ("sha256=zz", "malformed"),
        ("sha256=abc", "malformed"),
        (short, "wrong"),
        ("sha256=00", "wrong"),
        ("SHA256=00", "malformed"),
        ("\u{7f}", "malformed"),
        ("sha256=\u{e9}", "malformed"),
    ] {
        let headers = headers(&[("x-hub-signature-256", header)]);
        let refusal = verdict(&github(), &headers, BODY, NOW).unwrap_err();
        assert_eq!(refusal.code(), code, "{header}");
    }
}

#[test]
fn a_header_that_came_twice_is_refused() {
    let right = signed(Source::GitHub, SECRET);
    let right = right.get("x-hub-signature-256").unwrap();
    let headers = headers(&[
        ("x-hub-signature-256", right),
        ("X-Hub-Signature-256", right),
    ]);
    let refusal = verdict(&github(), &headers, BODY, NOW).unwrap_err();
    assert_eq!(refusal.code(), "repeated");
}

#[test]
fn one_of_several_signatures_is_enough_but_not_of_very_many() {
    let scheme = Source::PagerDuty.scheme().unwrap();
    let verifier = verifier(scheme, &[SECRET]);
    let right = signed(Source::PagerDuty, SECRET);
    let right = right.get("x-pagerduty-signature").unwrap();
    let wrong = format!("v1={}", "0".repeat(64));
    let list = |before: usize| format!("{}{right}", format!("{wrong},").repeat(before));
    let verdict = |header: &str| {
        let headers = headers(&[("x-pagerduty-signature", header)]);
        verdict(&verifier, &headers, BODY, NOW)
    };
    assert_eq!(verdict(&list(1)), Ok(0));
    assert_eq!(verdict(&format!("{right},{right}")), Ok(0));
    assert_eq!(verdict(&list(7)), Ok(0));
    assert_eq!(verdict(&list(8)).unwrap_err().code(), "too_many");
    assert_eq!(verdict(&format!("v0=1,{right},v2=x")), Ok(0));
    assert_eq!(verdict(&wrong), Err(Refusal::Wrong));
}

#[test]
fn the_time_of_a_list_stands_in_it_once() {
    let verifier = verifier(Source::Stripe.scheme().unwrap(), &[SECRET]);
    let right = signed(Source::Stripe, SECRET);
    let right = right.get("stripe-signature").unwrap();
    let signature = right.split_once(',').unwrap().1;
    for (header, code) in [
        (format!("{right},t={NOW}"), "malformed"),
        (signature.to_owned(), "malformed"),
        (format!("t=,{signature}"), "wrong"),
        (format!("t={},{signature}", NOW + 1), "wrong"),
        (format!("t={NOW}"), "malformed"),
        (right.replace("v1=", "v0="), "malformed"),
    ] {
        let headers = headers(&[("stripe-signature", &header)]);
        let refusal = verdict(&verifier, &headers, BODY, NOW).unwrap_err();
        assert_eq!(refusal.code(), code, "{header}");
    }
}

#[test]
fn a_token_is_compared_whole() {
    let verifier = verifier(Source::GitLabToken.scheme().unwrap(), &[SECRET, OTHER]);
    let verdict =
        |token: &str| verdict(&verifier, &headers(&[("x-gitlab-token", token)]), BODY, NOW);
    assert_eq!(verdict(SECRET), Ok(0));
    assert_eq!(verdict(OTHER), Ok(1));
    for token in [
        "",
        &SECRET[..20],
        &format!("{SECRET}x"),
        &SECRET.to_uppercase(),
    ] {
        assert_eq!(verdict(token), Err(Refusal::Wrong), "{token}");
    }
}

#[test]
fn a_token_may_stand_after_a_prefix() {
    let scheme = Scheme::Token(Token {
        header: "authorization".to_owned(),
        prefix: "Bearer ".to_owned(),
    });
    let verifier = verifier(scheme, &[SECRET]);
    let verdict =
        |value: &str| verdict(&verifier, &headers(&[("authorization", value)]), BODY, NOW);
    assert_eq!(verdict(&format!("Bearer {SECRET}")), Ok(0));
    assert_eq!(verdict(SECRET).unwrap_err().code(), "malformed");
    assert_eq!(verdict("Bearer "), Err(Refusal::Wrong));
}

#[test]
fn a_password_counts_with_its_user_alone() {
    let scheme = Scheme::Basic(Basic {
        user: "ada".to_owned(),
    });
    let verifier = verifier(scheme, &[OTHER, SECRET]);
    let verdict = |pair: &str| {
        let encoded = data_encoding::BASE64.encode(pair.as_bytes());
        let value = format!("basic {encoded}");
        verdict(&verifier, &headers(&[("authorization", &value)]), BODY, NOW)
    };
    assert_eq!(verdict(&format!("ada:{SECRET}")), Ok(1));
    for pair in [
        format!("eve:{SECRET}"),
        format!(":{SECRET}"),
        "ada:".to_owned(),
        format!("ada::{SECRET}"),
    ] {
        assert_eq!(verdict(&pair), Err(Refusal::Wrong), "{pair}");
    }
    assert_eq!(verdict("ada").unwrap_err().code(), "malformed");
    for value in ["", "Basic", "Basic !", "Bearer YWRhOg=="] {
        let headers = headers(&[("authorization", value)]);
        let refusal = super::verdict(&verifier, &headers, BODY, NOW).unwrap_err();
        assert_eq!(refusal.code(), "malformed", "{value}");
    }
}

#[test]
fn headers_of_two_families_are_not_mixed() {
    let (secret, _) = secret_of(Source::Svix);
    let verifier = verifier(Source::Svix.scheme().unwrap(), &[secret]);
    let right = signed(Source::Svix, secret);
    let value = |name: &str| right.get(name).unwrap();
    let parts = [
        value("svix-id"),
        value("svix-timestamp"),
        value("svix-signature"),
    ];
    let mixed = headers(&[
        ("svix-id", parts[0]),
        ("webhook-timestamp", parts[1]),
        ("svix-signature", parts[2]),
    ]);
    assert_eq!(
        verdict(&verifier, &mixed, BODY, NOW).unwrap_err().code(),
        "missing"
    );
    let other = headers(&[
        ("webhook-id", parts[0]),
        ("webhook-timestamp", parts[1]),
        ("webhook-signature", parts[2]),
    ]);
    assert_eq!(verdict(&verifier, &other, BODY, NOW), Ok(0));
}

/// The same delivery with another header of Standard Webhooks.
fn with_signature(of: &Headers, signature: &str) -> Headers {
    let names = ["webhook-id", "webhook-timestamp"];
    let kept = names.map(|name| (name, of.get(name).unwrap()));
    kept.into_iter()
        .chain([("webhook-signature", signature)])
        .collect()
}

#[test]
fn a_public_key_verifies_its_own_signatures_alone() {
    let private = "whsk_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
    let public = "whpk_A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg=";
    let (hmac, _) = secret_of(Source::StandardWebhooks);
    let scheme = || Source::StandardWebhooks.scheme().unwrap();
    let headers = signed(Source::StandardWebhooks, private);
    assert!(
        headers
            .get("webhook-signature")
            .unwrap()
            .starts_with("v1a,")
    );
    assert_eq!(
        verdict(&verifier(scheme(), &[public]), &headers, BODY, NOW),
        Ok(0)
    );
    assert_eq!(
        verdict(&verifier(scheme(), &[hmac, public]), &headers, BODY, NOW),
        Ok(1)
    );
    let right = headers.get("webhook-signature").unwrap();
    let twice = with_signature(&headers, &format!("{right} {right}"));
    assert_eq!(
        verdict(&verifier(scheme(), &[public]), &twice, BODY, NOW),
        Ok(0)
    );
    let other_body = verdict(&verifier(scheme(), &[public]), &headers, b"{}", NOW);
    assert_eq!(other_body, Err(Refusal::Wrong));
    let other_kind = verdict(&verifier(scheme(), &[hmac]), &headers, BODY, NOW);
    assert_eq!(other_kind.unwrap_err().code(), "malformed");
    // The public key is no secret: nothing may be believed because it was used as one.
    let as_hmac = signed(Source::StandardWebhooks, &public.replace("whpk_", "whsec_"));
    let confused = verdict(&verifier(scheme(), &[public]), &as_hmac, BODY, NOW);
    assert_eq!(confused.unwrap_err().code(), "malformed");
}
