//! Every method of every service, with a message that says nothing.

use std::{fmt::Write, fs, path::Path};

use super::bench::{ControlPlane, PATIENCE, TOKEN};
use crate::connector::grpc::{Engine, framed};

/// A method, the code of gRPC that it answers, and its words, one a line.
const EVERY: &str = "tests/it/embedded/every.txt";

#[tokio::test]
async fn each_says_what_is_missing_or_that_it_is_not_there() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(EVERY);
    let expected = fs::read_to_string(file).unwrap();
    let control_plane = ControlPlane::start().await;
    let engine = Engine::connect(control_plane.address).await;
    let mut told = String::new();
    for method in expected.lines().filter_map(|line| line.split(' ').next()) {
        let open = engine.open(&format!("flyteidl2.{method}"), &[("authorization", TOKEN)]);
        open.send(framed(b""));
        let answer = tokio::time::timeout(PATIENCE, open.end()).await;
        let said = answer.unwrap_or_else(|_late| panic!("{method} goes on"));
        writeln!(told, "{method} {} {}", said.code, said.message).unwrap();
    }
    assert_eq!(told, expected);
}
