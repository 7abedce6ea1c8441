//! How long the inbox keeps what.

use std::time::Duration;

use flyte_webhook::inbox::{DeliveryId, Inbox, Settlement};

use super::kept::{Hand, Kept, delivery, settings, store};

const DAY: i64 = 86_400;

#[tokio::test]
async fn bodies_go_after_a_day_deliveries_after_a_week_and_what_waits_never() {
    let directory = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    hand.turn(1_700_000_000);
    let open = async || {
        Kept::open(&settings(directory.path()), hand.clock())
            .await
            .unwrap()
    };
    let kept = open().await;
    let [launched, dead, waiting] = three(&kept.inbox, &hand).await;
    kept.close().await;

    // Each opening sweeps at once.
    hand.turn(2 * DAY);
    let kept = open().await;
    until(&kept.inbox, launched, |payload, _| !payload).await;
    until(&kept.inbox, dead, |payload, known| payload && known).await;
    assert_eq!(kept.inbox.replay(launched).await.unwrap(), Some(0));
    assert!(
        kept.inbox
            .find(&delivery("launched"))
            .await
            .unwrap()
            .is_some()
    );
    kept.close().await;

    hand.turn(6 * DAY);
    let kept = open().await;
    until(&kept.inbox, launched, |_, known| !known).await;
    until(&kept.inbox, dead, |payload, known| payload && known).await;
    until(&kept.inbox, waiting, |payload, known| payload && known).await;
    store(&kept.inbox, delivery("launched")).await;
    kept.close().await;

    hand.turn(100 * DAY);
    let kept = open().await;
    until(&kept.inbox, dead, |_, known| !known).await;
    until(&kept.inbox, waiting, |payload, known| payload && known).await;
    kept.close().await;
}

#[tokio::test]
async fn an_inbox_that_gets_full_gives_up_bodies_that_are_not_needed() {
    let directory = tempfile::tempdir().unwrap();
    let hand = Hand::default();
    hand.turn(1_700_000_000);
    let mut config = settings(directory.path());
    config.max_bytes = 1 << 20;
    let kept = Kept::open(&config, hand.clock()).await.unwrap();
    // Many times what it may hold.
    for n in 0..64 {
        let mut large = delivery(&format!("{n}"));
        large.received_at = hand.now();
        large.payload = Some(vec![b'x'; 64 << 10]);
        while kept.inbox.ready().is_err() {
            hand.turn(1);
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        store(&kept.inbox, large).await;
        let job = kept
            .inbox
            .claim(1, config.lease)
            .await
            .unwrap()
            .jobs
            .remove(0);
        let run = "wabc".to_owned();
        let settled = kept.inbox.settle(job.lease, Settlement::Launched { run });
        assert!(settled.await.unwrap());
    }
    kept.close().await;
}

/// One that is launched, one that is dead, one that waits.
async fn three(inbox: &Inbox, hand: &Hand) -> [DeliveryId; 3] {
    let mut ids = Vec::new();
    for id in ["launched", "dead", "waiting"] {
        let mut delivery = delivery(id);
        delivery.received_at = hand.now();
        ids.push(store(inbox, delivery).await);
    }
    let lease = Duration::from_mins(1);
    for job in inbox.claim(9, lease).await.unwrap().jobs {
        let settlement = match &*job.key {
            "launched" => Settlement::Launched {
                run: "wabc".to_owned(),
            },
            "dead" => Settlement::Dead {
                reason: "refused".to_owned(),
            },
            _ => Settlement::Returned,
        };
        assert!(inbox.settle(job.lease, settlement).await.unwrap());
    }
    ids.try_into().unwrap()
}

/// Waits until a delivery is as it should be: whether its body is there, and it itself.
async fn until(inbox: &Inbox, id: DeliveryId, is_so: fn(bool, bool) -> bool) {
    for _ in 0..2_000 {
        let record = inbox.delivery(id).await.unwrap();
        let payload = record.as_ref().is_some_and(|record| record.has_payload);
        if is_so(payload, record.is_some()) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("delivery {id:?} does not become what it should");
}
