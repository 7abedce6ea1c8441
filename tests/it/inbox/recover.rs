//! A damaged file gives back all that can be read of it.

use std::{
    fs::{self, OpenOptions},
    io::{Seek, SeekFrom, Write},
};

use flyte_webhook::inbox::{Delivery, Filter, Inbox, recover};
use rand::{RngExt, SeedableRng, rngs::StdRng};
use sqlx::{ConnectOptions, Connection, sqlite::SqliteConnectOptions};
use tempfile::TempDir;

use super::kept::{Kept, delivery, store};

const DELIVERIES: u64 = 400;
const PAGE: u64 = 4096;
const LEASE: std::time::Duration = std::time::Duration::from_mins(1);

#[tokio::test]
async fn a_sound_file_gives_back_everything_also_what_is_only_in_its_log() {
    let directory = killed().await;
    let file = directory.path().join("inbox.db");
    assert!(fs::metadata(directory.path().join("inbox.db-wal")).is_ok());
    let (saved, damaged) = recover::recover(&file).await.unwrap();
    assert_eq!((saved.deliveries, saved.launches), (DELIVERIES, DELIVERIES));
    assert_eq!((saved.without_head, saved.without_inputs), (0, 0));
    assert_eq!(saved.unreadable_pages, 0);
    assert_eq!(damaged, directory.path().join("inbox.db-damaged-1"));
    let kept = Kept::within(directory.path()).await;
    let claimed = kept.inbox.claim(9_999, LEASE).await.unwrap();
    assert_eq!(claimed.jobs.len() as u64, DELIVERIES);
    assert!(claimed.jobs.iter().all(|job| job.trace.is_some()));
    let shown = kept.inbox.deliveries(&all()).await.unwrap();
    for record in &shown {
        let body = format!("the body of {}", record.delivery_id);
        let payload = kept.inbox.payload(record.id).await.unwrap();
        assert_eq!(payload.unwrap(), body.into_bytes());
    }
    kept.close().await;
}

#[tokio::test]
async fn a_body_over_many_pages_comes_back_whole() {
    let directory = tempfile::tempdir().unwrap();
    let kept = Kept::within(directory.path()).await;
    let body: Vec<u8> = (0..100_000_u32).flat_map(u32::to_le_bytes).collect();
    let large = Delivery {
        payload: Some(body.clone()),
        ..delivery("large")
    };
    let id = store(&kept.inbox, large).await;
    kept.close().await;
    let (saved, _) = recover::recover(&directory.path().join("inbox.db"))
        .await
        .unwrap();
    assert_eq!((saved.deliveries, saved.unreadable_pages), (1, 0));
    let kept = Kept::within(directory.path()).await;
    assert_eq!(kept.inbox.payload(id).await.unwrap(), Some(body));
    kept.close().await;
}

#[tokio::test]
async fn a_recovery_that_was_interrupted_is_finished_by_the_next_start() {
    let directory = killed().await;
    let file = |name: &str| directory.path().join(format!("inbox.db{name}"));
    recover::recover(&file("")).await.unwrap();
    // As if it had ended before the damaged file was replaced, with its log beside it.
    fs::rename(file(""), file("-restored")).unwrap();
    fs::rename(file("-damaged-1"), file("")).unwrap();
    fs::rename(file("-damaged-1-wal"), file("-wal")).unwrap();
    let damaged = OpenOptions::new().write(true).open(file("")).unwrap();
    damaged.set_len(PAGE / 2).unwrap();
    let kept = Kept::within(directory.path()).await;
    assert_eq!(kept.inbox.check().await.unwrap(), Vec::<String>::new());
    assert_eq!(claim(&kept.inbox).await, DELIVERIES);
    assert!(fs::metadata(file("-restored")).is_err());
    kept.close().await;
}

#[tokio::test]
async fn whichever_page_is_damaged_only_its_own_rows_are_lost() {
    let sound = sound().await;
    let pages = sound.len() as u64 / PAGE;
    assert!(pages > 40, "{pages}");
    let mut random = StdRng::seed_from_u64(1);
    for page in 0..pages {
        // Of its own: the log of one file is none of another's.
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("inbox.db");
        let mut noise = vec![0; usize::try_from(PAGE).unwrap()];
        random.fill(noise.as_mut_slice());
        // A kind that no page has.
        noise[0] = 0xee;
        fs::write(&file, &sound).unwrap();
        let mut damaged = OpenOptions::new().write(true).open(&file).unwrap();
        damaged.seek(SeekFrom::Start(page * PAGE)).unwrap();
        damaged.write_all(&noise).unwrap();
        let (saved, _) = recover::recover(&file).await.unwrap();
        // One page has at most so many of the small rows.
        let lost = 2 * DELIVERIES - saved.deliveries - saved.launches + saved.without_head;
        assert!(lost <= 60, "page {page}: {saved:?}");
        let kept = Kept::within(directory.path()).await;
        assert!(kept.inbox.check().await.unwrap().is_empty());
        let jobs = claim(&kept.inbox).await;
        assert_eq!(jobs, saved.launches - saved.without_inputs, "page {page}");
        kept.close().await;
    }
}

/// The bytes of such an inbox, all of them in the file itself.
async fn sound() -> Vec<u8> {
    let directory = killed().await;
    let file = directory.path().join("inbox.db");
    let options = SqliteConnectOptions::new().filename(&file);
    let mut connection = options.connect().await.unwrap();
    let checkpoint = sqlx::raw_sql("PRAGMA wal_checkpoint(TRUNCATE)");
    checkpoint.execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    fs::read(&file).unwrap()
}

/// An inbox of many small deliveries, as a kill leaves it: a copy of the files while
/// they are open.
async fn killed() -> TempDir {
    let (open, left) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let kept = Kept::within(open.path()).await;
    let deliveries = (0..DELIVERIES).map(|n| {
        let inbox = kept.inbox.clone();
        async move { store(&inbox, delivery(&format!("{n}"))).await }
    });
    futures::future::join_all(deliveries).await;
    for name in ["inbox.db", "inbox.db-wal"] {
        fs::copy(open.path().join(name), left.path().join(name)).unwrap();
    }
    kept.close().await;
    left
}

async fn claim(inbox: &Inbox) -> u64 {
    let jobs = inbox.claim(9_999, LEASE).await;
    jobs.unwrap().jobs.len() as u64
}

fn all() -> Filter {
    Filter {
        limit: 9_999,
        ..Filter::default()
    }
}
