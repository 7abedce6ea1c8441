//! `flyte-webhook inbox`: looking, replaying, repairing.

use std::{
    fs::{self, OpenOptions},
    io::{Seek, SeekFrom, Write},
    path::Path,
    process::Command,
    time::Duration,
};

use flyte_webhook::inbox::Settlement;
use serde_json::Value;

use super::kept::{Kept, delivery, store};
use crate::program::bare;

#[tokio::test]
async fn people_look_and_replay_without_seeing_bodies() {
    let directory = tempfile::tempdir().unwrap();
    let kept = Kept::within(directory.path()).await;
    let dead = store(&kept.inbox, delivery("dead")).await;
    let lease = Duration::from_mins(1);
    let job = kept.inbox.claim(1, lease).await.unwrap().jobs.remove(0);
    let reason = "task_not_found".to_owned();
    let settled = kept.inbox.settle(job.lease, Settlement::Dead { reason });
    assert!(settled.await.unwrap());
    store(&kept.inbox, delivery("waiting")).await;

    let id = dead.0.to_string();
    let (code, out, _) = run(directory.path(), &["list"]);
    assert_eq!((code, out.lines().count()), (Some(0), 2), "{out}");
    assert!(
        !out.contains("the body of") && !out.contains("commit"),
        "{out}"
    );
    let (code, _, said) = run(directory.path(), &["replay", &id]);
    assert_eq!(code, Some(1));
    assert!(said.contains("another process uses"), "{said}");
    kept.close().await;

    let (code, out, said) = run(directory.path(), &["check"]);
    assert_eq!(code, Some(0), "{said}");
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!((&shown["sound"], &shown["dead"]), (&true.into(), &1.into()));
    assert_eq!(shown["pending"], 1);
    let (code, out, said) = run(directory.path(), &["body", &id]);
    assert_eq!((code, &*out), (Some(0), "the body of dead"), "{said}");
    let (code, out, said) = run(directory.path(), &["body", "99"]);
    assert_eq!((code, &*out), (Some(1), ""));
    assert!(said.contains("no body of delivery 99 is kept"), "{said}");
    let (_, out, _) = run(directory.path(), &["dead"]);
    let shown: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(shown["launches"][0]["reason"], "task_not_found");
    assert_eq!(shown["id"], dead.0);
    let (code, out, _) = run(directory.path(), &["replay", &id]);
    assert_eq!((code, &*out), (Some(0), "1 to launch\n"));
    let (code, _, said) = run(directory.path(), &["replay", &id]);
    assert_eq!(code, Some(1));
    assert!(said.contains("nothing to replay"), "{said}");
    let (code, _, said) = run(directory.path(), &["replay", "99"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("no delivery 99"), "{said}");
    assert_eq!(run(directory.path(), &["dead"]).1, "");
}

#[tokio::test]
async fn a_damaged_inbox_is_told_and_recovered_by_the_command_it_names() {
    let directory = tempfile::tempdir().unwrap();
    let kept = Kept::within(directory.path()).await;
    for n in 0..200 {
        store(&kept.inbox, delivery(&format!("{n}"))).await;
    }
    kept.close().await;
    let file = directory.path().join("inbox.db");
    let length = usize::try_from(fs::metadata(&file).unwrap().len()).unwrap();
    let mut damaged = OpenOptions::new().write(true).open(&file).unwrap();
    // The first page has the schema: nothing can be opened without it.
    damaged.seek(SeekFrom::Start(100)).unwrap();
    damaged.write_all(&vec![0xee; 4096 - 100]).unwrap();
    drop(damaged);

    let (code, _, said) = run(directory.path(), &["check"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("flyte-webhook inbox recover"), "{said}");
    let (code, out, said) = run(directory.path(), &["recover"]);
    assert_eq!(code, Some(0), "{said}");
    assert!(
        out.starts_with("saved 200 deliveries and 200 launches"),
        "{out}"
    );
    let aside = directory.path().join("inbox.db-damaged-1");
    assert_eq!(fs::read(&aside).unwrap().len(), length);
    let (code, out, _) = run(directory.path(), &["check"]);
    assert_eq!(code, Some(0));
    assert!(out.contains(r#""pending":200"#), "{out}");
}

#[test]
fn without_an_inbox_the_key_is_named() {
    let output = program().args(["inbox", "check"]).output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("inbox.path: there is no inbox"), "{said}");
    assert_eq!(output.status.code(), Some(1));
}

fn run(directory: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output = program()
        .arg("inbox")
        .args(arguments)
        .env("FLYTE_WEBHOOK__INBOX__PATH", directory.join("inbox.db"))
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

fn program() -> Command {
    let mut command = bare();
    command
        .env("_U_EP_OVERRIDE", "https://cp.example.com")
        .env("FLYTE_INTERNAL_EXECUTION_PROJECT", "site")
        .env("FLYTE_INTERNAL_EXECUTION_DOMAIN", "production");
    command
}
