//! The whole server in one thread, which the targets that need it talk to as a
//! client does.
#![cfg(feature = "server")]

pub mod answer;

use std::{future::pending, net::SocketAddr, sync::Arc};

use answer::Answer;

use flyte_webhook::{
    app::{App, Lasting},
    config::{self, Config, Sources, Text},
    http::{
        ApiState, router,
        serve::{Drain, Edge, Served, Site, serve_connection},
        stack,
    },
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex},
    join,
    runtime::{Builder, Runtime},
    select,
    task::yield_now,
};
use tokio_util::sync::CancellationToken;

/// More is not read of what comes back: the scripts of a page are megabytes.
pub const MOST: usize = 256 << 10;

/// A server without a port.
pub struct Server {
    pub runtime: Runtime,
    served: Arc<Served>,
    /// What waits for runs ends where this is dropped.
    _app: App,
}

impl Server {
    /// A server of this configuration. Time passes when there is nothing else to do:
    /// what waits for it waits no time.
    pub fn new(config: &Config) -> Self {
        let runtime = Builder::new_current_thread()
            .enable_all()
            .start_paused(true)
            .build()
            .expect("a runtime");
        let lasting = Lasting::new(CancellationToken::new());
        let app = runtime.block_on(async { App::new(config, &lasting).expect("a server") });
        let api = Arc::new(app.api().clone());
        let routes = router::router(ApiState(Arc::clone(&api))).0;
        let service = stack::stack(routes, None, &api);
        let (delay, grace) = (config.server.drain_delay, config.server.shutdown_grace);
        let served = Served {
            site: Site::new(service, Edge::of(&config.server, &config.limits)).fixed(),
            drain: Drain::new(lasting.shutdown, delay, grace),
        };
        Self {
            runtime,
            served: Arc::new(served),
            _app: app,
        }
    }

    /// Sends pieces one after the other; gives the beginning of what comes back until
    /// the server closes.
    pub fn talk<'a>(&self, pieces: impl Iterator<Item = &'a [u8]>) -> Vec<u8> {
        self.said(pieces, |_| false)
    }

    /// The answer to one request.
    pub fn ask(&self, request: &str) -> Answer {
        let request = std::iter::once(request.as_bytes());
        let said = self.said(request, |said| Answer::first(said).is_some());
        let mut answers = answer::read(&said, false, false);
        assert_eq!(answers.len(), 1);
        answers.remove(0)
    }

    fn said<'a>(
        &self,
        pieces: impl Iterator<Item = &'a [u8]>,
        is_all: impl Fn(&[u8]) -> bool,
    ) -> Vec<u8> {
        let (client, server) = duplex(64 << 10);
        let peer = SocketAddr::from(([192, 0, 2, 1], 4711));
        let serving = serve_connection(server, peer, Arc::clone(&self.served));
        self.runtime.block_on(async {
            let ((), answers) = join!(serving, talk(client, pieces, is_all));
            answers
        })
    }
}

async fn talk<'a>(
    client: DuplexStream,
    pieces: impl Iterator<Item = &'a [u8]>,
    is_all: impl Fn(&[u8]) -> bool,
) -> Vec<u8> {
    let (mut reader, mut writer) = tokio::io::split(client);
    let mut said = Vec::new();
    let read = async {
        while said.len() < MOST && !is_all(&said) {
            if reader.read_buf(&mut said).await.expect("a pipe") == 0 {
                break;
            }
        }
    };
    let write = async {
        for piece in pieces {
            // That it fails says that the server has closed.
            if writer.write_all(piece).await.is_err() {
                break;
            }
            yield_now().await;
        }
        // Open until all is read: the server takes an end for the client's.
        pending::<()>().await;
    };
    select! {
        () = read => {}
        () = write => {}
    }
    said
}

/// The configuration of a server in front of this endpoint.
pub fn config(endpoint: &str, yaml: &str) -> Config {
    let sources = Sources {
        defaults: vec![
            ("control_plane.endpoint", endpoint.to_owned()),
            ("control_plane.project", "site".to_owned()),
            ("control_plane.domain", "production".to_owned()),
        ],
        ..Sources::default()
    };
    let (name, text) = ("fuzz.yaml".into(), yaml.to_owned());
    let loaded = config::load_text(&sources, Some(&Text { name, text }));
    loaded
        .unwrap_or_else(|problems| panic!("{problems}"))
        .config
}
