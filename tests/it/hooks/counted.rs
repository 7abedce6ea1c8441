//! What is counted of deliveries, and of what they start.

use reqwest::Method;
use serde_json::json;

use super::{Delivery, GREET, push};
use crate::harness::{Answer, TestApp};

fn value(app: &TestApp, family: &str, outcome: &str) -> u64 {
    let text = app.metrics().render();
    let series = format!("flyte_webhook_hook_{family}{{hook=\"greet\",outcome=\"{outcome}\"}} ");
    let mut values = text.lines().filter_map(|line| line.strip_prefix(&series));
    values
        .next()
        .unwrap_or_else(|| panic!("{series}\n{text}"))
        .parse()
        .unwrap()
}

#[tokio::test]
async fn each_delivery_is_counted_once_by_what_came_of_it_and_each_launch() {
    let app = TestApp::with(&format!("{GREET}    rate: 6/1h\n")).await;
    for outcome in ["launched", "unverified", "refused"] {
        assert_eq!(value(&app, "deliveries_total", outcome), 0, "{outcome}");
    }
    let send = async |delivery: Delivery, status: u16| {
        let answer = delivery.send(&app).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    };
    let with = |body: &str| Delivery {
        body: body.as_bytes().to_vec(),
        ..push("2")
    };
    let forged = Delivery {
        secret: "a-secret-of-nobody-here-0123456789",
        ..push("1")
    };
    let ping = Delivery {
        event: "ping",
        ..push("1")
    };
    send(push("1"), 200).await;
    send(push("1"), 200).await;
    send(forged, 401).await;
    send(ping, 200).await;
    send(with("no JSON"), 400).await;
    send(with("{\"ref\": \"refs/heads/main\"}"), 422).await;
    let down = json!([{"method": "*", "effect": {"type": "error", "code": "unavailable"}}]);
    app.faults(&down).await;
    send(push("3"), 503).await;
    send(push("3"), 429).await;
    for (outcome, expected) in [
        ("launched", 1),
        ("duplicate", 1),
        ("stored", 0),
        ("ignored", 0),
        ("handshake", 1),
        ("unverified", 1),
        ("unreadable", 1),
        ("unmapped", 1),
        ("rate_limited", 1),
        ("refused", 1),
    ] {
        assert_eq!(
            value(&app, "deliveries_total", outcome),
            expected,
            "{outcome}"
        );
    }
    for (outcome, expected) in [("started", 1), ("found", 1), ("failed", 1), ("refused", 0)] {
        assert_eq!(
            value(&app, "launches_total", outcome),
            expected,
            "{outcome}"
        );
    }
}

#[tokio::test]
async fn hooks_that_do_not_exist_make_no_series() {
    let app = TestApp::with(GREET).await;
    let before = app.metrics().render().lines().count();
    for n in 0..50 {
        let request = app.anonymous(Method::POST, &format!("/webhook/invented-{n}"));
        assert_eq!(Answer::of(request).await.status, 401);
    }
    let text = app.metrics().render();
    assert!(!text.contains("invented"), "{text}");
    // The one of the answers, and of the problem.
    assert!(text.lines().count() - before < 40, "{text}");
}
