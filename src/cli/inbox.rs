//! `flyte-webhook inbox`

use std::{fmt::Write, process::ExitCode};

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};
use jiff::Timestamp;
use serde_json::{Value, json};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

use super::{
    config::{SourceArgs, refuse},
    exit_code, print, write_out,
};
use crate::{
    config::{self, InboxStore, load},
    inbox::{Clock, DeliveryId, Filter, Inbox, Record, State, recover},
    metrics::Metrics,
};

/// Look at the inbox of accepted deliveries, and repair it
#[derive(Subcommand)]
pub(super) enum Command {
    /// Say how full the inbox is, how far behind, and whether it is sound.
    Check(SourceArgs),
    /// List deliveries, the newest first, one JSON object a line.
    List(ListArgs),
    /// List the deliveries with a dead letter, likewise.
    Dead(ListArgs),
    /// Start what a delivery starts once more, by the number that list shows. With a file
    /// the server has to be stopped.
    Replay(DeliveryArgs),
    /// Write the body of a delivery as it came, by the number that list shows, if it is
    /// still kept.
    Body(DeliveryArgs),
    /// Make a sound inbox of all that can be read of a damaged file, which is kept under
    /// another name. The server has to be stopped.
    Recover(SourceArgs),
}

/// Which deliveries to list
#[derive(Args)]
pub(super) struct ListArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// Only those of this hook.
    #[arg(long)]
    hook: Option<String>,
    /// Only those with a launch in this state.
    #[arg(long)]
    state: Option<Word>,
    /// Only those before the one with this number.
    #[arg(long)]
    before: Option<i64>,
    /// At most so many.
    #[arg(long, default_value_t = 100)]
    limit: u32,
}

/// Which delivery
#[derive(Args)]
pub(super) struct DeliveryArgs {
    #[command(flatten)]
    source: SourceArgs,
    /// The number of the delivery.
    id: i64,
}

/// The word for a state.
#[derive(Clone, Copy, ValueEnum)]
enum Word {
    Pending,
    Leased,
    Launched,
    Dead,
}

/// Runs one of the commands.
pub(super) fn run(command: &Command) -> ExitCode {
    let source = match command {
        Command::Check(source) | Command::Recover(source) => source,
        Command::List(args) | Command::Dead(args) => &args.source,
        Command::Replay(args) | Command::Body(args) => &args.source,
    };
    match load(&source.sources()) {
        Ok(loaded) => exit_code(with_inbox(loaded.config.inbox.as_ref(), command)),
        Err(problems) => refuse(&problems),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn with_inbox(config: Option<&config::Inbox>, command: &Command) -> anyhow::Result<()> {
    let config = config.context("inbox.path: there is no inbox; write the path of its file")?;
    match command {
        Command::Check(_) => check(config).await,
        Command::List(args) => list(config, filter(args)).await,
        Command::Dead(args) => {
            let state = Some(State::Dead);
            list(
                config,
                Filter {
                    state,
                    ..filter(args)
                },
            )
            .await
        }
        Command::Replay(args) => replay(config, DeliveryId(args.id)).await,
        Command::Body(args) => body(config, DeliveryId(args.id)).await,
        Command::Recover(_) => repair(config).await,
    }
}

async fn check(config: &config::Inbox) -> anyhow::Result<()> {
    let inbox = Inbox::look(config, clock()).await?;
    let findings = inbox.check().await?;
    if !findings.is_empty() {
        bail!(
            "the inbox is damaged; stop the server and run `flyte-webhook inbox recover`:\n{}",
            findings.join("\n")
        );
    }
    let status = inbox.status().await?;
    let oldest = status.oldest.map(|age| age.as_secs());
    let line = json!({
        "sound": true,
        "pending": status.pending,
        "oldest_seconds": oldest,
        "dead": status.dead,
        "volume": inbox.volume().to_string(),
    });
    print(&format!("{line}\n"));
    Ok(())
}

async fn list(config: &config::Inbox, filter: Filter) -> anyhow::Result<()> {
    let inbox = Inbox::look(config, clock()).await?;
    let mut lines = String::new();
    for record in inbox.deliveries(&filter).await? {
        writeln!(lines, "{}", line(&record))?;
    }
    print(&lines);
    Ok(())
}

async fn replay(config: &config::Inbox, id: DeliveryId) -> anyhow::Result<()> {
    let metrics = Metrics::new(Timestamp::now());
    let (inbox, keeper) = Inbox::open(config, clock(), metrics).await?;
    let (stop, tasks) = (CancellationToken::new(), TaskTracker::new());
    tasks.spawn(keeper.run(stop.clone()));
    let replayed = inbox.replay(id).await;
    stop.cancel();
    tasks.close();
    tasks.wait().await;
    match replayed? {
        None => bail!("there is no delivery {}", id.0),
        Some(0) => bail!(
            "delivery {} has nothing to replay: all is pending, or its inputs are no longer kept",
            id.0
        ),
        Some(launches) => print(&format!("{launches} to launch\n")),
    }
    Ok(())
}

async fn body(config: &config::Inbox, id: DeliveryId) -> anyhow::Result<()> {
    let inbox = Inbox::look(config, clock()).await?;
    let body = inbox.payload(id).await?;
    let body = body.with_context(|| format!("no body of delivery {} is kept", id.0))?;
    write_out(&body);
    Ok(())
}

async fn repair(config: &config::Inbox) -> anyhow::Result<()> {
    let InboxStore::File(path) = &config.store else {
        bail!("inbox.postgres_url: a database is recovered by its own means");
    };
    let (saved, damaged) = recover::recover(path).await?;
    print(&format!(
        "saved {} deliveries and {} launches; {} pages made no sense\n\
         {} launches lost their inputs and are dead letters, {} deliveries are known by their \
         launches alone\nthe damaged file is {}\n",
        saved.deliveries,
        saved.launches,
        saved.unreadable_pages,
        saved.without_inputs,
        saved.without_head,
        damaged.display(),
    ));
    Ok(())
}

fn filter(args: &ListArgs) -> Filter {
    Filter {
        hook: args.hook.clone(),
        state: args.state.map(Word::state),
        before: args.before.map(DeliveryId),
        limit: args.limit,
    }
}

impl Word {
    const fn state(self) -> State {
        match self {
            Self::Pending => State::Pending,
            Self::Leased => State::Leased,
            Self::Launched => State::Launched,
            Self::Dead => State::Dead,
        }
    }
}

/// A delivery as people read it: neither its body nor its inputs.
fn line(record: &Record) -> Value {
    let launches = record.launches.iter().map(|launch| {
        json!({
            "task": launch.task,
            "key": launch.key,
            "state": launch.state.as_str(),
            "attempts": launch.attempts,
            "run": launch.run,
            "reason": launch.reason,
        })
    });
    json!({
        "id": record.id.0,
        "hook": record.hook,
        "delivery_id": record.delivery_id,
        "received_at": record.received_at.to_string(),
        "reason": record.reason,
        "launches": launches.collect::<Vec<_>>(),
    })
}

fn clock() -> Clock {
    Clock::steady(Timestamp::now)
}
