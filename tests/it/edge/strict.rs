//! What is no clean HTTP/1 is refused, and nothing after it is read.

use serde_json::json;

use super::{
    HEALTH, LAST_HEALTH, Wire, server, statuses,
    vectors::{refused, with},
};

#[tokio::test]
async fn what_is_no_clean_http_is_refused_at_once_and_nothing_after_it_is_read() {
    let app = server("{}\n").await;
    let mut wrong = Vec::new();
    for (bytes, status) in refused() {
        let given = statuses(&app, format!("{bytes}{HEALTH}{HEALTH}")).await;
        if given != [status] {
            wrong.push((bytes.chars().take(80).collect::<String>(), given));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[tokio::test]
async fn what_is_refused_after_others_is_answered_after_them() {
    let app = server("{}\n").await;
    for (bytes, status) in refused() {
        let given = statuses(&app, format!("{HEALTH}{HEALTH}{bytes}{HEALTH}")).await;
        // An empty line between requests is passed over, so that here is none.
        if !bytes.starts_with('\r') {
            assert_eq!(given, [200, 200, status], "{bytes:.80}");
        }
    }
}

#[tokio::test]
async fn a_refusal_says_why_like_every_other_error_and_closes() {
    let app = server("{}\n").await;
    let mut wire = Wire::open(app.address).await;
    let reply = wire
        .send(with("host: x\r\nhost: y\r\n"))
        .await
        .answer()
        .await;
    assert!(reply.closes(), "{}", reply.head);
    let id = reply
        .head
        .lines()
        .find_map(|it| it.strip_prefix("x-request-id: "));
    let expected = json!({
        "detail": "The request needs exactly one Host header that names a host",
        "type": "about:blank",
        "title": "Bad Request",
        "status": 400,
        "code": "malformed_request",
        "source": "webhook",
        "retryable": false,
        "request_id": id.unwrap(),
    });
    assert_eq!((reply.status, &reply.body), (400, &expected));
    assert!(wire.is_closed().await);
}

#[tokio::test]
async fn as_many_header_lines_are_taken_as_are_configured() {
    // That of the host is one of them.
    for most in [1, 100, 101, 1000] {
        let app = server(&format!("limits: {{max_headers: {most}}}\n")).await;
        let lines = |count: usize| with(&format!("host: x\r\n{}", "a: b\r\n".repeat(count - 1)));
        let given = statuses(&app, format!("{}{}", lines(most), lines(most + 1))).await;
        assert_eq!(given, [200, 431], "{most}");
    }
}

#[tokio::test]
async fn clean_http_is_served_however_its_bytes_are_cut() {
    let app = server("{}\n").await;
    let good = [
        HEALTH.to_owned(),
        with("Host: X:80\r\n"),
        with("hOsT:x\r\na:\r\nb: \t c\t\r\n"),
        with("host: [::1]:80\r\n"),
        with("host:\r\n"),
        "GET /health HTTP/1.0\r\nconnection: keep-alive\r\n\r\n".to_owned(),
        "GET http://X/health HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        format!("\r\n{HEALTH}"),
        with(&format!("host: x\r\n{}", "a: b\r\n".repeat(63))),
        with(&format!("host: x\r\na: {}\r\n", "x".repeat(30 << 10))),
        "GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello".to_owned(),
    ];
    for request in good {
        let (expected, all) = ([200; 3], format!("{request}{request}{LAST_HEALTH}"));
        assert_eq!(statuses(&app, &all).await, expected, "{request:.200}");
        if request.len() > 1024 {
            continue;
        }
        let mut wire = Wire::open(app.address).await;
        for byte in all.bytes() {
            wire.send([byte]).await;
        }
        let answers = wire.rest().await;
        assert_eq!(answers.matches(" 200 OK\r\n").count(), 3, "{request:.200}");
    }
}
