//! What every store does.

use std::{collections::HashSet, time::Duration};

use flyte_webhook::inbox::{
    Accepted, Delivery, DeliveryId, Filter, First, Inbox, Job, LaunchRecord, Memory, Settlement,
    State,
};
use futures::future::join_all;

use super::kept::{TRACE, delivery, launch, store};

const LEASE: Duration = Duration::from_mins(1);

pub(crate) async fn a_delivery_is_kept_claimed_launched_and_shown(inbox: Inbox) {
    let id = store(&inbox, delivery("a")).await;
    let job = one(&inbox).await;
    assert_eq!(
        (job.delivery, &*job.hook, &*job.delivery_id),
        (id, "deploy", "a")
    );
    assert_eq!(
        (&*job.task, job.version.as_deref()),
        ("production/site/deploy", Some("v42"))
    );
    assert_eq!((&*job.inputs, &*job.key), (r#"{"commit":"a"}"#, "a"));
    assert_eq!((job.attempts, job.replays, &job.run), (1, 0, &None));
    assert_eq!(job.labels["hook"], "deploy");
    assert_eq!(job.trace.map(|it| it.to_text()).as_deref(), Some(TRACE));
    assert_eq!(nothing(&inbox).await, Some(LEASE.as_secs()));
    let status = inbox.status().await.unwrap();
    assert_eq!((status.pending, status.dead), (1, 0));
    assert!(status.oldest.unwrap() < Duration::from_mins(10));

    let run = "wabc".to_owned();
    assert!(
        inbox
            .settle(job.lease, Settlement::Launched { run })
            .await
            .unwrap()
    );
    let record = inbox.delivery(id).await.unwrap().unwrap();
    assert_eq!(
        (&*record.hook, &*record.delivery_id, record.reason),
        ("deploy", "a", None)
    );
    assert_eq!(record.event, r#"{"type":"push"}"#);
    assert_eq!(shown(&record.launches), [(State::Launched, 1, "wabc", "")]);
    assert_eq!(inbox.payload(id).await.unwrap().unwrap(), b"the body of a");
    let status = inbox.status().await.unwrap();
    assert_eq!((status.pending, status.oldest), (0, None));
    assert_eq!(inbox.delivery(DeliveryId(id.0 + 1)).await.unwrap(), None);
}

pub(crate) async fn a_repeated_delivery_is_answered_with_what_came_of_the_first(inbox: Inbox) {
    let id = store(&inbox, delivery("a")).await;
    let first = duplicate(&inbox, delivery("a")).await;
    assert_eq!((first.id, first.same_body), (id, true));
    assert_eq!(shown(&first.launches), [(State::Pending, 0, "", "")]);

    let mut renamed = delivery("a");
    renamed.delivery_id = "b".to_owned();
    let first = duplicate(&inbox, renamed).await;
    assert_eq!((first.id, first.same_body), (id, true));
    let mut changed = delivery("b");
    changed.delivery_id = "a".to_owned();
    let first = duplicate(&inbox, changed).await;
    assert_eq!((first.id, first.same_body), (id, false));

    let mut elsewhere = delivery("a");
    elsewhere.hook = "other".to_owned();
    store(&inbox, elsewhere).await;
    assert_eq!(claim(&inbox, 9).await.len(), 2);
    let found = inbox.find(&delivery("a")).await.unwrap().unwrap();
    assert_eq!(found.launches[0].state, State::Leased);
    assert_eq!(inbox.find(&delivery("c")).await.unwrap(), None);
}

pub(crate) async fn what_is_not_to_be_remembered_is_not(inbox: Inbox) {
    let with = |id: &str, memory| Delivery {
        memory,
        ..delivery(id)
    };
    store(&inbox, with("a", Memory::Nothing)).await;
    store(&inbox, with("a", Memory::Nothing)).await;
    store(&inbox, with("a", Memory::Id)).await;
    duplicate(&inbox, with("a", Memory::Id)).await;
    let mut same_body = with("a", Memory::Id);
    same_body.delivery_id = "b".to_owned();
    store(&inbox, same_body).await;
}

pub(crate) async fn of_many_that_come_at_once_one_is_stored(inbox: Inbox) {
    let accepts = (0..200).map(|n| {
        let inbox = inbox.clone();
        let mut delivery = delivery("same");
        // Some have the same id, some the same body.
        if n % 2 == 0 {
            delivery.delivery_id = format!("{n}");
        }
        async move { inbox.accept(delivery).await.unwrap() }
    });
    let accepted = join_all(accepts).await;
    let stored = accepted
        .iter()
        .filter(|it| matches!(it, Accepted::Stored(_)));
    assert_eq!(stored.count(), 1);
    assert_eq!(claim(&inbox, 999).await.len(), 1);
}

pub(crate) async fn each_of_many_that_come_at_once_has_what_is_its_own(inbox: Inbox) {
    let name = |of: usize, n: usize| format!("{of}-{n}");
    let accepts = (0..300).map(|of| {
        let mut delivery = delivery(&of.to_string());
        delivery.launches = (0..of % 4).map(|n| launch(&name(of, n))).collect();
        delivery.payload.take_if(|_| of % 3 == 0);
        let again = of % 5 == 0;
        let inbox = inbox.clone();
        async move {
            let second = again.then(|| duplicate_of(&delivery));
            let id = store(&inbox, delivery).await;
            if let Some(second) = second {
                assert_eq!(duplicate(&inbox, second).await.id, id);
            }
            (of, id)
        }
    });
    let stored = join_all(accepts).await;
    let jobs = claim(&inbox, 999).await;
    for (of, id) in stored {
        let mut own: Vec<_> = jobs.iter().filter(|job| job.delivery == id).collect();
        own.sort_by_key(|job| &job.key);
        let own: Vec<_> = own.iter().map(|job| (&*job.key, &*job.inputs)).collect();
        let sent: Vec<_> = (0..of % 4).map(|n| launch(&name(of, n))).collect();
        let sent: Vec<_> = sent.iter().map(|it| (&*it.key, &*it.inputs)).collect();
        assert_eq!(own, sent);
        let body = (of % 3 != 0).then(|| format!("the body of {of}").into_bytes());
        assert_eq!(inbox.payload(id).await.unwrap(), body);
        let record = inbox.delivery(id).await.unwrap().unwrap();
        assert_eq!(record.delivery_id, of.to_string());
    }
}

pub(crate) async fn no_two_claims_have_the_same(inbox: Inbox) {
    let deliveries = (0..100).map(|n| store(&inbox, delivery(&format!("{n}"))));
    join_all(deliveries).await;
    let claims = join_all((0..20).map(|_| claim(&inbox, 10))).await;
    let jobs: Vec<Job> = claims.into_iter().flatten().collect();
    let keys: HashSet<&str> = jobs.iter().map(|job| &*job.key).collect();
    assert_eq!((jobs.len(), keys.len()), (100, 100));
}

pub(crate) async fn who_has_lost_a_lease_changes_nothing(inbox: Inbox) {
    let id = store(&inbox, delivery("a")).await;
    let short = inbox.claim(1, Duration::ZERO).await.unwrap().jobs;
    let lost = short[0].lease;
    let job = until_claimed(&inbox).await;
    assert_eq!(job.attempts, 2);
    let reason = || "no".to_owned();
    let settled = inbox.settle(lost, Settlement::Dead { reason: reason() });
    assert!(!settled.await.unwrap());
    assert!(!inbox.renew(lost, LEASE).await.unwrap());
    assert!(inbox.renew(job.lease, LEASE).await.unwrap());
    let record = inbox.delivery(id).await.unwrap().unwrap();
    assert_eq!(shown(&record.launches), [(State::Leased, 2, "", "")]);
    let settled = inbox.settle(job.lease, Settlement::Dead { reason: reason() });
    assert!(settled.await.unwrap());
    assert!(!inbox.settle(job.lease, Settlement::Returned).await.unwrap());
}

pub(crate) async fn what_failed_waits_and_what_was_returned_does_not(inbox: Inbox) {
    store(&inbox, delivery("a")).await;
    let again = Duration::from_secs(100);
    let reason = "unavailable".to_owned();
    let failed = Settlement::Retry { again, reason };
    let settled = inbox.settle(one(&inbox).await.lease, failed);
    assert!(settled.await.unwrap());
    let wait = nothing(&inbox).await.unwrap();
    assert!((90..=100).contains(&wait), "{wait}");
    inbox.hurry().await.unwrap();
    let job = one(&inbox).await;
    assert_eq!(job.attempts, 2);
    assert!(inbox.settle(job.lease, Settlement::Returned).await.unwrap());

    let job = one(&inbox).await;
    assert_eq!(job.attempts, 2);
    let queued = Settlement::Queued {
        run: "wabc".to_owned(),
        again: Duration::ZERO,
    };
    assert!(inbox.settle(job.lease, queued).await.unwrap());
    let job = one(&inbox).await;
    assert_eq!((job.attempts, job.run.as_deref()), (2, Some("wabc")));
}

pub(crate) async fn a_dead_letter_is_replayed_under_its_key_and_a_run_as_another(inbox: Inbox) {
    let mut two = delivery("a");
    two.launches.push(launch("b"));
    let id = store(&inbox, two).await;
    assert_eq!(inbox.replay(id).await.unwrap(), Some(0), "both are pending");
    for job in claim(&inbox, 2).await {
        let settlement = match &*job.key {
            "a" => Settlement::Dead {
                reason: "refused".to_owned(),
            },
            _ => Settlement::Launched {
                run: "wabc".to_owned(),
            },
        };
        assert!(inbox.settle(job.lease, settlement).await.unwrap());
    }
    assert_eq!(inbox.status().await.unwrap().dead, 1);
    let record = inbox.delivery(id).await.unwrap().unwrap();
    assert_eq!(
        shown(&record.launches),
        [
            (State::Dead, 1, "", "refused"),
            (State::Launched, 1, "wabc", "")
        ]
    );
    assert_eq!(inbox.replay(id).await.unwrap(), Some(2));
    assert_eq!(inbox.replay(DeliveryId(id.0 + 1)).await.unwrap(), None);
    let jobs = claim(&inbox, 9).await;
    let seen: Vec<_> = jobs
        .iter()
        .map(|it| (&*it.key, it.attempts, it.replays))
        .collect();
    assert_eq!(seen, [("a", 1, 0), ("b", 1, 1)]);
    assert_eq!(jobs[1].run, None);
}

pub(crate) async fn deliveries_are_shown_by_page_hook_and_state(inbox: Inbox) {
    let mut ids = Vec::new();
    for n in 0..5 {
        let mut delivery = delivery(&format!("{n}"));
        if n == 3 {
            delivery.hook = "other".to_owned();
        }
        if n == 4 {
            delivery.launches.clear();
            delivery.reason = Some("filtered".to_owned());
        }
        ids.push(store(&inbox, delivery).await);
    }
    let job = &claim(&inbox, 1).await[0];
    let reason = "refused".to_owned();
    assert!(
        inbox
            .settle(job.lease, Settlement::Dead { reason })
            .await
            .unwrap()
    );
    let page = |filter: Filter| {
        let inbox = inbox.clone();
        async move {
            let page = inbox.deliveries(&filter).await.unwrap();
            page.iter().map(|record| record.id).collect::<Vec<_>>()
        }
    };
    let all = || Filter {
        limit: 2,
        ..Filter::default()
    };
    assert_eq!(page(all()).await, [ids[4], ids[3]]);
    let before = Some(ids[3]);
    assert_eq!(page(Filter { before, ..all() }).await, [ids[2], ids[1]]);
    let hook = Some("other".to_owned());
    assert_eq!(page(Filter { hook, ..all() }).await, [ids[3]]);
    let state = Some(State::Dead);
    assert_eq!(page(Filter { state, ..all() }).await, [ids[0]]);
    let state = Some(State::Pending);
    assert_eq!(page(Filter { state, ..all() }).await, [ids[3], ids[2]]);
    let filtered = inbox.delivery(ids[4]).await.unwrap().unwrap();
    assert_eq!(filtered.reason.as_deref(), Some("filtered"));
    assert_eq!(filtered.launches, []);
}

pub(crate) async fn a_body_that_is_too_large_is_launched_but_not_kept(inbox: Inbox) {
    let mut large = delivery("a");
    large.payload = Some(vec![b'x'; (1 << 20) + 1]);
    let id = store(&inbox, large).await;
    assert_eq!(inbox.payload(id).await.unwrap(), None);
    assert!(!inbox.delivery(id).await.unwrap().unwrap().has_payload);
    one(&inbox).await;
}

pub(crate) async fn what_was_launched_before_is_only_remembered(inbox: Inbox) {
    let mut launched = delivery("a");
    launched.launches[0].run = Some("wabc".to_owned());
    store(&inbox, launched).await;
    assert_eq!(nothing(&inbox).await, None);
    let first = duplicate(&inbox, delivery("a")).await;
    assert_eq!(shown(&first.launches), [(State::Launched, 0, "wabc", "")]);
}

fn duplicate_of(first: &Delivery) -> Delivery {
    Delivery {
        launches: vec![launch("again")],
        ..delivery(&first.delivery_id)
    }
}

async fn duplicate(inbox: &Inbox, delivery: Delivery) -> First {
    match inbox.accept(delivery).await.unwrap() {
        Accepted::Duplicate(first) => first,
        stored @ Accepted::Stored(_) => panic!("{stored:?}"),
    }
}

async fn claim(inbox: &Inbox, most: usize) -> Vec<Job> {
    inbox.claim(most, LEASE).await.unwrap().jobs
}

/// The one job that is due.
async fn one(inbox: &Inbox) -> Job {
    let mut jobs = claim(inbox, 9).await;
    assert_eq!(jobs.len(), 1, "{jobs:?}");
    jobs.remove(0)
}

/// A lease of no time is over with the next microsecond.
async fn until_claimed(inbox: &Inbox) -> Job {
    loop {
        if let Some(job) = claim(inbox, 1).await.pop() {
            return job;
        }
    }
}

/// Claims nothing; gives in how many seconds, rounded up, there is something.
async fn nothing(inbox: &Inbox) -> Option<u64> {
    let claimed = inbox.claim(9, LEASE).await.unwrap();
    assert_eq!(claimed.jobs, []);
    claimed
        .next
        .map(|next| u64::try_from(next.as_micros().div_ceil(1_000_000)).unwrap())
}

fn shown(launches: &[LaunchRecord]) -> Vec<(State, u32, &str, &str)> {
    launches
        .iter()
        .map(|it| {
            let run = it.run.as_deref().unwrap_or_default();
            (
                it.state,
                it.attempts,
                run,
                it.reason.as_deref().unwrap_or_default(),
            )
        })
        .collect()
}
