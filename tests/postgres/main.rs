#![cfg(test)]
//! The inbox on PostgreSQL: `make test-postgres`. One server, a database for each test.

#[path = "../it/harness.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod harness;
mod inbox;
mod replicas;
mod server;

use std::{
    io::{self, Write},
    path::Path,
    process::ExitCode,
};

use flyte_webhook::{
    config::{self, InboxStore},
    inbox::{Clock, Inbox},
};
use futures::future::LocalBoxFuture;
use jiff::Timestamp;

use inbox::{
    contract,
    kept::{self, Kept},
};
use server::Server;

/// A test by its name.
struct Case {
    name: &'static str,
    run: fn(String, Server) -> LocalBoxFuture<'static, Server>,
}

/// Runs a case of the contract on a database.
macro_rules! contract {
    ($($case:ident),* $(,)?) => {[$(Case {
        name: stringify!($case),
        run: |database, server| Box::pin(async move {
            let kept = open(&server, &database).await;
            contract::$case(kept.inbox.clone()).await;
            kept.close().await;
            server
        }),
    }),*]};
}

/// Runs a case that knows the server.
macro_rules! own {
    ($($case:ident),* $(,)?) => {[$(Case {
        name: stringify!($case),
        run: |database, server| Box::pin(replicas::$case(database, server)),
    }),*]};
}

const CONTRACT: [Case; 12] = contract!(
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

/// Which comes first has the fewest files, all of which are synchronised after a crash.
const OWN: [Case; 5] = own!(
    a_database_that_was_killed_has_all_that_was_accepted,
    several_servers_open_an_empty_database_at_once,
    what_one_server_accepts_another_launches_once,
    another_server_takes_over_when_one_is_gone,
    bodies_and_deliveries_go_when_they_are_old,
);

fn main() -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let mut server = Server::start(true).await;
        for (number, case) in OWN.iter().chain(&CONTRACT).enumerate() {
            let database = format!("case_{number}");
            server.create(&database).await;
            say(&format!("{} …", case.name));
            server = (case.run)(database, server).await;
        }
        drop(server);
        say("a_database_that_does_not_wait_for_its_disk_is_refused …");
        replicas::a_database_that_does_not_wait_for_its_disk_is_refused().await;
        say("all well");
    });
    ExitCode::SUCCESS
}

impl Server {
    /// A configuration of small numbers for one of the databases.
    pub(crate) fn settings(&self, database: &str) -> config::Inbox {
        config::Inbox {
            store: InboxStore::Postgres(self.url(database).into()),
            ..kept::settings(Path::new(""))
        }
    }
}

/// An inbox in a database.
pub(crate) async fn open(server: &Server, database: &str) -> Kept {
    Kept::open(&server.settings(database), clock())
        .await
        .unwrap()
}

pub(crate) fn clock() -> Clock {
    Clock::steady(Timestamp::now)
}

/// Another server's view of the same.
pub(crate) async fn inbox(server: &Server, database: &str) -> Inbox {
    Inbox::look(&server.settings(database), clock())
        .await
        .unwrap()
}

fn say(line: &str) {
    writeln!(io::stdout(), "{line}").unwrap();
}
