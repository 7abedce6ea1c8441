//! HTTP/2 without TLS, where it is on.

use tokio::io::AsyncReadExt;

use super::{HEALTH, PATIENCE, Wire, server};

const PREFACE: &str = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// For so much Go's client gives room back at once.
const PIECE: usize = 4 << 10;
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

#[tokio::test]
async fn frames_that_move_nothing_end_the_connection() {
    let app = server("server: {h2c: true}\n").await;
    let nothing = [
        ("PING", frame(6, 0, &[0; 8])),
        ("SETTINGS", frame(4, 0, &[])),
        ("WINDOW_UPDATE", frame(8, 0, &[0, 0, 0, 1])),
        ("an unknown type", frame(0x42, 0, &[])),
    ];
    for (name, frame) in nothing {
        let mut wire = Wire::open(app.address).await;
        wire.send(PREFACE).await.send(SETTINGS).await;
        wire.send(frame.repeat(100)).await.send(get(1)).await;
        assert_ne!(answer(&mut wire, 1).await, 0, "{name}");
        wire.send(frame.repeat(1_000)).await;
        let mut rest = Vec::new();
        let ended = wire.0.read_to_end(&mut rest);
        // Either end will do: what was sent after it is not read.
        let ended = tokio::time::timeout(PATIENCE, ended).await;
        assert!(ended.is_ok(), "{name} may be sent for ever");
    }
}

#[tokio::test]
async fn who_takes_answers_in_small_pieces_may_say_so() {
    let app = server("server: {h2c: true}\n").await;
    let mut wire = Wire::open(app.address).await;
    wire.send(PREFACE).await.send(SETTINGS).await;
    let mut taken = 0;
    for stream in (1..60).step_by(2) {
        wire.send(get(stream)).await;
        taken += answer(&mut wire, stream).await;
    }
    assert!(taken > 1 << 20, "enough to have been cut off: {taken}");
}

fn frame(kind: u8, stream: u8, payload: &[u8]) -> Vec<u8> {
    let length = u8::try_from(payload.len()).unwrap();
    // HEADERS are all there is of a request here.
    let flags = if kind == 1 { 5 } else { 0 };
    let head = [0, 0, length, kind, flags, 0, 0, 0, stream];
    [&head, payload].concat()
}

/// `GET /openapi.json` in the static table's words.
fn get(stream: u8) -> Vec<u8> {
    frame(1, stream, b"\x82\x86\x41\x01x\x44\x0d/openapi.json")
}

/// Reads the answer on a stream, and gives its room back piece by piece; gives
/// its length.
async fn answer(wire: &mut Wire, stream: u8) -> usize {
    let mut length = 0;
    loop {
        let mut head = [0; 9];
        wire.0.read_exact(&mut head).await.unwrap();
        let [_, high, low, kind, flags, .., of] = head;
        let mut payload = vec![0; usize::from(u16::from_be_bytes([high, low]))];
        wire.0.read_exact(&mut payload).await.unwrap();
        if kind == 0 && of == stream {
            length += payload.len();
            for piece in payload.chunks(PIECE) {
                let room = u32::try_from(piece.len()).unwrap().to_be_bytes();
                let rooms = [frame(8, stream, &room), frame(8, 0, &room)].concat();
                wire.send(rooms).await;
            }
            if flags & 1 == 1 {
                return length;
            }
        }
    }
}
