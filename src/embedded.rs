//! A single-node control plane in this process: the services of Flyte 2 on a
//! loopback port, SQLite for what they store, local processes for the tasks.
//!
//! It is for trying, for developing hooks and for tests, never for production.
//! It shares no code with the client in `control_plane` beyond the generated
//! messages, so that what the two agree on is the protocol and not a mistake.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use jiff::Timestamp;
use tokio::{net::TcpListener, time::sleep};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

mod apps;
mod bundle;
pub mod certificate;
pub mod demo;
pub mod executor;
pub mod faults;
mod file;
mod identity;
mod journal;
mod layout;
mod names;
mod objects;
mod queue;
mod server;
mod services;
mod signing;
mod store;
mod wire;

use apps::Apps;
pub use certificate::Certificate;
pub use executor::HostEnvironment;
use faults::Faults;
use journal::Journal;
use layout::Layout;
use queue::Queue;
use services::State;
use store::Store;

/// What the embedded control plane needs to start.
pub struct Options {
    /// Where to listen; port 0 takes a free one.
    pub listen: SocketAddr,
    /// Database, objects and runs live below it; one process at a time.
    pub data_dir: PathBuf,
    /// How many actions of one nesting depth run at the same time.
    pub concurrency: usize,
    /// What TLS is spoken with, beside plain HTTP on the same port.
    pub tls: Option<Certificate>,
    /// The connector that performs webhook tasks, if there is one.
    pub connector: Option<SocketAddr>,
    /// Faults that are on from the start.
    pub faults: Vec<faults::Rule>,
    /// The clock; tests set their own.
    pub now: fn() -> Timestamp,
    /// What tasks may see of this process's environment.
    pub host: HostEnvironment,
}

/// Why the embedded control plane could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The data directory cannot be used.
    #[error("the data directory cannot be used")]
    Layout(#[from] layout::Error),
    /// The port cannot be bound.
    #[error("cannot listen on {address}: is another control plane running? choose another port")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: std::io::Error,
    },
    /// The database cannot be used.
    #[error("the control plane's database cannot be used")]
    Store(#[from] store::Error),
    /// A fault rule makes no sense.
    #[error("a fault rule is wrong")]
    Fault(#[from] faults::Error),
}

/// A running control plane.
pub struct Handle {
    address: SocketAddr,
    tasks: TaskTracker,
}

impl Handle {
    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Waits until everything has stopped, after `shutdown` was cancelled.
    pub async fn stopped(self) {
        self.tasks.wait().await;
    }
}

/// Opens the data directory, recovers what a crash left and starts to serve.
pub async fn start(options: Options, shutdown: CancellationToken) -> Result<Handle, Error> {
    let layout = Arc::new(open(&options.data_dir).await?);
    let store = Store::open(&layout.database(), options.now).await?;
    let listener = listen(options.listen).await?;
    let address = listener.local_addr().map_err(|source| Error::Listen {
        address: options.listen,
        source,
    })?;
    let tasks = TaskTracker::new();
    let (queue, idle) = Queue::idle();
    let apps = Apps::start(
        &tasks,
        apps::Settings {
            layout: Arc::clone(&layout),
            control_plane: address,
            host: options.host.clone(),
        },
        shutdown.clone(),
    );
    let state = State {
        apps,
        store: store.clone(),
        readings: services::readings::Readings::new(),
        layout: Arc::clone(&layout),
        queue,
        address,
        signer: signing::Signer::random(),
        shutdown: shutdown.clone(),
        tasks: tasks.clone(),
    };
    services::register_demo(&state).await?;
    services::start_apps(&state).await?;
    let router = services::router(&state);
    let faults = Faults::new(&router, options.faults)?;
    let settings = queue::Settings {
        store,
        layout,
        concurrency: options.concurrency,
        control_plane: address,
        connector: options.connector,
        host: options.host,
    };
    // Last, as a control plane that does not start must not run anything.
    idle.start(&tasks, settings, shutdown.clone()).await?;
    let journal = Journal::start(&tasks, shutdown.clone());
    let app = server::App::new(state, router, faults, journal);
    let tls = options.tls.as_ref().map(Certificate::acceptor);
    tasks.spawn(server::serve(listener, tls, app, shutdown));
    tasks.close();
    Ok(Handle { address, tasks })
}

/// A predecessor that was just killed may hold the lock for a moment, and so
/// does a child that it forked, until that child executes its command.
async fn open(data_dir: &Path) -> Result<Layout, layout::Error> {
    for _ in 0..20 {
        match Layout::open(data_dir) {
            Err(layout::Error::InUse { .. }) => sleep(Duration::from_millis(50)).await,
            opened => return opened,
        }
    }
    Layout::open(data_dir)
}

async fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    TcpListener::bind(address)
        .await
        .map_err(|source| Error::Listen { address, source })
}
