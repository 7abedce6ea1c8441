//! More connections than there may be.

use futures::future::join_all;

use super::{HEALTH, Wire, server};
use crate::program::Program;

#[tokio::test]
async fn one_connection_too_many_is_closed_at_once_and_room_is_found_again() {
    let app = server("server: {max_connections: 3, head_timeout: 60s}\n").await;
    let mut open = join_all((0..3).map(|_| Wire::open(app.address))).await;
    for wire in &mut open {
        assert_eq!(wire.send(HEALTH).await.answer().await.status, 200);
    }
    for _ in 0..10 {
        let mut more = Wire::open(app.address).await;
        assert!(more.is_closed().await);
    }
    open.pop();
    // The server learns when it gets to it that one has gone.
    let mut fresh = loop {
        let mut fresh = Wire::open(app.address).await;
        if fresh
            .send(HEALTH)
            .await
            .0
            .peek(&mut [0; 1])
            .await
            .is_ok_and(|read| read > 0)
        {
            break fresh;
        }
    };
    assert_eq!(fresh.answer().await.status, 200);
    for wire in &mut open {
        assert_eq!(wire.send(HEALTH).await.answer().await.status, 200);
    }
}

#[tokio::test]
async fn running_out_of_file_descriptors_ends_nothing() {
    let program = Program::with_files(48, "http://127.0.0.1:9", "{}\n").await;
    let mut first = Wire::open(program.address).await;
    assert_eq!(first.send(HEALTH).await.answer().await.status, 200);
    // The system accepts more of them than the program can.
    let many = join_all((0..100).map(|_| Wire::open(program.address))).await;
    assert_eq!(first.send(HEALTH).await.answer().await.status, 200);
    drop(many);
    let mut last = Wire::open(program.address).await;
    assert_eq!(last.send(HEALTH).await.answer().await.status, 200);
    program.terminate();
    let (_, log) = program.ended().await;
    assert!(log.contains("No connection can be accepted"), "{log}");
}
