//! Requests over a raw socket, compared with what the model decides.

use std::net::SocketAddr;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use super::{
    cases::Case,
    model::{Decision, Lists, OWN_APP},
};
use crate::harness::TestApp;

/// The lists that the cases are about.
pub(crate) const CONFIGURATION: &str = "\
name: hook
task_allowlist: [env.t, etl.load, site/build, production/site/deploy]
app_allowlist: [mine, shared/tool, production/site/web]
trigger_allowlist: [nightly, etl.load/hourly]
";

/// What came of many requests.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) differences: Vec<String>,
    pub(crate) nothing: usize,
    pub(crate) own: usize,
    pub(crate) denied: usize,
    pub(crate) allowed: usize,
}

fn lists() -> Lists {
    let list = |entries: &[&str]| Some(entries.iter().map(|&it| it.to_owned()).collect());
    Lists {
        tasks: list(&["env.t", "etl.load", "site/build", "production/site/deploy"]),
        apps: list(&["mine", "shared/tool", "production/site/web"]),
        triggers: list(&["nightly", "etl.load/hourly"]),
    }
}

/// Sends every case to a server in front of the app's control plane.
pub(crate) async fn differences(app: &TestApp, server: SocketAddr, cases: &[Case]) -> Tally {
    let lists = lists();
    assert!(CONFIGURATION.contains(OWN_APP));
    let mut tally = Tally::default();
    for case in cases {
        let decision = lists.decide(&case.target);
        app.forget().await;
        let status = ask(server, case).await;
        let calls = app.received().await["total"].as_u64().unwrap();
        *tally.count(decision) += 1;
        if !is_right(decision, status, calls) {
            let difference = format!("{case:?}: {status} and {calls} calls, but {decision:?}");
            tally.differences.push(difference);
        }
    }
    tally
}

impl Tally {
    fn count(&mut self, decision: Decision) -> &mut usize {
        match decision {
            Decision::Nothing => &mut self.nothing,
            Decision::Own => &mut self.own,
            Decision::Denied => &mut self.denied,
            Decision::Allowed => &mut self.allowed,
        }
    }
}

/// The objects of the lists do not exist, so that what is allowed is asked for
/// upstream and not found.
fn is_right(decision: Decision, status: u16, calls: u64) -> bool {
    match decision {
        // Not routed, a redirect to the same without its last slash, or no name.
        Decision::Nothing => matches!(status, 307 | 400 | 404 | 405 | 422) && calls == 0,
        Decision::Own => status == 400 && calls == 0,
        Decision::Denied => status == 403 && calls == 0,
        Decision::Allowed => status == 404 && calls > 0,
    }
}

async fn ask(server: SocketAddr, case: &Case) -> u16 {
    let Case { method, target } = case;
    let request = format!(
        "{method} {target} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer a\r\n\
         content-type: application/json\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{{}}"
    );
    let mut stream = TcpStream::connect(server).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    let status = answer
        .get(9..12)
        .and_then(|it| std::str::from_utf8(it).ok());
    status.and_then(|it| it.parse().ok()).unwrap_or_default()
}
