//! The process that accepts deliveries, and says which are acknowledged.

use std::{
    io::{self, Read, Write},
    path::Path,
    process::ExitCode,
    time::{Duration, Instant},
};

use flyte_webhook::inbox::Inbox;
use futures::future::join_all;

use crate::kept::{Kept, delivery};

/// How this binary is told to be the driver.
pub(crate) const NAME: &str = "drive-inbox";

/// How many accept at once.
const TASKS: usize = 16;

/// Runs until it is killed or its input ends.
pub(crate) fn main(arguments: &[String]) -> ExitCode {
    let [mode, directory, prefix] = arguments else {
        return ExitCode::from(2);
    };
    let input = std::thread::spawn(|| io::stdin().read_to_end(&mut Vec::new()));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let start = Instant::now();
        let kept = Kept::within(Path::new(directory)).await;
        say(&format!("ready {}", start.elapsed().as_micros()));
        let inbox = &kept.inbox;
        let accepting = async {
            match &**mode {
                "accept" => {
                    drop(join_all((0..TASKS).map(|n| accept(inbox, prefix, n, false))).await);
                }
                "early" => drop(join_all((0..TASKS).map(|n| accept(inbox, prefix, n, true))).await),
                "try" => insist(inbox, prefix).await,
                _ => std::future::pending().await,
            }
        };
        let ended = async {
            while !input.is_finished() {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            () = accepting => {}
            () = ended => {}
        }
    });
    ExitCode::SUCCESS
}

/// Accepts one after the other. What is acknowledged early was not yet committed.
async fn accept(inbox: &Inbox, prefix: &str, task: usize, early: bool) {
    for n in 0.. {
        let id = format!("{prefix}-{task}-{n}");
        if early {
            say(&id);
        }
        if inbox.accept(delivery(&id)).await.is_ok() && !early {
            say(&id);
        }
    }
}

/// Accepts one after the other, and says which of them were refused.
async fn insist(inbox: &Inbox, prefix: &str) {
    for n in 0.. {
        let id = format!("{prefix}-{n}");
        if inbox.accept(delivery(&id)).await.is_ok() {
            say(&format!("+{id}"));
        } else {
            say(&format!("!{id}"));
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

fn say(line: &str) {
    // Whoever listens may be gone.
    let _ = io::stdout().write_all(format!("{line}\n").as_bytes());
    let _ = io::stdout().flush();
}
