//! The examples that the providers publish.

use super::*;

#[test]
fn the_example_of_github_is_believed() {
    let verifier = verifier(
        Source::GitHub.scheme().unwrap(),
        &["It's a Secret to Everybody"],
    );
    let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    let headers = headers(&[("X-Hub-Signature-256", signature)]);
    assert_eq!(verdict(&verifier, &headers, b"Hello, World!", NOW), Ok(0));
    let refused = verdict(&verifier, &headers, b"Hello, World?", NOW);
    assert_eq!(refused, Err(Refusal::Wrong));
}

#[test]
fn the_example_of_slack_is_believed_at_its_time() {
    let verifier = verifier(
        Source::Slack.scheme().unwrap(),
        &["8f742231b10e8888abcd99yyyzzz85a5"],
    );
    let body = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
        &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
        &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands\
        %2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
        &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
    let headers = headers(&[
        ("X-Slack-Request-Timestamp", "1531420618"),
        (
            "X-Slack-Signature",
            "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
        ),
    ]);
    assert_eq!(verdict(&verifier, &headers, body, 1_531_420_618), Ok(0));
    let later = verdict(&verifier, &headers, body, NOW);
    assert_eq!(later.unwrap_err().code(), "stale");
}

#[test]
fn the_example_of_standard_webhooks_is_believed_at_its_time() {
    for (source, family) in [
        (Source::StandardWebhooks, "webhook"),
        (Source::Svix, "svix"),
    ] {
        let verifier = verifier(
            source.scheme().unwrap(),
            &["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        );
        let headers: Headers = [
            ("id", "msg_p5jXN8AQM9LWM0D4loKWxJek"),
            ("timestamp", "1614265330"),
            (
                "signature",
                "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc= v2,MzJsNDg5MzI0K2VvdSMjMTIyMzIx \
                 v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            ),
        ]
        .into_iter()
        .map(|(name, value)| (format!("{family}-{name}"), value))
        .collect();
        let body = br#"{"test": 2432232314}"#;
        assert_eq!(verdict(&verifier, &headers, body, 1_614_265_330), Ok(0));
    }
}
