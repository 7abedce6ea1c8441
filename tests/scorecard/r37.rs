//! Schedules: an inbox, its servers and a control plane, in an order that a seed decides.
//!
//! Deliveries come and come again, launches begin and end in any order, answers get
//! lost, runs are stored and not queued, leases run out while their holders go on,
//! processes are killed, the clock is set. Whatever happens: every key has one run,
//! executed once, or is dead with its reason; nothing that was accepted is forgotten,
//! and nothing waits longer than the longest pause.

mod model;

use std::{collections::BTreeSet, path::Path, sync::Arc};

use flyte_webhook::inbox::{Accepted, Filter, Job, State, Worker};
use rand::{RngExt, SeedableRng, rngs::StdRng};

use crate::{
    Size,
    kept::{Hand, Kept, delivery, settings},
    verdict::Verdict,
};
use model::{ControlPlane, Naming};

const SEEDS: usize = 1_000;
const STEPS: usize = 120;
const CONTROL: usize = 20;
/// How many of the rounds at the end may be needed, each as long as the longest pause.
const ROUNDS: usize = 40;

pub(crate) async fn run(size: Size) -> Verdict {
    let seeds = size.of(SEEDS);
    let mut complaints = Vec::new();
    for seed in 0..seeds {
        let wrong = Simulation::run(seed as u64, Naming::ByKey).await;
        complaints.extend(wrong.into_iter().map(|what| format!("seed {seed}: {what}")));
    }
    let mut caught = false;
    for seed in 0..CONTROL {
        caught |= !Simulation::run(seed as u64, Naming::ByAttempt)
            .await
            .is_empty();
    }
    Verdict::new(
        format!("seeds={seeds},wrong={}", complaints.len()),
        complaints,
    )
    .with_control(caught, "runs named by their attempt")
}

struct Simulation<'a> {
    random: StdRng,
    hand: Hand,
    directory: &'a Path,
    kept: Option<Kept>,
    control_plane: Arc<ControlPlane>,
    held: Vec<Job>,
    accepted: BTreeSet<String>,
    wrong: Vec<String>,
}

impl Simulation<'_> {
    async fn run(seed: u64, naming: Naming) -> Vec<String> {
        let directory = tempfile::tempdir().unwrap();
        let hand = Hand::default();
        hand.turn(1_700_000_000);
        let mut simulation = Simulation {
            random: StdRng::seed_from_u64(seed),
            hand,
            directory: directory.path(),
            kept: None,
            control_plane: Arc::new(ControlPlane::new(seed, naming)),
            held: Vec::new(),
            accepted: BTreeSet::new(),
            wrong: Vec::new(),
        };
        simulation.open().await;
        for _ in 0..STEPS {
            simulation.step().await;
        }
        simulation.finish().await;
        simulation.wrong
    }

    async fn open(&mut self) {
        let config = settings(self.directory);
        let kept = Kept::open(&config, self.hand.clock()).await.unwrap();
        self.kept = Some(kept);
    }

    fn kept(&self) -> &Kept {
        self.kept.as_ref().unwrap()
    }

    async fn step(&mut self) {
        match self.random.random_range(0..100) {
            0..25 => self.deliver().await,
            25..45 => self.claim().await,
            45..80 => self.launch().await,
            80..88 => {
                let seconds = self.random.random_range(0..120);
                self.hand.turn(seconds);
            }
            88..92 => self.set_clock().await,
            92..96 => {
                // A server is gone with what it held; the others know nothing of it.
                let gone = self.random.random_range(0..=self.held.len());
                self.held.truncate(gone);
            }
            _ => self.kill().await,
        }
    }

    /// Something new, or something that has been here.
    async fn deliver(&mut self) {
        let n = self.random.random_range(0..30);
        let key = format!("{}-{n}", if n % 10 == 0 { "refused" } else { "key" });
        let accepted = self.kept().inbox.accept(delivery(&key)).await.unwrap();
        let is_new = self.accepted.insert(key.clone());
        if is_new != matches!(accepted, Accepted::Stored(_)) {
            self.wrong.push(format!("{key}: {accepted:?}"));
        }
    }

    async fn claim(&mut self) {
        let config = settings(self.directory);
        let most = self.random.random_range(1..5);
        let claimed = self.kept().inbox.claim(most, config.lease).await.unwrap();
        let longest = config.backoff.most.max(config.lease);
        if claimed.next.is_some_and(|next| next > longest) {
            self.wrong
                .push(format!("the next is due in {:?}", claimed.next));
        }
        self.held.extend(claimed.jobs);
    }

    /// Any of the held launches ends, also those whose lease is over.
    async fn launch(&mut self) {
        if self.held.is_empty() {
            return;
        }
        let index = self.random.random_range(0..self.held.len());
        let job = self.held.swap_remove(index);
        let config = settings(self.directory);
        let launcher = Arc::clone(&self.control_plane);
        let inbox = self.kept().inbox.clone();
        Worker::new(inbox, &config, model::Handle(launcher), || 1.0)
            .attempt(job)
            .await;
    }

    /// Somebody sets the clock while the server is down.
    async fn set_clock(&mut self) {
        self.kill().await;
        let seconds = [-86_400, -3_600, 3_600, 86_400][self.random.random_range(0..4)];
        self.kept.take().unwrap().close().await;
        self.hand.turn(seconds);
        self.open().await;
    }

    /// The process ends in the middle of things.
    async fn kill(&mut self) {
        self.held.clear();
        self.kept.take().unwrap().kill().await;
        self.open().await;
    }

    /// The world is sound from now on: everything comes to its end.
    async fn finish(&mut self) {
        self.control_plane.heal();
        for _ in 0..ROUNDS {
            self.claim().await;
            while !self.held.is_empty() {
                self.launch().await;
            }
            if self.kept().inbox.status().await.unwrap().pending == 0 {
                break;
            }
            self.hand.turn(601);
        }
        let all = Filter {
            limit: 1_000,
            ..Filter::default()
        };
        let records = self.kept().inbox.deliveries(&all).await.unwrap();
        let ended: BTreeSet<String> = records.iter().map(|it| it.delivery_id.clone()).collect();
        if ended != self.accepted {
            self.wrong
                .push("what is there is not what was accepted".to_owned());
        }
        for record in records {
            let launch = &record.launches[0];
            let executed = self.control_plane.executions(&launch.key);
            let is_well = match launch.state {
                State::Launched => executed == [1],
                // What failed too often may have got there with its last attempt.
                State::Dead => launch.reason.is_some() && executed.iter().sum::<usize>() <= 1,
                State::Pending | State::Leased => false,
            };
            if !is_well {
                self.wrong.push(format!("{launch:?} {executed:?}"));
            }
        }
        self.kept.take().unwrap().close().await;
    }
}
