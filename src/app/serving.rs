//! Serves one app after the other on the same ports.
//!
//! What replaces an app answers every request from then on, on connections that
//! are open already, too. A request in flight is finished by the app that began
//! it; what runs in the background for an app ends with its last request.

use std::{io, net::SocketAddr, sync::Arc};

use tokio::{sync::watch, task::JoinSet};
use tokio_util::sync::CancellationToken;

use super::{App, Listeners, Replacements};
use crate::{
    http::{
        Api, ApiState, admin, router,
        serve::{self, Drain, Site},
        stack::{self, HttpService, Outer},
    },
    own_stack::on_own_stack,
};

/// Serves until the process is to stop.
pub(super) async fn serve(
    app: App,
    listeners: Listeners,
    mut replacements: Replacements,
) -> io::Result<()> {
    let shutdown = app.lasting.shutdown.clone();
    let drain = Drain::new(shutdown, app.server.drain_delay, app.server.shutdown_grace);
    let address = listeners.main.local_addr()?;
    // Requests that wait are answered when the server stops, since the hub
    // stops as soon as no more come. The set ends it with the server.
    let mut background = JoinSet::new();
    let metrics = app.lasting.metrics.clone();
    background.spawn(metrics.clone().run(drain.closing().clone()));
    let Sites { main, admin } = app.start(address, &mut background, drain.closing());
    let ((main, main_sites), (admin, admin_sites)) = (watch::channel(main), watch::channel(admin));
    let serving = serve::serve(listeners.main, main_sites, drain.clone(), metrics.clone());
    let administration = async {
        if let Some(listener) = listeners.admin {
            serve::serve(listener, admin_sites, drain.clone(), metrics.clone()).await;
        }
    };
    let all = async { tokio::join!(serving, administration) };
    tokio::pin!(all);
    loop {
        tokio::select! {
            _ended = &mut all => return Ok(()),
            Some(next) = replacements.next() => {
                let sites = next.app.start(address, &mut background, drain.closing());
                main.send_replace(sites.main);
                admin.send_replace(sites.admin);
                // An error says that nobody waits for it.
                let _ = next.is_served.send(());
            }
            Some(_ended) = background.join_next() => {}
        }
    }
}

/// What is served at each port.
struct Sites {
    main: Arc<Site>,
    admin: Arc<Site>,
}

impl App {
    /// Starts what runs in the background, and gives what answers.
    fn start(
        self,
        address: SocketAddr,
        background: &mut JoinSet<()>,
        closing: &CancellationToken,
    ) -> Sites {
        background.spawn(self.hub.run(closing.clone()));
        if let Some(refresher) = self.refresher {
            background.spawn(refresher.run(closing.clone()));
        }
        let api = Arc::new(self.api.listening_at(address));
        self.lasting.hooks.send_replace(Some(api.hooks.clone()));
        let (main, admin) = on_own_stack(|| routers(&api));
        let admin_edge = self.edge.for_administrators();
        let shown = &self.certificates;
        Sites {
            main: Arc::new(Site::new(main, self.edge).showing(shown.main.as_ref())),
            admin: Arc::new(Site::new(admin, admin_edge).showing(shown.admin.as_ref())),
        }
    }
}

/// What answers at the main port, and what does at the administrators'.
fn routers(api: &Arc<Api>) -> (HttpService, HttpService) {
    let admin = admin::router(Arc::clone(api).into());
    let beside = api.admin_on_main_port.then(|| admin.clone());
    let main = stack::stack(router::router(ApiState(Arc::clone(api))), beside, api);
    let admin = admin::on_own_port(admin, api.readiness.clone());
    let outer = Outer::of(api, api.tls.admin);
    (main, stack::admin_stack(admin, outer, api.request_timeout))
}
