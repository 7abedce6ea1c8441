//! A collector of traces that keeps what it gets.

use std::{collections::BTreeMap, time::Duration};

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    routing::post,
};
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{KeyValue, any_value::Value},
    trace::v1::Span,
};
use prost::Message;
use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    time::timeout,
};

use crate::harness::spawn;

/// What was sent at once.
pub(crate) struct Batch {
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Bytes,
    /// What is said of the server.
    pub(crate) resource: BTreeMap<String, String>,
    pub(crate) spans: Vec<Span>,
}

/// A recording receiver of OTLP over HTTP.
pub(crate) struct Collector {
    pub(crate) endpoint: String,
    batches: UnboundedReceiver<Batch>,
}

#[derive(Clone)]
struct Receiver {
    batches: UnboundedSender<Batch>,
    answers: StatusCode,
}

impl Collector {
    /// One that takes everything.
    pub(crate) async fn start() -> Self {
        Self::answering(StatusCode::OK).await
    }

    /// One that answers so.
    pub(crate) async fn answering(answers: StatusCode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let (sender, batches) = unbounded_channel();
        let receiver = Receiver {
            batches: sender,
            answers,
        };
        let router = Router::new()
            .route("/v1/traces", post(receive))
            .with_state(receiver);
        spawn(async { axum::serve(listener, router).await.unwrap() });
        Self { endpoint, batches }
    }

    /// The next batch.
    pub(crate) async fn batch(&mut self) -> Batch {
        let batch = timeout(Duration::from_secs(20), self.batches.recv()).await;
        batch.expect("spans within 20 s").expect("a server")
    }

    /// Everything that has come.
    pub(crate) fn all(&mut self) -> Vec<Batch> {
        std::iter::from_fn(|| self.batches.try_recv().ok()).collect()
    }
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let request = ExportTraceServiceRequest::decode(body.clone()).unwrap();
    let [of_server] = request.resource_spans.try_into().expect("one server");
    let [scope] = of_server.scope_spans.try_into().expect("one scope");
    // An error says that the test is over.
    let _ = receiver.batches.send(Batch {
        headers,
        bytes: body,
        resource: words(&of_server.resource.unwrap().attributes),
        spans: scope.spans,
    });
    receiver.answers
}

/// Attributes by name, all as text.
pub(crate) fn words(attributes: &[KeyValue]) -> BTreeMap<String, String> {
    let pair = |attribute: &KeyValue| {
        let value = attribute.value.clone().unwrap().value.unwrap();
        let value = if let Value::IntValue(number) = value {
            number.to_string()
        } else if let Value::StringValue(text) = value {
            text
        } else {
            panic!("{value:?}")
        };
        (attribute.key.clone(), value)
    };
    attributes.iter().map(pair).collect()
}
