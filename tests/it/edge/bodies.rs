//! Bodies that are malformed, slow or many.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use super::{LAST_HEALTH, PATIENCE, Wire, server, statuses};

const PATH: &str = "/run-task/development/flytesnacks/demo.hello";

fn post(lines: &str, body: &str) -> String {
    format!(
        "POST {PATH} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\n\
         content-type: application/json\r\n{lines}\r\n{body}"
    )
}

fn chunked(body: &str) -> String {
    post("transfer-encoding: chunked\r\n", body)
}

#[tokio::test]
async fn a_body_whose_chunks_are_not_well_formed_is_refused() {
    let app = server("{}\n").await;
    for body in [
        "x\r\n\r\n",
        "\r\n",
        "0x2\r\n{}\r\n0\r\n\r\n",
        "+2\r\n{}\r\n0\r\n\r\n",
        "2 \r\n{}\r\n0\r\n\r\n",
        " 2\r\n{}\r\n0\r\n\r\n",
        "2\n{}\r\n0\r\n\r\n",
        "2\r{}\r\n0\r\n\r\n",
        "2;\u{1}\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}0\r\n\r\n",
        "2\r\n{}\n0\r\n\r\n",
        "2\r\n{}x\r\n0\r\n\r\n",
        "1\r\n{}\r\n0\r\n\r\n",
        "10000000000000002\r\n{}\r\n0\r\n\r\n",
        "2\r\n{}\r\n0\r\n folded\r\n\r\n",
        "2\r\n{}\r\n0\r\nno colon\r\n\r\n",
        "2\r\n{}\r\n0\r\nx: y\n\r\n",
        "2\r\n{}\r\n0\r\nContent-Length: 2\r\n\r\n",
        "2\r\n{}\r\n0\r\nx: y\r\ntransfer-encoding: identity\r\n\r\n",
        &format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "x".repeat(300)),
        &format!("2\r\n{{}}\r\n0\r\nx: {}\r\n\r\n", "x".repeat(9000)),
    ] {
        let mut wire = Wire::open(app.address).await;
        let reply = wire.send(chunked(body)).await.answer().await;
        assert_eq!(reply.status, 400, "{body:.80} {}", reply.body);
        assert_eq!(reply.body["code"], "malformed_request", "{body:.80}");
        assert!(reply.closes(), "{}", reply.head);
        assert!(wire.is_closed().await);
    }
}

#[tokio::test]
async fn a_body_in_chunks_is_read_to_its_end_however_it_is_cut() {
    let app = server("{}\n").await;
    let whole = chunked("1;name=\"v\"\r\n[\r\n0a\r\n          \r\n1\r\n]\r\n0\r\na: x\r\n\r\n");
    let all = format!("{whole}{whole}{LAST_HEALTH}");
    // A list where an object of inputs is due.
    assert_eq!(statuses(&app, &all).await, [422, 422, 200]);
    let mut wire = Wire::open(app.address).await;
    for byte in all.bytes() {
        wire.send([byte]).await;
        tokio::task::yield_now().await;
    }
    let answers = wire.rest().await;
    assert_eq!(answers.matches("HTTP/1.1 422").count(), 2, "{answers}");
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 1, "{answers}");
}

#[tokio::test]
async fn a_body_that_stands_still_or_comes_too_slowly_is_given_up() {
    let app = server("limits: {body_stall_timeout: 300ms}\n").await;
    let started = Instant::now();
    let mut wire = Wire::open(app.address).await;
    wire.send(post("content-length: 100000\r\n", &" ".repeat(50_000)))
        .await;
    let reply = wire.answer().await;
    assert_eq!(
        (reply.status, &reply.body["code"]),
        (408, &"body_incomplete".into())
    );
    assert!(reply.closes(), "{}", reply.head);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    // Two hundred bytes a second, which puts nothing off.
    let mut wire = Wire::open(app.address).await;
    wire.send(post("content-length: 100000\r\n", "")).await;
    let every = Duration::from_millis(50);
    let dribbled = timeout(PATIENCE, wire.dribble("          ", every)).await;
    assert!(dribbled.is_ok_and(|pieces| pieces > 3));
    assert_eq!(wire.answer().await.status, 408);
}

#[tokio::test]
async fn bodies_that_do_not_fit_beside_the_others_are_refused_until_those_are_gone() {
    let app = server(
        "limits: {max_body_bytes: 1000, max_body_bytes_in_flight: 2500, body_stall_timeout: 60s}\n",
    )
    .await;
    let whole = post(
        "content-length: 1000\r\n",
        &format!("{{}}{}", " ".repeat(998)),
    );
    let almost = whole.split_at(whole.len() - 1).0.to_owned();
    let (mut one, mut other) = (Wire::open(app.address).await, Wire::open(app.address).await);
    one.send(&almost).await;
    other.send(&almost).await;
    // Until both are charged: the third is refused then.
    let refused = loop {
        let mut third = Wire::open(app.address).await;
        let reply = third.send(&whole).await.answer().await;
        if reply.body["code"] == "overloaded" {
            assert!(third.is_closed().await);
            break reply;
        }
    };
    assert_eq!(refused.status, 503);
    assert_eq!(refused.body["retryable"], true);
    assert!(refused.head.contains("retry-after: 5"), "{}", refused.head);
    assert!(refused.closes());
    // A small one fits.
    let small = post("connection: close\r\ncontent-length: 1\r\n", "x");
    assert_eq!(statuses(&app, small).await, [422]);
    drop(one);
    other.send(" ").await;
    assert_eq!(other.answer().await.body["code"], "unavailable");
    let mut third = Wire::open(app.address).await;
    assert_eq!(
        third.send(&whole).await.answer().await.body["code"],
        "unavailable"
    );
}

#[tokio::test]
async fn an_answer_that_comes_before_the_body_is_read_arrives() {
    let app = server("limits: {max_body_bytes: 1000}\n").await;
    for _ in 0..20 {
        let mut wire = Wire::open(app.address).await;
        let large = "x".repeat(1 << 20);
        wire.send(post("content-length: 1048576\r\n", &large)).await;
        assert_eq!(wire.answer().await.status, 413);
    }
}
