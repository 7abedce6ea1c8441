//! Calls of gRPC, each the same, from as many at once as are wanted.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use anyhow::{Context, ensure};
use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use futures_util::future::{join_all, select_all};
use http_body_util::{BodyExt, Full};
use hyper::{Request, client::conn::http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use serde::{Deserialize, Serialize};
use tokio::{
    net::TcpStream,
    time::{Instant, sleep},
};

/// What `connector.py` wants to know.
#[derive(Deserialize)]
pub(crate) struct Plan {
    address: String,
    path: String,
    /// The messages of a call, as they are framed, in base64.
    messages: String,
    in_flight: usize,
    connections: usize,
    warm_up: f64,
    seconds: f64,
}

#[derive(Serialize)]
pub(crate) struct Measured {
    calls: usize,
    seconds: f64,
    /// What every call was answered, as it was framed, in base64.
    answer: String,
}

#[derive(Clone)]
struct Caller {
    plan: Arc<Plan>,
    messages: Bytes,
    answer: Bytes,
    done: Arc<AtomicUsize>,
}

pub(crate) async fn run(plan: Plan) -> anyhow::Result<Measured> {
    let messages = Bytes::from(BASE64_STANDARD.decode(&plan.messages)?);
    let mut caller = Caller {
        plan: Arc::new(plan),
        messages,
        answer: Bytes::new(),
        done: Arc::default(),
    };
    let opened = (0..caller.plan.connections).map(|_| open(&caller.plan.address));
    let mut connections = join_all(opened)
        .await
        .into_iter()
        .collect::<Result<Vec<_>, _>>()?;
    let first = connections.first_mut().context("no connection")?;
    caller.answer = caller.call(first).await?;
    let callers = (0..caller.plan.in_flight)
        .zip(connections.iter().cycle())
        .map(|(_, connection)| tokio::spawn(caller.clone().go_on(connection.clone())))
        .collect::<Vec<_>>();
    let measured = async {
        sleep(Duration::from_secs_f64(caller.plan.warm_up)).await;
        let (began, before) = (Instant::now(), caller.done.load(Ordering::Relaxed));
        sleep(Duration::from_secs_f64(caller.plan.seconds)).await;
        let calls = caller.done.load(Ordering::Relaxed) - before;
        (calls, began.elapsed().as_secs_f64())
    };
    tokio::select! {
        (calls, seconds) = measured => Ok(Measured {
            calls,
            seconds,
            answer: BASE64_STANDARD.encode(&caller.answer),
        }),
        (failed, ..) = select_all(callers) => Err(failed?),
    }
}

async fn open(address: &str) -> anyhow::Result<http2::SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let io = TokioIo::new(stream);
    let (sender, connection) = http2::handshake(TokioExecutor::new(), io).await?;
    tokio::spawn(connection);
    Ok(sender)
}

impl Caller {
    /// Calls for ever; ends where something is wrong.
    async fn go_on(self, mut connection: http2::SendRequest<Full<Bytes>>) -> anyhow::Error {
        loop {
            match self.call(&mut connection).await {
                Ok(answer) if answer == self.answer => {
                    self.done.fetch_add(1, Ordering::Relaxed);
                }
                Ok(answer) => return anyhow::anyhow!("another answer: {answer:?}"),
                Err(error) => return error,
            }
        }
    }

    async fn call(
        &self,
        connection: &mut http2::SendRequest<Full<Bytes>>,
    ) -> anyhow::Result<Bytes> {
        let request = Request::post(format!("http://{}{}", self.plan.address, self.plan.path))
            .header("content-type", "application/grpc")
            .header("te", "trailers")
            .body(Full::new(self.messages.clone()))?;
        let answer = connection.send_request(request).await?;
        let answer = answer.into_body().collect().await?;
        let status = answer.trailers().and_then(|it| it.get("grpc-status"));
        ensure!(status.is_some_and(|it| it == "0"), "answered {status:?}");
        Ok(answer.to_bytes())
    }
}
