//! Runs apps, each as a local process on a port of its own.
//!
//! One task owns every app that runs and knows how it is. What was deployed is
//! in the store; how an app is lives and dies with this process, as do the apps.

use std::{collections::HashMap, net::SocketAddr, sync::Arc};

use flyte_idl::flyteidl2::core::Container;
use tokio::{
    sync::{broadcast, mpsc, oneshot},
    task::{Id, JoinError, JoinSet},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

mod echo;
mod running;

use super::{executor::HostEnvironment, layout::Layout, store::apps::AppKey};

/// What apps run with.
pub(super) struct Settings {
    pub(super) layout: Arc<Layout>,
    pub(super) control_plane: SocketAddr,
    pub(super) host: HostEnvironment,
}

/// How an app is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Phase {
    /// It does not run.
    #[default]
    Stopped,
    /// It was told to stop and still runs.
    Stopping,
    /// It runs but does not answer yet.
    Starting {
        /// Where it will.
        port: u16,
    },
    /// It answers.
    Active {
        /// Where.
        port: u16,
    },
    /// It ended, or never answered.
    Failed {
        /// Why.
        why: String,
    },
}

/// A cheap handle on the apps.
#[derive(Clone)]
pub(super) struct Apps {
    commands: mpsc::Sender<Command>,
    changes: broadcast::Sender<AppKey>,
}

enum Command {
    Start(AppKey, Box<Container>, oneshot::Sender<Phase>),
    Stop(AppKey, oneshot::Sender<Phase>),
    Answers(AppKey, u16),
    Phase(AppKey, oneshot::Sender<Phase>),
}

impl Apps {
    /// Starts to run apps; none at first.
    pub(super) fn start(
        tasks: &TaskTracker,
        settings: Settings,
        shutdown: CancellationToken,
    ) -> Self {
        let (sender, commands) = mpsc::channel(64);
        let apps = Self {
            commands: sender,
            changes: broadcast::Sender::new(1024),
        };
        let runner = Runner {
            apps: apps.clone(),
            settings,
            commands,
            phases: HashMap::new(),
            running: HashMap::new(),
            tasks: JoinSet::new(),
        };
        tasks.spawn(runner.run(shutdown));
        apps
    }

    /// Starts an app, anew where it runs with another container, and says how it is then.
    pub(super) async fn run(&self, key: AppKey, container: Container) -> Phase {
        self.ask(|reply| Command::Start(key, Box::new(container), reply))
            .await
    }

    /// Stops an app, if it runs, and says how it is then.
    pub(super) async fn stop(&self, key: AppKey) -> Phase {
        self.ask(|reply| Command::Stop(key, reply)).await
    }

    /// How an app is now.
    pub(super) async fn phase(&self, key: &AppKey) -> Phase {
        self.ask(|reply| Command::Phase(key.clone(), reply)).await
    }

    async fn ask(&self, command: impl FnOnce(oneshot::Sender<Phase>) -> Command) -> Phase {
        let (sender, receiver) = oneshot::channel();
        // An error says that the control plane is stopping, and the apps with it.
        let _ = self.commands.send(command(sender)).await;
        receiver.await.unwrap_or_default()
    }

    /// The apps that change from now on.
    pub(super) fn changes(&self) -> broadcast::Receiver<AppKey> {
        self.changes.subscribe()
    }

    /// Says that an app accepts connections at its port.
    async fn answers(&self, key: AppKey, port: u16) {
        let _ = self.commands.send(Command::Answers(key, port)).await;
    }
}

/// One app that runs.
struct Running {
    id: Id,
    container: Container,
    abort: CancellationToken,
    /// What runs when this has ended.
    next: Option<Container>,
}

struct Runner {
    apps: Apps,
    settings: Settings,
    commands: mpsc::Receiver<Command>,
    phases: HashMap<AppKey, Phase>,
    running: HashMap<AppKey, Running>,
    tasks: JoinSet<String>,
}

impl Runner {
    async fn run(mut self, shutdown: CancellationToken) {
        loop {
            tokio::select! {
                () = shutdown.cancelled() => break,
                Some(command) = self.commands.recv() => self.obey(command),
                Some(ended) = self.tasks.join_next_with_id() => self.ended(ended),
            }
        }
        for running in self.running.values() {
            running.abort.cancel();
        }
        while self.tasks.join_next().await.is_some() {}
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Start(key, container, reply) => {
                self.start(key.clone(), *container);
                self.report(&key, reply);
            }
            Command::Stop(key, reply) => {
                self.stop(key.clone());
                self.report(&key, reply);
            }
            Command::Answers(key, port) => {
                if self.phases.get(&key) == Some(&Phase::Starting { port }) {
                    self.enter(key, Phase::Active { port });
                }
            }
            Command::Phase(key, reply) => self.report(&key, reply),
        }
    }

    fn report(&self, key: &AppKey, reply: oneshot::Sender<Phase>) {
        let phase = self.phases.get(key).cloned();
        // An error says that whoever asked has gone.
        let _ = reply.send(phase.unwrap_or_default());
    }

    fn start(&mut self, key: AppKey, container: Container) {
        match self.running.get_mut(&key) {
            Some(running) if running.container == container && !running.abort.is_cancelled() => {}
            Some(running) => {
                running.next = Some(container);
                running.abort.cancel();
                self.enter(key, Phase::Stopping);
            }
            None => self.begin(key, container),
        }
    }

    fn stop(&mut self, key: AppKey) {
        let phase = match self.running.get_mut(&key) {
            Some(running) => {
                running.next = None;
                running.abort.cancel();
                Phase::Stopping
            }
            None => Phase::Stopped,
        };
        self.enter(key, phase);
    }

    fn begin(&mut self, key: AppKey, container: Container) {
        let started = running::App::new(&self.settings, &key, container.clone());
        let app = match started {
            Ok(app) => app,
            Err(error) => {
                let why = error.to_string();
                return self.enter(key, Phase::Failed { why });
            }
        };
        let port = app.port();
        let abort = CancellationToken::new();
        let id = self
            .tasks
            .spawn(app.run(self.apps.clone(), abort.clone()))
            .id();
        let running = Running {
            id,
            container,
            abort,
            next: None,
        };
        self.running.insert(key.clone(), running);
        self.enter(key, Phase::Starting { port });
    }

    fn ended(&mut self, ended: Result<(Id, String), JoinError>) {
        let (id, why) = ended.unwrap_or_else(|error| (error.id(), error.to_string()));
        let found = self.running.iter().find(|(_, running)| running.id == id);
        let Some(key) = found.map(|(key, _)| key.clone()) else {
            return;
        };
        match self.running.remove(&key) {
            Some(Running {
                next: Some(container),
                ..
            }) => self.begin(key, container),
            Some(running) if running.abort.is_cancelled() => self.enter(key, Phase::Stopped),
            _ => self.enter(key, Phase::Failed { why }),
        }
    }

    fn enter(&mut self, key: AppKey, phase: Phase) {
        self.phases.insert(key.clone(), phase);
        // An error says that nobody listens.
        let _ = self.apps.changes.send(key);
    }
}
