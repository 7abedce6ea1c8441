//! The inbox in a file: hostile disks, second processes, clocks.

use std::{
    fs::{self, OpenOptions},
    io::{Seek, SeekFrom, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    time::Duration,
};

use flyte_webhook::{
    config::InboxStore,
    inbox::{Error, OpenError, Settlement},
};

use super::{
    contract,
    kept::{Hand, Kept, delivery, settings, store},
};

/// Runs a case of the contract on a file.
macro_rules! on_a_file {
    ($($case:ident),* $(,)?) => {$(
        #[tokio::test]
        async fn $case() {
            let directory = tempfile::tempdir().unwrap();
            let kept = Kept::within(directory.path()).await;
            contract::$case(kept.inbox.clone()).await;
            kept.close().await;
        }
    )*};
}

on_a_file!(
    a_delivery_is_kept_claimed_launched_and_shown,
    a_repeated_delivery_is_answered_with_what_came_of_the_first,
    what_is_not_to_be_remembered_is_not,
    of_many_that_come_at_once_one_is_stored,
    each_of_many_that_come_at_once_has_what_is_its_own,
    no_two_claims_have_the_same,
    who_has_lost_a_lease_changes_nothing,
    what_failed_waits_and_what_was_returned_does_not,
    a_dead_letter_is_replayed_under_its_key_and_a_run_as_another,
    deliveries_are_shown_by_page_hook_and_state,
    a_body_that_is_too_large_is_launched_but_not_kept,
    what_was_launched_before_is_only_remembered,
);

#[tokio::test]
async fn what_was_accepted_is_there_after_a_restart_and_leases_are_not() {
    let directory = tempfile::tempdir().unwrap();
    let kept = Kept::within(directory.path()).await;
    store(&kept.inbox, delivery("a")).await;
    store(&kept.inbox, delivery("b")).await;
    let lease = Duration::from_hours(1);
    assert_eq!(kept.inbox.claim(1, lease).await.unwrap().jobs.len(), 1);
    kept.kill().await;
    let kept = Kept::within(directory.path()).await;
    let jobs = kept.inbox.claim(9, lease).await.unwrap().jobs;
    let attempts: Vec<_> = jobs.iter().map(|job| (&*job.key, job.attempts)).collect();
    assert_eq!(attempts, [("a", 2), ("b", 1)]);
    kept.close().await;
}

#[tokio::test]
async fn a_second_one_on_the_same_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let kept = Kept::within(directory.path()).await;
    let refused = opened(directory.path()).await.err().unwrap();
    assert!(matches!(refused, OpenError::Locked { .. }), "{refused}");
    assert!(refused.to_string().contains("another process uses"));
    kept.close().await;
    Kept::within(directory.path()).await.close().await;
}

#[tokio::test]
async fn nobody_else_may_read_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = settings(directory.path());
    config.store = InboxStore::File(directory.path().join("made/inbox.db"));
    let kept = Kept::open(&config, Hand::default().clock()).await.unwrap();
    store(&kept.inbox, delivery("a")).await;
    let made = directory.path().join("made");
    assert_eq!(mode(&made), 0o700);
    let files: Vec<_> = fs::read_dir(&made).unwrap().map(Result::unwrap).collect();
    assert!(files.len() >= 3, "{files:?}");
    for file in files {
        assert_eq!(mode(&file.path()), 0o600, "{file:?}");
    }
    kept.close().await;
}

#[tokio::test]
async fn a_clock_that_is_set_keeps_nothing_waiting_longer_than_the_longest_pause() {
    for seconds in [-31_536_000, -86_400, -3_600, 3_600, 86_400] {
        let directory = tempfile::tempdir().unwrap();
        let (hand, config) = (Hand::default(), settings(directory.path()));
        hand.turn(1_700_000_000);
        let kept = Kept::open(&config, hand.clock()).await.unwrap();
        store(&kept.inbox, delivery("a")).await;
        let job = kept
            .inbox
            .claim(1, config.lease)
            .await
            .unwrap()
            .jobs
            .remove(0);
        let failed = Settlement::Retry {
            again: config.backoff.most,
            reason: "unavailable".to_owned(),
        };
        assert!(kept.inbox.settle(job.lease, failed).await.unwrap());
        kept.close().await;
        hand.turn(seconds);
        let kept = Kept::open(&config, hand.clock()).await.unwrap();
        let claimed = kept.inbox.claim(1, config.lease).await.unwrap();
        let wait = claimed.next.unwrap_or_default();
        assert!(wait <= config.backoff.most, "{seconds} {wait:?}");
        hand.turn(i64::try_from(config.backoff.most.as_secs()).unwrap());
        let claimed = kept.inbox.claim(1, config.lease).await.unwrap();
        // What was due was claimed before.
        assert!(seconds > 600 || claimed.jobs.len() == 1, "{seconds}");
        kept.close().await;
    }
}

#[tokio::test]
async fn an_inbox_that_is_full_refuses_and_says_how_full_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let mut config = settings(directory.path());
    config.max_bytes = 1 << 20;
    let kept = Kept::open(&config, Hand::default().clock()).await.unwrap();
    let mut refused = None;
    for n in 0..100 {
        let mut large = delivery(&format!("{n}"));
        large.payload = Some(vec![b'x'; 64 << 10]);
        if let Err(error) = kept.inbox.accept(large).await {
            refused = Some((n, error));
            break;
        }
    }
    let (stored, error) = refused.expect("it is full before a hundred");
    assert!((10..=17).contains(&stored), "{stored}");
    assert!(
        matches!(
            error,
            Error::Full {
                most: 1_048_576,
                ..
            }
        ),
        "{error}"
    );
    assert!(kept.inbox.ready().is_err());
    assert_eq!(kept.inbox.status().await.unwrap().pending, stored);
    kept.close().await;
}

#[tokio::test]
async fn a_file_that_is_no_database_or_is_damaged_is_refused_with_the_command() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("inbox.db");
    fs::write(&file, "x".repeat(8192)).unwrap();
    says_recover(directory.path()).await;

    fs::remove_file(&file).unwrap();
    let kept = Kept::within(directory.path()).await;
    for n in 0..200 {
        store(&kept.inbox, delivery(&format!("{n}"))).await;
    }
    kept.close().await;
    let pages = fs::metadata(&file).unwrap().len() / 4096;
    assert!(pages > 20, "{pages}");
    // All but the first page, which holds the schema.
    let mut damaged = OpenOptions::new().write(true).open(&file).unwrap();
    damaged.seek(SeekFrom::Start(4096)).unwrap();
    damaged
        .write_all(&vec![0x5a; usize::try_from((pages - 1) * 4096).unwrap()])
        .unwrap();
    says_recover(directory.path()).await;
}

#[tokio::test]
async fn a_directory_that_cannot_be_written_is_named() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("file"), "").unwrap();
    let mut config = settings(directory.path());
    config.store = InboxStore::File(directory.path().join("file/inbox.db"));
    let refused = Kept::open(&config, Hand::default().clock()).await;
    let refused = refused.err().unwrap().to_string();
    assert!(refused.starts_with("inbox.path: "), "{refused}");
    assert!(refused.contains("writable directory"), "{refused}");
}

async fn says_recover(directory: &Path) {
    let refused = opened(directory).await.err().unwrap();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
    let text = refused.to_string();
    assert!(text.contains("flyte-webhook inbox recover"), "{text}");
}

async fn opened(directory: &Path) -> Result<Kept, OpenError> {
    Kept::open(&settings(directory), Hand::default().clock()).await
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
