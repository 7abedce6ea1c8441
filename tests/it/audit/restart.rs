//! What becomes of the log when processes end and files move.

use std::io::Write;

use super::*;

#[tokio::test]
async fn the_next_process_goes_on_in_the_same_file_whatever_the_last_one_left() {
    let place = Place::new().await;
    let program = place.serve("", "").await;
    get(&program, "/me").await;
    settled(&place.log, 2).await;
    // Killed, with half a record on its way.
    program.kill().await;
    let mut log = fs::OpenOptions::new()
        .append(true)
        .open(&place.log)
        .unwrap();
    log.write_all(b"{\"seq\":2,\"chain\":\"").unwrap();
    let program = place.serve("", "").await;
    get(&program, "/me").await;
    let head = head(&stop(program).await);
    let file = place.log.to_str().unwrap();
    let text = said(&verify([file, "--head", &head]), 0);
    assert!(text.starts_with("ok: 5 records in 2 chains"), "{text}");
    assert!(text.contains("1 lines were left unfinished"), "{text}");

    let lines = fs::read_to_string(&place.log).unwrap();
    let without_first = lines.split_once('\n').unwrap().1;
    let second_alone = lines.lines().skip(3).collect::<Vec<_>>().join("\n");
    for (text, line) in [(without_first, 1), (&second_alone, 1)] {
        fs::write(&place.log, text).unwrap();
        let said = said(&verify([file]), 1);
        assert!(
            said.starts_with(&format!("{file}:{line}: follows")),
            "{said}"
        );
    }
}

#[tokio::test]
async fn one_file_is_one_process_own() {
    let place = Place::new().await;
    let program = place.serve("", "").await;
    let second = refused(&place).await;
    assert!(
        second.contains("is being written by another process"),
        "{second}"
    );
    stop(program).await;
    fs::write(&place.log, "a log\nof something else\n").unwrap();
    let foreign = refused(&place).await;
    assert!(
        foreign.contains("does not end like an audit log"),
        "{foreign}"
    );
    assert_eq!(
        fs::read_to_string(&place.log).unwrap(),
        "a log\nof something else\n"
    );
}

/// What a program says that does not start with the log here.
async fn refused(place: &Place) -> String {
    let configuration = place.data.path().join("refused.yaml");
    fs::write(&configuration, place.yaml("", "")).unwrap();
    let output = crate::program::command(&place.control_plane)
        .args(["--port", "0", "--config"])
        .arg(&configuration)
        .output();
    let output = output.await.unwrap();
    assert_eq!(output.status.code(), Some(78));
    String::from_utf8(output.stderr).unwrap()
}

#[tokio::test]
async fn a_file_that_is_moved_away_is_followed_by_another_that_goes_on() {
    let place = Place::new().await;
    let program = place.serve("", "").await;
    get(&program, "/me").await;
    settled(&place.log, 2).await;
    let first = place.data.path().join("audit.log.1");
    fs::rename(&place.log, &first).unwrap();
    get(&program, "/me").await;
    settled(&place.log, 2).await;
    // As `copytruncate` of logrotate does.
    let second = place.data.path().join("audit.log.2");
    fs::copy(&place.log, &second).unwrap();
    fs::OpenOptions::new()
        .write(true)
        .truncate(true)
        .open(&place.log)
        .unwrap();
    get(&program, "/me").await;
    let head = head(&stop(program).await);
    let [first, second, third] = [&first, &second, &place.log].map(|path| path.to_str().unwrap());
    let all = said(&verify([first, second, third, "--head", &head]), 0);
    assert!(all.starts_with("ok: 7 records in 1 chains"), "{all}");
    let last = said(&verify([third]), 0);
    assert!(
        last.contains("an earlier file, which was not given, ends with "),
        "{last}"
    );
    let gap = said(&verify([first, third]), 1);
    assert!(
        gap.starts_with(&format!("{third}:1: follows records that are missing")),
        "{gap}"
    );
    let reasons: Vec<Value> = [second, third]
        .map(|path| records(Path::new(path))[0]["reason"].clone())
        .into();
    assert_eq!(
        reasons,
        ["the file was moved", "the file was cut by somebody else"]
    );
    assert_eq!(mode(Path::new(second)), 0o600);
}

/// Waits until a file has so many records.
async fn settled(log: &Path, lines: usize) {
    for _ in 0..2_000 {
        if fs::read_to_string(log).is_ok_and(|text| text.lines().count() == lines) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    panic!("{} did not get {lines} records", log.display());
}
