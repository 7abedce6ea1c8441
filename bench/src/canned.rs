//! A control plane that answers what another one answered before, at once or after a
//! while.
//!
//! It also asks what it is told to. Two processes on one core would take turns, and
//! whoever sends to the one that does not run has to wake it.

use std::{collections::HashMap, fs, future::pending, io, sync::Arc, time::Duration};

use anyhow::Context;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, Response, header::HeaderName};

use tokio::task::spawn_blocking;

use crate::{load, record::Call, serve, tell};

/// How names of runs look that the server gives: this letter, and so many after it.
const RUN: (u8, usize) = (b'w', 20);

struct Answer {
    status: u16,
    headers: Vec<(HeaderName, String)>,
    body: Bytes,
    /// The run that the answer is about.
    run: Option<Vec<u8>>,
}

pub(crate) async fn run(
    address: &str,
    recorded_at: &str,
    file: &str,
    tls: &str,
    pause: Duration,
) -> anyhow::Result<()> {
    let mut answers = HashMap::new();
    for line in fs::read_to_string(file)?.lines() {
        let call: Call = serde_json::from_str(line)?;
        let body = replaced(
            &call.response()?,
            recorded_at.as_bytes(),
            address.as_bytes(),
        );
        let answer = Answer {
            status: call.status,
            headers: (call.headers.iter())
                .map(|(name, value)| Ok((name.parse()?, value.clone())))
                .collect::<anyhow::Result<_>>()?,
            run: run_of(&call.request()?).map(<[u8]>::to_vec),
            body: body.into(),
        };
        answers.insert(call.path, answer);
    }
    let answers = Arc::new(answers);
    let serving = serve::forever(address, tls, move |request| {
        let answers = answers.clone();
        async move {
            // A timer wakes a millisecond late, be it set to nothing.
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            answer(&answers, &request)
        }
    });
    tokio::select! {
        ended = serving => ended,
        ended = ask() => ended,
    }
}

/// Asks by each plan, a line of standard input.
async fn ask() -> anyhow::Result<()> {
    loop {
        let line = spawn_blocking(|| io::stdin().lines().next().transpose());
        let Some(line) = line.await?? else {
            return pending().await;
        };
        let plan = serde_json::from_str(&line).context("the plan")?;
        tell(load::run(plan).await?)?;
    }
}

fn answer(answers: &HashMap<String, Answer>, request: &Request<Bytes>) -> Response<Full<Bytes>> {
    let Some(answer) = answers.get(request.uri().path()) else {
        eprintln!("nobody called {} before", request.uri().path());
        let missing = Response::builder().status(404);
        return missing.body(Full::default()).unwrap_or_default();
    };
    let builder = Response::builder().status(answer.status);
    let headers = answer.headers.iter();
    let builder = headers.fold(builder, |it, (name, value)| it.header(name, value));
    let body = match (&answer.run, run_of(request.body())) {
        // A caller that names its run is told of that run.
        (Some(before), Some(now)) if before.len() == now.len() && before != now => {
            replaced(&answer.body, before, now).into()
        }
        _ => answer.body.clone(),
    };
    builder.body(Full::new(body)).unwrap_or_default()
}

/// The name of a run in a message.
fn run_of(message: &[u8]) -> Option<&[u8]> {
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    message
        .split(|byte| !is_word(byte))
        .find(|word| word.first() == Some(&RUN.0) && word.len() > RUN.1)
}

/// The bytes with one word in the place of another. Both are of one length, since the
/// messages say how long their fields are.
pub(crate) fn replaced(bytes: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    if word.len() == by.len() {
        let last = bytes.len().saturating_sub(word.len());
        for start in 0..=last {
            if bytes.get(start..start + word.len()) == Some(word) {
                bytes[start..start + by.len()].copy_from_slice(by);
            }
        }
    }
    bytes
}
