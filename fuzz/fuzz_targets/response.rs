//! Any bytes on a connection, in pieces of any size: what comes back is answers of
//! HTTP and nothing else, none is the server's own failure, and nothing but what is
//! public is answered with success, since there is no control plane.
//!
//! The first byte is the size of the pieces, 0 for one of all.
#![no_main]

use flyte_webhook_fuzz::{MOST, Server, answer, config};
use libfuzzer_sys::fuzz_target;

thread_local! {
    static SERVER: (Server, [Vec<u8>; 2]) = start();
}

fuzz_target!(|data: &[u8]| {
    let Some((size, bytes)) = data.split_first() else {
        return;
    };
    let size = match size {
        0 => bytes.len().max(1),
        size => usize::from(*size),
    };
    let with_heads = bytes.windows(4).any(|word| word == b"HEAD");
    SERVER.with(|(server, public)| {
        let answers = server.talk(bytes.chunks(size));
        let is_cut = answers.len() >= MOST;
        for answer in answer::read(&answers, with_heads, is_cut) {
            let is_json = answer.header("content-type") == Some("application/json");
            if answer.status / 100 == 2 && is_json && !answer.body.is_empty() {
                assert!(public.contains(&answer.body), "{answer:?}");
            }
        }
    });
});

/// The server, and all that it may say with success in JSON.
fn start() -> (Server, [Vec<u8>; 2]) {
    // Nobody listens there.
    let config = config("http://127.0.0.1:9", "compat: {guide_routes: true}\n");
    let server = Server::new(&config);
    let public = ["/health", "/openapi.json"].map(|path| {
        let request = format!("GET {path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n");
        let answer = server.ask(&request);
        assert_eq!(answer.status, 200);
        answer.body
    });
    (server, public)
}
