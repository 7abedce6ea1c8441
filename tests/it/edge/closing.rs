//! How the server stops.

use std::{
    io,
    time::{Duration, Instant},
};

use tokio::{io::AsyncReadExt, net::TcpStream, time::timeout};

use super::{HEALTH, LAST_HEALTH, PATIENCE, Wire, server, statuses};

const SLOWLY: &str = "server: {drain_delay: 1500ms}\n";

#[tokio::test]
async fn while_it_drains_everyone_is_served_and_asked_to_go() {
    let app = server(SLOWLY).await;
    let mut kept = Wire::open(app.address).await;
    let reply = kept.send(HEALTH).await.answer().await;
    assert!(!reply.closes(), "{}", reply.head);
    app.stop();
    let reply = kept.send(HEALTH).await.answer().await;
    assert!(reply.status == 200 && reply.closes(), "{}", reply.head);
    assert!(kept.is_closed().await);
    let mut fresh = Wire::open(app.address).await;
    let reply = fresh.send(HEALTH).await.answer().await;
    assert!(reply.status == 200 && reply.closes(), "{}", reply.head);
}

#[tokio::test]
async fn after_that_idle_connections_are_closed_and_none_is_taken() {
    let app = server(SLOWLY).await;
    let mut idle = Wire::open(app.address).await;
    assert_eq!(idle.send(HEALTH).await.answer().await.status, 200);
    let mut silent = Wire::open(app.address).await;
    let started = Instant::now();
    app.stop();
    assert_eq!(idle.rest().await, "");
    assert_eq!(silent.rest().await, "");
    let took = started.elapsed();
    assert!(took > Duration::from_millis(1_400), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    let refused = TcpStream::connect(app.address).await;
    assert!(refused.is_err());
}

#[tokio::test]
async fn what_has_begun_when_it_stops_is_finished() {
    let app = server("{}\n").await;
    let mut begun = Wire::open(app.address).await;
    assert_eq!(begun.send(HEALTH).await.answer().await.status, 200);
    let (start, end) = HEALTH.split_at(20);
    begun.send(start).await;
    // Answered by the same loop, so the server has seen what was sent before.
    assert_eq!(statuses(&app, LAST_HEALTH).await, [200]);
    app.stop();
    while TcpStream::connect(app.address).await.is_ok() {}
    let reply = begun.send(end).await.answer().await;
    assert!(reply.status == 200 && reply.closes(), "{}", reply.head);
    assert!(begun.is_closed().await);
}

#[tokio::test]
async fn a_connection_in_the_queue_is_served_or_refused() {
    for _ in 0..20 {
        let app = server("{}\n").await;
        let mut waiting = Vec::new();
        for _ in 0..5 {
            let mut wire = Wire::open(app.address).await;
            wire.send(LAST_HEALTH).await;
            waiting.push(wire);
        }
        app.stop();
        for wire in &mut waiting {
            let mut all = Vec::new();
            let read = timeout(PATIENCE, wire.0.read_to_end(&mut all)).await;
            match read.expect("not left hanging") {
                Ok(_) => assert!(all.starts_with(b"HTTP/1.1 200"), "{all:?}"),
                Err(error) => assert_eq!(error.kind(), io::ErrorKind::ConnectionReset),
            }
        }
    }
}
