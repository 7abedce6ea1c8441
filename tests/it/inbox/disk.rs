//! A disk that takes no more, under the real program.

use std::process::Command;

use serde_json::json;

use super::kept::Kept;
use crate::{
    harness::{Answer, client},
    hooks::{Delivery, GREET, push},
    program::Program,
};

/// How many deliveries are stored before the disk is full.
const STORED: usize = 20;

/// Asks to keep a push of this number.
async fn send(program: &Program, number: usize) -> Answer {
    let body = json!({"ref": "refs/heads/main", "after": "f00ba4", "number": number,
        "repository": {"full_name": "acme/site"}});
    let delivery = Delivery {
        body: body.to_string().into_bytes(),
        ..push(&number.to_string())
    };
    let origin = format!("http://{}", program.address);
    Answer::of(delivery.request_at(&origin)).await
}

/// Bounds the size of every file that the program writes from here on; the bound can be lifted.
fn bound(program: &Program, bytes: &str) {
    let set = Command::new("prlimit")
        .args([&format!("--fsize={bytes}:"), "--pid"])
        .arg(program.id().to_string())
        .status();
    assert!(set.unwrap().success());
}

#[tokio::test]
async fn what_it_does_not_take_is_refused_and_accepted_again_when_it_does() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("inbox.db");
    let yaml = format!(
        "{GREET}    ack: stored\ninbox: {{path: {}}}\n",
        path.display()
    );
    let program = Program::limited("trap '' XFSZ", "http://127.0.0.1:9", &yaml).await;
    let ask = async |path: &str| {
        let url = format!("http://{}{path}", program.address);
        Answer::of(client().get(url)).await.status
    };
    for id in 0..STORED {
        assert_eq!(send(&program, id).await.status, 202);
    }
    // Less than a page: also what opens the file again cannot write.
    bound(&program, "1024");
    let answer = send(&program, STORED).await;
    assert_eq!(answer.status, 503);
    assert_eq!(answer.body["retryable"], true);
    assert_ne!(answer.header("retry-after"), "");
    assert_eq!((ask("/readyz").await, ask("/health").await), (503, 200));
    bound(&program, "unlimited");
    program.logged("The inbox has been opened again", 1).await;
    assert_eq!(ask("/readyz").await, 200);
    assert_eq!(send(&program, STORED).await.status, 202);
    program.terminate();
    let (status, log) = program.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    // What was acknowledged is there, and nothing else.
    let kept = Kept::within(folder.path()).await;
    let waiting = kept.inbox.status().await.unwrap().pending;
    assert_eq!(usize::try_from(waiting).unwrap(), STORED + 1);
    kept.close().await;
}
