//! Deliveries that come several times, to servers that are killed, in front of a control
//! plane that fails: every one of them is one run, executed once.

pub(crate) mod control;
pub(crate) mod delivery;
mod desk;
mod fault;
mod plane;
mod progress;
mod senders;
mod servers;

use std::{
    collections::HashMap,
    fmt,
    time::{Duration, Instant},
};

use tokio::time::sleep;

pub(crate) use self::{fault::Weather, plane::Plane, senders::Volume, servers::Setup};
use self::{
    progress::Progress,
    senders::key,
    servers::{Ack, Servers},
};
use crate::harness::spawn;

/// How long what was accepted last may take to be executed.
const PATIENCE: Duration = Duration::from_secs(30);

/// A storm.
pub(crate) struct Storm {
    pub(crate) setup: Setup,
    pub(crate) volume: Volume,
    pub(crate) kills: usize,
    pub(crate) weather: Weather,
}

/// What came of it.
pub(crate) struct Outcome {
    pub(crate) runs: usize,
    kills: usize,
    faults: u64,
    calls: u64,
    /// How many dead letters there were, each of which was replayed.
    dead: usize,
    seconds: u64,
    pub(crate) complaints: Vec<String>,
}

impl Storm {
    pub(crate) async fn blow(self) -> Outcome {
        let begin = Instant::now();
        let plane = Plane::start(self.weather).await;
        let servers = Servers::start(&plane.endpoint, &self.setup).await;
        let addresses = servers.addresses();
        let progress = Progress::new(self.volume.events * self.volume.times);
        let killer = spawn(servers.kill(self.kills, progress.clone()));
        let mut complaints = senders::send(addresses.clone(), self.volume, &progress).await;
        let mut dead = 0;
        if self.setup.ack == Ack::Stored {
            let (replayed, wrong) = desk::empty(&addresses).await;
            dead = replayed;
            complaints.extend(wrong);
        }
        let servers = killer.await.unwrap();
        // Whoever did not look would have all of them executed again.
        sleep(plane::COLLECTED).await;
        let once_more = Volume {
            times: 1,
            ..self.volume
        };
        let again = Progress::new(self.volume.events);
        complaints.extend(senders::send(addresses.clone(), once_more, &again).await);
        if self.setup.ack == Ack::Stored {
            // Whatever the last kill has interrupted.
            let (replayed, wrong) = desk::empty(&addresses).await;
            dead += replayed;
            complaints.extend(wrong);
        }
        complaints.extend(judge(&plane, self.volume.events).await);
        drop(servers);
        let (calls, faults) = plane.calls();
        Outcome {
            runs: plane.runs().len(),
            kills: self.kills,
            faults,
            calls,
            dead,
            seconds: begin.elapsed().as_secs(),
            complaints,
        }
    }
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            runs,
            kills,
            faults,
            calls,
            dead,
            seconds,
            ..
        } = self;
        write!(
            f,
            "runs={runs},kills={kills},faults={faults}/{calls},replayed={dead},{seconds}s"
        )
    }
}

/// What is wrong with the runs of so many events, each of which was acknowledged.
async fn judge(plane: &Plane, events: usize) -> Vec<String> {
    let begin = Instant::now();
    loop {
        let wrong = wrong(plane, events);
        if wrong.is_empty() || begin.elapsed() > PATIENCE {
            return wrong;
        }
        sleep(Duration::from_millis(500)).await;
    }
}

fn wrong(plane: &Plane, events: usize) -> Vec<String> {
    let mut of_key: HashMap<String, Vec<usize>> = HashMap::new();
    for run in plane.runs().into_values() {
        let executions = run.executions();
        of_key.entry(run.key).or_default().push(executions);
    }
    let mut wrong = Vec::new();
    for event in 0..events {
        let key = key(event);
        let runs = of_key.remove(&key).unwrap_or_default();
        if runs != [1] {
            wrong.push(format!("{key}: its runs were executed {runs:?} times"));
        }
    }
    wrong.extend(
        of_key
            .into_keys()
            .map(|key| format!("a run of {key}, which is no event")),
    );
    wrong
}
