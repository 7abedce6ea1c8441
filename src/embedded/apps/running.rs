//! One app: its process and whether it answers.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr, TcpListener},
    time::Duration,
};

use flyte_idl::flyteidl2::core::Container;
use tokio::{net::TcpStream, time::sleep};
use tokio_util::sync::CancellationToken;

use super::{Apps, Settings, echo};
use crate::embedded::{demo, executor, layout, store::apps::AppKey};

/// How long an app may take until it accepts connections.
const PATIENCE: Duration = Duration::from_mins(2);
const PROBE: Duration = Duration::from_millis(50);

/// Why an app cannot run here.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(transparent)]
    Layout(#[from] layout::Error),
    #[error("no port is free for the app: {0}")]
    Port(#[from] io::Error),
}

/// An app that is about to run.
pub(super) struct App {
    key: AppKey,
    /// Held until the app takes its port, which then is free for certain.
    listener: TcpListener,
    address: SocketAddr,
    process: executor::App,
}

impl App {
    pub(super) fn new(
        settings: &Settings,
        key: &AppKey,
        container: Container,
    ) -> Result<Self, Error> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = listener.local_addr()?;
        Ok(Self {
            process: executor::App {
                container,
                platform: platform(key, address.port()),
                defaults: cluster(settings.control_plane),
                directory: settings.layout.app(&key.project, &key.domain, &key.name)?,
                host: settings.host.clone(),
            },
            key: key.clone(),
            listener,
            address,
        })
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Runs until it is told to stop or ends; says why it ended.
    pub(super) async fn run(self, apps: Apps, abort: CancellationToken) -> String {
        let Self {
            key,
            listener,
            address,
            process,
        } = self;
        if process.container.image == demo::APP_IMAGE {
            apps.answers(key, address.port()).await;
            return echo::serve(listener, abort).await;
        }
        drop(listener);
        let stop = abort.child_token();
        let answers = async {
            if accepts(address).await {
                apps.answers(key, address.port()).await;
                return None;
            }
            // Its process ends, and with it what stands beside.
            stop.cancel();
            Some(format!(
                "nothing listened on port {} after {PATIENCE:?}; an app must listen on $PORT",
                address.port()
            ))
        };
        let run = async {
            // Nobody needs to ask any longer whether it answers.
            let _over = stop.clone().drop_guard();
            process.run(&stop).await
        };
        let (ended, silent) = tokio::join!(run, stop.run_until_cancelled(answers));
        silent.flatten().unwrap_or(ended)
    }
}

/// Whether the app accepts connections before the patience is over.
async fn accepts(address: SocketAddr) -> bool {
    let probe = async {
        while TcpStream::connect(address).await.is_err() {
            sleep(PROBE).await;
        }
    };
    tokio::time::timeout(PATIENCE, probe).await.is_ok()
}

/// What the cluster tells apps unless they say otherwise.
fn cluster(control_plane: SocketAddr) -> Vec<(&'static str, String)> {
    vec![
        ("_U_EP_OVERRIDE", control_plane.to_string()),
        ("_U_INSECURE", "true".to_owned()),
        ("_U_USE_ACTIONS", "1".to_owned()),
    ]
}

/// What an app's process is told.
fn platform(key: &AppKey, port: u16) -> Vec<(&'static str, String)> {
    let port = port.to_string();
    let service = key.joined();
    vec![
        ("FLYTE_INTERNAL_EXECUTION_DOMAIN", key.domain.clone()),
        ("FLYTE_INTERNAL_EXECUTION_PROJECT", key.project.clone()),
        ("K_CONFIGURATION", service.clone()),
        ("K_REVISION", format!("{service}-00001")),
        ("K_SERVICE", service),
        ("PORT", port.clone()),
        // The SDK's own way to have an app listen elsewhere than it declares.
        ("_F_APPLE_SILICON_HOST_PORT", port),
        ("_F_APPLE_SILICON_ON_HOST", "1".to_owned()),
    ]
}
