//! A disk that takes no more, under the real program.

use std::{process::Command, time::Duration};

use serde_json::json;

use super::kept::Kept;
use crate::{
    harness::{Answer, client},
    hooks::{Delivery, GREET, push},
    program::Program,
};

/// A push that takes a part of what there is.
fn large(id: &str) -> Delivery {
    let body = json!({"ref": "refs/heads/main", "after": "f00ba4", "more": "x".repeat(60_000),
        "repository": {"full_name": "acme/site"}, "number": id});
    Delivery {
        body: body.to_string().into_bytes(),
        ..push(id)
    }
}

/// Sends deliveries until one is answered with this status; gives how many were stored, and
/// the last answer.
async fn until(program: &Program, status: u16, first: usize) -> (usize, Answer) {
    let origin = format!("http://{}", program.address);
    let mut stored = 0;
    for id in first..first + 500 {
        let answer = Answer::of(large(&id.to_string()).request_at(&origin)).await;
        stored += usize::from(answer.status == 202);
        if answer.status == status {
            return (stored, answer);
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no answer was {status}");
}

#[tokio::test]
async fn what_it_does_not_take_is_refused_and_accepted_again_when_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inbox.db");
    let yaml = format!(
        "{GREET}    ack: stored\ninbox: {{path: {}}}\n",
        path.display()
    );
    // No file may be larger; only its own bound, which can be lifted.
    let limit = "trap '' XFSZ; ulimit -S -f 4096";
    let program = Program::limited(limit, "http://127.0.0.1:9", &yaml).await;
    let (before, answer) = until(&program, 503, 0).await;
    assert!(before > 0);
    assert_eq!(answer.body["retryable"], true);
    assert_ne!(answer.header("retry-after"), "");
    let ask = async |path: &str| {
        let url = format!("http://{}{path}", program.address);
        Answer::of(client().get(url)).await.status
    };
    assert_eq!((ask("/readyz").await, ask("/health").await), (503, 200));
    let lifted = Command::new("prlimit")
        .args(["--fsize=unlimited:", "--pid", &program.id().to_string()])
        .status();
    assert!(lifted.unwrap().success());
    let (after, _) = until(&program, 202, 1000).await;
    assert_eq!(ask("/readyz").await, 200);
    program.terminate();
    let (status, log) = program.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(log.contains("The inbox has been opened again"), "{log}");
    // What was acknowledged is there, and nothing else.
    let kept = Kept::within(folder.path()).await;
    let waiting = kept.inbox.status().await.unwrap().pending;
    assert_eq!(usize::try_from(waiting).unwrap(), before + after);
    kept.close().await;
}
