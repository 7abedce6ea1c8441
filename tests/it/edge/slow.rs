//! Clients that keep the server waiting.

use std::time::{Duration, Instant};

use tokio::{
    io::AsyncWriteExt,
    time::{sleep, timeout},
};

use super::{HEALTH, PATIENCE, Wire, server};

const SHORT: &str = "server: {head_timeout: 300ms, keep_alive: 600ms, write_timeout: 300ms}\n";

#[tokio::test]
async fn who_says_nothing_is_let_go() {
    let app = server(SHORT).await;
    let started = Instant::now();
    let mut wire = Wire::open(app.address).await;
    assert_eq!(wire.rest().await, "");
    let took = started.elapsed();
    assert!(took > Duration::from_millis(250), "{took:?}");
}

#[tokio::test]
async fn who_does_not_finish_a_head_is_told_so_and_let_go() {
    let app = server(SHORT).await;
    for (before, piece) in [
        ("", "G"),
        ("", "GET /health HTTP/1.1\r\nhost: x\r\n"),
        (HEALTH, "G"),
    ] {
        let mut wire = Wire::open(app.address).await;
        if !before.is_empty() {
            assert_eq!(wire.send(before).await.answer().await.status, 200);
        }
        let reply = wire.send(piece).await.answer().await;
        assert_eq!(
            (reply.status, &reply.body["code"]),
            (408, &"head_timeout".into())
        );
        assert!(reply.closes());
        assert!(wire.is_closed().await);
    }
}

#[tokio::test]
async fn a_head_that_dribbles_is_cut_off() {
    let app = server(SHORT).await;
    let started = Instant::now();
    let mut wire = Wire::open(app.address).await;
    wire.send("GET /health HTTP/1.1\r\nhost: x\r\n").await;
    let every = Duration::from_millis(20);
    let dribbled = timeout(PATIENCE, wire.dribble("a: b\r\n", every)).await;
    assert!(dribbled.is_ok_and(|lines| lines > 3));
    assert_eq!(wire.answer().await.status, 408);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[tokio::test]
async fn an_idle_connection_is_closed_without_a_word_and_a_busy_one_is_not() {
    let app = server(SHORT).await;
    let mut idle = Wire::open(app.address).await;
    assert_eq!(idle.send(HEALTH).await.answer().await.status, 200);
    let started = Instant::now();
    let mut busy = Wire::open(app.address).await;
    while started.elapsed() < Duration::from_millis(1_500) {
        assert_eq!(busy.send(HEALTH).await.answer().await.status, 200);
        sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(idle.rest().await, "");
    assert_eq!(busy.send(HEALTH).await.answer().await.status, 200);
}

#[tokio::test]
async fn who_does_not_read_the_answers_is_let_go() {
    let app = server(SHORT).await;
    let mut wire = Wire::open(app.address).await;
    let page = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(100);
    let mut sent = 0;
    // Until the server stops to read, since its answers are not taken.
    let unread = timeout(PATIENCE, async {
        while wire.0.write_all(page.as_bytes()).await.is_ok() {
            sent += 1;
        }
    });
    assert!(unread.await.is_ok(), "still connected after {sent} times");
}
