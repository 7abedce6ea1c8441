//! R06: tenants share connections, caches and tasks, never answers.

use std::{io, net::SocketAddr, time::Duration};

use axum::{Router, extract::State, http::HeaderMap};
use data_encoding::BASE64URL_NOPAD;
use futures::future::join_all;
use moka::future::Cache;
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::SliceRandom};
use serde_json::json;
use tokio::time::sleep;

use crate::{
    Size,
    harness::{TestApp, spawn},
    stand_in,
    verdict::Verdict,
    wire::{Answer, Connection},
};

const TENANTS: usize = 200;
const REQUESTS_OF_EACH: usize = 5_000;
/// Connections, each of which serves all tenants in turn.
const WORKERS: usize = 50;
/// Which part of the requests is cancelled, and which reads a run's data.
const CANCELLED: f64 = 0.05;
const READS: f64 = 0.02;

/// One tenant, and what it must be answered.
#[derive(Clone, Debug)]
struct Tenant {
    name: String,
    me: Question,
    /// The data of a run of its own.
    io: Question,
}

#[derive(Clone, Debug)]
struct Question {
    request: Vec<u8>,
    answer: serde_json::Value,
}

#[derive(Default)]
struct Tally {
    answered: usize,
    cancelled: usize,
    foreign: Vec<String>,
}

pub(crate) async fn run(size: Size) -> Verdict {
    let app = TestApp::start().await;
    let tenants = join_all((0..TENANTS).map(|number| tenant(app.address, number))).await;
    let rounds = size.of(REQUESTS_OF_EACH) / WORKERS;
    let tally = load(app.address, &tenants, WORKERS, rounds).await;

    let forgetful = stand_in::serve(caching(app.address)).await;
    let control = load(forgetful, &tenants, 2, 2).await;
    Verdict::new(
        format!(
            "foreign={}/{},cancelled={}",
            tally.foreign.len(),
            tally.answered,
            tally.cancelled
        ),
        tally.foreign,
    )
    .require(tally.cancelled > 0, "some requests were cancelled")
    .with_control(
        !control.foreign.is_empty(),
        "a cache whose key lacks the caller",
    )
}

/// A tenant with a run of its own that has ended.
async fn tenant(address: SocketAddr, number: usize) -> Tenant {
    let name = format!("tenant-{number}");
    let token = token(&name);
    let mut connection = Connection::open(address).await.unwrap();
    let body = json!({"name": name}).to_string();
    let length = body.len();
    let start = format!(
        "POST /run-task/development/flytesnacks/demo.hello HTTP/1.1\r\nhost: x\r\n\
         authorization: Bearer {token}\r\ncontent-type: application/json\r\n\
         content-length: {length}\r\n\r\n{body}"
    );
    let started = connection.ask(start.as_bytes()).await.unwrap();
    assert_eq!(started.status, 200, "{}", started.json());
    let run = started.json()["name"].as_str().unwrap().to_owned();
    let state = get(&format!("/run/{run}"), &token);
    while connection.ask(&state).await.unwrap().json()["done"] != true {
        sleep(Duration::from_millis(20)).await;
    }
    Tenant {
        me: Question {
            request: get("/me", &token),
            answer: json!({"subject": name, "name": format!("Jo {name}")}),
        },
        io: Question {
            request: get(&format!("/run/{run}/io"), &token),
            answer: json!({
                "name": run, "inputs": {"name": name},
                "outputs": {"o0": format!("Hello, {name}!")},
                "project": "flytesnacks", "domain": "development",
            }),
        },
        name,
    }
}

/// A token that says whose it is.
fn token(name: &str) -> String {
    let claims = json!({"sub": name, "given_name": "Jo", "family_name": name}).to_string();
    format!("e30.{}.x", BASE64URL_NOPAD.encode(claims.as_bytes()))
}

fn get(path: &str, token: &str) -> Vec<u8> {
    format!("GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n").into_bytes()
}

async fn load(address: SocketAddr, tenants: &[Tenant], workers: usize, rounds: usize) -> Tally {
    let work = (0..workers).map(|seed| spawn(work(address, tenants.to_vec(), rounds, seed as u64)));
    let mut total = Tally::default();
    for tally in join_all(work).await {
        let tally = tally.unwrap();
        total.answered += tally.answered;
        total.cancelled += tally.cancelled;
        total.foreign.extend(tally.foreign);
    }
    total
}

/// One request of every tenant a round, in an order of chance, over one
/// connection.
async fn work(address: SocketAddr, mut tenants: Vec<Tenant>, rounds: usize, seed: u64) -> Tally {
    let mut chance = SmallRng::seed_from_u64(seed);
    let mut tally = Tally::default();
    let mut connection = Connection::open(address).await.unwrap();
    for _ in 0..rounds {
        tenants.shuffle(&mut chance);
        for tenant in &tenants {
            let question = if chance.random_bool(READS) {
                &tenant.io
            } else {
                &tenant.me
            };
            if chance.random_bool(CANCELLED) {
                connection.send(&question.request).await.unwrap();
                sleep(Duration::from_micros(chance.random_range(0..2_000))).await;
                connection.abort();
                tally.cancelled += 1;
                connection = Connection::open(address).await.unwrap();
            } else {
                let answer = connection.ask(&question.request).await;
                tally.count(tenant, question, answer);
            }
        }
    }
    tally
}

impl Tally {
    /// Everything but the tenant's own answer counts as another's.
    fn count(&mut self, tenant: &Tenant, question: &Question, answer: io::Result<Answer>) {
        self.answered += 1;
        match answer {
            Ok(answer) if answer.status == 200 && answer.json() == question.answer => {}
            other => {
                let name = &tenant.name;
                self.foreign.push(format!("{name} was answered {other:?}"));
            }
        }
    }
}

/// Asks the real server, and keeps the answers by path alone.
fn caching(address: SocketAddr) -> Router {
    async fn answer(
        State((address, kept)): State<(SocketAddr, Cache<String, String>)>,
        uri: http::Uri,
        headers: HeaderMap,
    ) -> String {
        let asked = async {
            let token = headers["authorization"].to_str().unwrap();
            let token = token.trim_start_matches("Bearer ");
            let mut connection = Connection::open(address).await.unwrap();
            let answer = connection.ask(&get(uri.path(), token)).await.unwrap();
            String::from_utf8(answer.body).unwrap()
        };
        kept.get_with(uri.path().to_owned(), asked).await
    }
    Router::new()
        .fallback(answer)
        .with_state((address, Cache::new(1_000)))
}
