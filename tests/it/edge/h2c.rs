//! HTTP/2 without TLS, where it is on.

use tokio::io::AsyncReadExt;

use super::{HEALTH, Wire, server};

const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const SETTINGS: [u8; 9] = [0, 0, 0, 4, 0, 0, 0, 0, 0];

#[tokio::test]
async fn both_are_spoken_on_the_port_where_it_is_on() {
    let app = server("server: {h2c: true}\n").await;
    let mut wire = Wire::open(app.address).await;
    assert_eq!(wire.send(HEALTH).await.answer().await.status, 200);
    for piece in ["P", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r"] {
        let mut wire = Wire::open(app.address).await;
        wire.send(piece).await;
        wire.send(&PREFACE[piece.len()..]).await;
        wire.send(SETTINGS).await;
        let mut head = [0; 9];
        wire.0.read_exact(&mut head).await.unwrap();
        assert_eq!(head[3], 4, "a SETTINGS frame comes first: {head:?}");
    }
}

#[tokio::test]
async fn a_preface_that_stops_short_is_given_up_in_time() {
    let app = server("server: {h2c: true, head_timeout: 300ms}\n").await;
    for piece in ["", "PRI * HTTP/2.0\r", &PREFACE[..23]] {
        let mut wire = Wire::open(app.address).await;
        let rest = wire.send(piece).await.rest().await;
        let expected = match piece.len() {
            0 => "",
            // It is a request line until the version is told.
            15 => "HTTP/1.1 408",
            _ => "HTTP/1.1 505",
        };
        assert!(rest.starts_with(expected), "{piece:?} {rest}");
    }
}

#[tokio::test]
async fn idle_connections_and_those_with_half_a_head_are_closed() {
    let app = server("server: {h2c: true, head_timeout: 300ms, keep_alive: 300ms}\n").await;
    let half_a_head = [0, 0, 1, 1, 0, 0, 0, 0, 1, 0x82];
    for frames in [&[][..], &half_a_head] {
        let mut wire = Wire::open(app.address).await;
        wire.send(PREFACE).await.send(SETTINGS).await;
        // It is closed, or this panics.
        wire.send(frames).await.rest().await;
    }
}
