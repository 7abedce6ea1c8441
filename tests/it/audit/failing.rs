//! A log that cannot be written.

use std::time::Duration;

use super::*;

/// A program whose files may have eight KiB, which is a dozen requests.
async fn cramped(place: &Place, keys: &str) -> Program {
    let limit = "trap '' XFSZ; ulimit -f 16";
    Program::limited(limit, &place.control_plane, &place.yaml(keys, "")).await
}

/// Waits for an answer with this status.
async fn until(program: &Program, status: u16) -> Answer {
    for _ in 0..500 {
        let answer = post(program, TASK).await;
        if answer.status == status {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("no answer was {status}");
}

#[tokio::test]
async fn nothing_is_changed_while_the_log_cannot_be_written_and_all_is_there_afterwards() {
    let place = Place::new().await;
    let program = cramped(&place, "").await;
    let answer = until(&program, 503).await;
    assert_eq!(answer.body["code"], "audit_unavailable");
    assert_eq!(answer.body["retryable"], true);
    assert_eq!(answer.header("retry-after"), "5");
    assert_eq!(get(&program, "/me").await.status, 200);
    // There is room again, in another file.
    let first = place.data.path().join("audit.log.1");
    fs::rename(&place.log, &first).unwrap();
    until(&program, 200).await;
    let log = stop(program).await;
    assert!(
        log.contains("The audit log cannot be written; trying again until it can"),
        "{log}"
    );
    assert!(log.contains("The audit log can be written again"), "{log}");
    let files = [first.to_str().unwrap(), place.log.to_str().unwrap()];
    let all = said(&verify(files), 0);
    assert!(all.starts_with("ok: "), "{all}");
    let all = [records(&first), place.records()].concat();
    let of_me = all.iter().filter(|record| record["action"] == "me").count();
    assert_eq!(of_me, 1);
}

#[tokio::test]
async fn where_the_configuration_says_so_it_goes_on_without_a_log() {
    let place = Place::new().await;
    let program = cramped(&place, ", on_failure: continue").await;
    for _ in 0..40 {
        assert_eq!(post(&program, TASK).await.status, 200);
    }
    let log = stop(program).await;
    assert!(
        log.contains("The end of the audit log could not be written"),
        "{log}"
    );
    let file = place.log.to_str().unwrap();
    assert!(said(&verify([file]), 0).contains("the last chain has no end"));
}

#[tokio::test]
async fn a_log_that_can_never_be_written_keeps_the_program_from_starting() {
    let place = Place::new().await;
    for file in ["/dev/full", "/nowhere/audit.log", "/"] {
        let configuration = place.data.path().join("refused.yaml");
        fs::write(&configuration, format!("audit: {{file: {file}}}\n")).unwrap();
        let output = crate::program::command(&place.control_plane)
            .args(["--port", "0", "--config"])
            .arg(&configuration)
            .output();
        let output = output.await.unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(78), "{said}");
        let expected = format!("audit.file: {file} cannot be written; give a path");
        assert!(said.contains(&expected), "{said}");
    }
}
