//! R08: whatever headers come in, upstream gets the caller's credentials, the
//! request's id, its place in a trace and what Connect needs, and nothing else.

mod generate;

use std::{collections::BTreeSet, net::SocketAddr};

use axum::{Router, extract::State, http::HeaderMap};
use data_encoding::HEXLOWER;
use rand::{SeedableRng, rngs::SmallRng};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{
    Size,
    harness::TestApp,
    stand_in,
    verdict::Verdict,
    wire::{Answer, Connection},
};
use generate::Given;

const SETS: usize = 5_000;
/// Below what the control plane remembers.
const BATCH: usize = 250;

type Headers = BTreeSet<(String, String)>;

pub(crate) async fn run(size: Size) -> Verdict {
    let app = TestApp::start().await;
    let mut chance = SmallRng::seed_from_u64(8);
    let (mut complaints, mut forwarded) = (Vec::new(), 0);
    let sets = size.of(SETS);
    for _ in 0..sets / BATCH {
        let batch: Vec<Given> = (0..BATCH).map(|_| Given::random(&mut chance)).collect();
        forwarded += batch.iter().filter(|given| given.is_let_in()).count();
        complaints.extend(differences(&app, app.address, &batch).await);
    }
    let naive = stand_in::serve(naive(app.control_plane.unwrap())).await;
    let batch: Vec<Given> = (0..20).map(|_| Given::random(&mut chance)).collect();
    let control = differences(&app, naive, &batch).await;
    Verdict::new(
        format!(
            "different={}/{sets},forwarded={forwarded}",
            complaints.len()
        ),
        complaints,
    )
    .require(forwarded > sets / 2, "most sets hold credentials")
    .with_control(!control.is_empty(), "a proxy that passes headers on")
}

/// Sends each set to a server, and compares what the control plane received.
async fn differences(app: &TestApp, server: SocketAddr, batch: &[Given]) -> Vec<String> {
    app.forget().await;
    let mut answers = Vec::new();
    for given in batch {
        let mut connection = Connection::open(server).await.unwrap();
        answers.push(connection.ask(&given.request()).await.unwrap());
    }
    let received = app.received().await;
    let mut calls = received["requests"].as_array().unwrap().iter();
    let mut complaints = Vec::new();
    for (given, answer) in batch.iter().zip(&answers) {
        let call = given.is_let_in().then(|| calls.next());
        let difference = match call {
            None => {
                (answer.status != 401).then(|| format!("{} without credentials", answer.status))
            }
            Some(None) => Some("no call".to_owned()),
            Some(Some(call)) => difference(given, answer, call, &app.control_plane.unwrap()),
        };
        complaints.extend(difference.map(|it| format!("{given:?}: {it}")));
    }
    complaints.extend(calls.map(|call| format!("a call too many: {call}")));
    complaints
}

/// What differs between what was given and the call that came of it.
fn difference(given: &Given, answer: &Answer, call: &Value, host: &SocketAddr) -> Option<String> {
    let received: Vec<(String, String)> = serde_json::from_value(call["headers"].clone()).unwrap();
    let id = answer.header("x-request-id");
    let wanted_id = given.request_id.as_deref().unwrap_or(id);
    if id != wanted_id || id.is_empty() {
        return Some(format!("answered with the id {id:?}"));
    }
    let expected = expected(given, id, host);
    let plain = received.iter().cloned().filter_map(without_chance);
    let same =
        plain.clone().collect::<Headers>() == expected && received.len() == expected.len() + 2;
    (!same).then(|| format!("received {received:?}, expected {expected:?}"))
}

fn expected(given: &Given, id: &str, host: &SocketAddr) -> Headers {
    let mut headers = vec![
        ("connect-protocol-version", "1".to_owned()),
        ("content-type", "application/proto".to_owned()),
        ("host", host.to_string()),
        (
            "user-agent",
            concat!("flyte-webhook/", env!("CARGO_PKG_VERSION")).to_owned(),
        ),
        ("x-request-id", id.to_owned()),
    ];
    if let Some(length) = given.message_length() {
        headers.push(("content-length", length.to_string()));
    }
    headers.extend(
        given
            .authorization()
            .map(|it| ("authorization", hashed(it))),
    );
    headers.extend(given.cookie().map(|it| ("cookie", hashed(it))));
    headers
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Leaves out the two headers whose values are a time and a place in a trace, where
/// they make sense. None of the traces that are given does.
fn without_chance((name, value): (String, String)) -> Option<(String, String)> {
    let is_time = name == "connect-timeout-ms"
        && value
            .parse::<u32>()
            .is_ok_and(|left| (1..=15_000).contains(&left));
    let is_trace = name == "traceparent"
        && value.len() == 55
        && value.starts_with("00-")
        && value.ends_with("-00");
    (!is_time && !is_trace).then_some((name, value))
}

/// As the embedded control plane shows a credential.
fn hashed(value: &[u8]) -> String {
    let mut hash = HEXLOWER.encode(&Sha256::digest(value));
    hash.truncate(16);
    format!("sha256:{hash}")
}

/// Passes on what came in.
fn naive(control_plane: SocketAddr) -> Router {
    async fn pass(State(control_plane): State<SocketAddr>, headers: HeaderMap) -> String {
        let url = format!("http://{control_plane}/flyteidl2.auth.IdentityService/UserInfo");
        let mut headers = headers;
        headers.insert(
            "content-type",
            http::HeaderValue::from_static("application/proto"),
        );
        let client = crate::harness::client();
        let answer = client.post(url).headers(headers).send().await;
        format!("{:?}", answer.map(|answer| answer.status()))
    }
    Router::new().fallback(pass).with_state(control_plane)
}
