//! Traces: from the caller by way of the log and the control plane into the run,
//! and to a collector.

pub(crate) mod collector;
mod onward;

use std::{collections::HashMap, path::Path, time::Duration};

use data_encoding::HEXLOWER;
use http::StatusCode;
use opentelemetry_proto::tonic::trace::v1::{Span, span::SpanKind};
use reqwest::Method;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::{
    harness::{Answer, client, embedded},
    program::Program,
};
use collector::{Batch, Collector, words};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT: &str = "00f067aa0ba902b7";
const CANARY: &str = "canary-3f8e2d71c6a95b04";

/// The program in front of an embedded control plane of the test's own.
struct Served {
    program: Program,
    control_plane: String,
    _stop: DropGuard,
    data: TempDir,
}

impl Served {
    async fn start(environment: &[(&'static str, &str)]) -> Self {
        Self::start_with(environment, |_data| String::new()).await
    }

    /// The same with more in the configuration, which may name the place of the test's data.
    async fn start_with(
        environment: &[(&'static str, &str)],
        more: impl FnOnce(&Path) -> String,
    ) -> Self {
        let data = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let address = embedded(data.path(), stop.clone()).await.address();
        let control_plane = format!("http://{address}");
        let environment: HashMap<_, _> = environment.iter().copied().collect();
        let yaml = format!(
            "server: {{drain_delay: 0s}}\ntelemetry: {{log_format: json}}\n{}",
            more(data.path())
        );
        Self {
            program: Program::serve_in(environment, &control_plane, &yaml).await,
            control_plane,
            _stop: stop.drop_guard(),
            data,
        }
    }

    async fn ask(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        let url = format!("http://{}{path}", self.program.address);
        let method = if path.starts_with("/run-task") || path.starts_with("/app") {
            Method::POST
        } else {
            Method::GET
        };
        let mut request = client()
            .request(method, url)
            .header("authorization", format!("Bearer {CANARY}"))
            .json(&json!({"name": "Ada"}));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Answer::of(request).await
    }

    /// The headers of this name that the control plane got, one of each call.
    async fn upstream(&self, name: &str) -> Vec<Option<String>> {
        let url = format!("{}/_dev/requests", self.control_plane);
        let received = Answer::of(client().get(url)).await.body;
        let calls = received["requests"].as_array().unwrap().iter();
        let value = |call: &Value| {
            let pairs: Vec<(String, String)> =
                serde_json::from_value(call["headers"].clone()).unwrap();
            let mut found = pairs.into_iter().filter(|(known, _)| known == name);
            let value = found.next().map(|(_, value)| value);
            assert!(found.next().is_none(), "one {name}");
            value
        };
        calls.map(value).collect()
    }

    /// The value of a run's variable by which it learns of its trace.
    async fn trace_of(&self, run: &str) -> String {
        let id = json!({"runId": {
            "org": "", "project": "flytesnacks", "domain": "development", "name": run,
        }});
        let url = format!(
            "{}/flyteidl2.workflow.RunService/GetRunDetails",
            self.control_plane
        );
        let asked = client().post(url).json(&id);
        let details = Answer::of(asked.header("authorization", "Bearer a")).await;
        let variables = &details.body["details"]["runSpec"]["envs"]["values"];
        let variables = variables.as_array().unwrap().iter();
        let mut found = variables.filter(|it| it["key"] == "TRACEPARENT");
        let value = found.next().unwrap()["value"].as_str().unwrap();
        value.to_owned()
    }

    async fn faults(&self, rules: &Value) {
        let url = format!("{}/_dev/faults", self.control_plane);
        let set = client().put(url).json(&json!({ "rules": rules }));
        assert_eq!(Answer::of(set).await.status, 200);
    }

    /// Kills the program, and starts another with its inbox.
    async fn killed(mut self) -> Self {
        self.program.kill().await;
        let yaml = format!(
            "server: {{drain_delay: 0s}}\n{}",
            onward::with_inbox(self.data.path())
        );
        self.program = Program::serve(&self.control_plane, &yaml).await;
        self
    }

    /// Stops the program; gives the lines of its log.
    async fn ended(self) -> Vec<Value> {
        self.program.terminate();
        let (status, log) = self.program.ended().await;
        assert_eq!(status.code(), Some(0), "{log}");
        let lines = log.lines().skip(1);
        lines
            .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}")))
            .collect()
    }
}

/// The access line of the one request.
fn access_line(log: &[Value]) -> &Value {
    let mut lines = log
        .iter()
        .filter(|line| line["http.response.status_code"].is_u64());
    let line = lines.next().expect("an access line");
    assert!(lines.next().is_none(), "{log:#?}");
    line
}

fn spans(batches: &[Batch], kind: SpanKind) -> Vec<Span> {
    let all = batches.iter().flat_map(|batch| batch.spans.clone());
    all.filter(|span| span.kind == i32::from(kind)).collect()
}

fn traceparent(flags: &str) -> String {
    format!("00-{TRACE}-{PARENT}-{flags}")
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one trace from end to end")]
async fn a_callers_trace_leads_through_log_control_plane_and_collector_into_the_run() {
    let mut collector = Collector::start().await;
    let served = Served::start(&[
        ("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint),
        ("OTEL_EXPORTER_OTLP_HEADERS", "api-key=k%3D1, x-scope=a"),
        (
            "OTEL_RESOURCE_ATTRIBUTES",
            "deployment.environment.name=test",
        ),
    ])
    .await;
    let (parent, state) = (traceparent("01"), "vendor=opaque");
    let path = "/run-task/development/flytesnacks/demo.hello";
    let answer = served
        .ask(path, &[("traceparent", &parent), ("tracestate", state)])
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let upstream = served.upstream("traceparent").await;
    assert!(upstream.len() >= 3, "{upstream:?}");
    let states = served.upstream("tracestate").await;
    assert!(
        states.iter().all(|it| it.as_deref() == Some(state)),
        "{states:?}"
    );
    let run = json!({"runId": {
        "org": "", "project": "flytesnacks", "domain": "development",
        "name": answer.body["name"],
    }});
    let url = format!(
        "{}/flyteidl2.workflow.RunService/GetRunDetails",
        served.control_plane
    );
    let run = Answer::of(
        client()
            .post(url)
            .json(&run)
            .header("authorization", "Bearer a"),
    )
    .await;
    let log = served.ended().await;

    let line = access_line(&log);
    let span_id = line["span_id"].as_str().unwrap();
    assert_eq!(line["trace_id"], TRACE);
    assert_eq!(line["request.id"], answer.header("x-request-id"));

    let variables = run.body["details"]["runSpec"]["envs"]["values"]
        .as_array()
        .unwrap()
        .clone();
    let of_run = json!({"key": "TRACEPARENT", "value": format!("00-{TRACE}-{span_id}-01")});
    assert!(variables.contains(&of_run), "{variables:?}");

    let batches = collector.all();
    let [asked] = spans(&batches, SpanKind::Server).try_into().unwrap();
    assert_eq!(HEXLOWER.encode(&asked.trace_id), TRACE);
    assert_eq!(HEXLOWER.encode(&asked.span_id), span_id);
    assert_eq!(HEXLOWER.encode(&asked.parent_span_id), PARENT);
    assert_eq!(asked.name, "POST /run-task/{domain}/{project}/{name}");
    assert_eq!(
        json!(words(&asked.attributes)),
        json!({
            "http.request.method": "POST",
            "http.route": "/run-task/{domain}/{project}/{name}",
            "http.response.status_code": "200",
            "url.scheme": "http",
            "network.protocol.version": "1.1",
            "flyte_webhook.request.id": answer.header("x-request-id"),
        })
    );
    let calls = spans(&batches, SpanKind::Client);
    assert_eq!(calls.len(), upstream.len());
    for call in &calls {
        assert_eq!(HEXLOWER.encode(&call.trace_id), TRACE);
        assert_eq!(call.parent_span_id, asked.span_id);
        let sent = format!("00-{TRACE}-{}-01", HEXLOWER.encode(&call.span_id));
        assert!(upstream.contains(&Some(sent)), "{upstream:?}");
        assert!(asked.start_time_unix_nano <= call.start_time_unix_nano);
        assert!(call.end_time_unix_nano <= asked.end_time_unix_nano);
    }
    let created = calls
        .iter()
        .find(|call| call.name.ends_with("RunService/CreateRun"));
    let created = words(&created.unwrap().attributes);
    assert_eq!(created["rpc.service"], "flyteidl2.workflow.RunService");
    assert_eq!(created["rpc.method"], "CreateRun");
    assert_eq!(created["http.response.status_code"], "200");

    for batch in &batches {
        assert_eq!(batch.headers["content-type"], "application/x-protobuf");
        assert_eq!(batch.headers["api-key"], "k=1");
        assert_eq!(batch.headers["x-scope"], "a");
        let of_server = json!({
            "service.name": "flyte-webhook",
            "service.version": env!("CARGO_PKG_VERSION"),
            "deployment.environment.name": "test",
        });
        assert_eq!(json!(batch.resource), of_server);
    }
}

#[tokio::test]
async fn without_a_collector_a_request_has_a_trace_all_the_same() {
    let served = Served::start(&[]).await;
    let answer = served.ask("/me", &[]).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let upstream = served.upstream("traceparent").await;
    let log = served.ended().await;
    let line = access_line(&log);
    let (trace, span) = (
        line["trace_id"].as_str().unwrap(),
        line["span_id"].as_str().unwrap(),
    );
    assert_eq!(upstream, [Some(format!("00-{trace}-{span}-00"))]);
}

#[tokio::test]
async fn what_is_no_trace_is_not_passed_on() {
    let collector = Collector::start().await;
    let served = Served::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)]).await;
    let upper = traceparent("01").to_uppercase();
    let with_more = format!("{}-{CANARY}", traceparent("01"));
    for hostile in ["", "00", CANARY, &upper, &with_more] {
        let headers = [("traceparent", hostile), ("tracestate", "a=b")];
        assert_eq!(served.ask("/me", &headers).await.status, 200, "{hostile}");
    }
    let sent = served.upstream("traceparent").await;
    assert_eq!(sent.len(), 5);
    for value in sent.into_iter().flatten() {
        assert_eq!(value.len(), 55, "{value}");
        assert!(!value.contains(TRACE), "{value}");
    }
    assert_eq!(served.upstream("tracestate").await, [const { None }; 5]);
}

#[tokio::test]
async fn a_trace_that_its_caller_does_not_record_is_passed_on_and_not_exported() {
    let mut collector = Collector::start().await;
    let served = Served::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)]).await;
    let parent = traceparent("00");
    assert_eq!(
        served.ask("/me", &[("traceparent", &parent)]).await.status,
        200
    );
    let upstream = served.upstream("traceparent").await;
    let log = served.ended().await;
    assert_eq!(access_line(&log)["trace_id"], TRACE);
    let span = access_line(&log)["span_id"].as_str().unwrap().to_owned();
    assert_eq!(upstream, [Some(format!("00-{TRACE}-{span}-00"))]);
    assert!(collector.all().is_empty());
}

#[tokio::test]
async fn no_credential_is_in_any_span_whatever_goes_wrong() {
    let mut collector = Collector::start().await;
    let served = Served::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)]).await;
    let state = format!("a={CANARY}");
    let cookie = format!("session={CANARY}");
    let headers = [
        ("cookie", cookie.as_str()),
        ("traceparent", &traceparent("01")),
        ("tracestate", &state),
        ("baggage", &state),
        ("user-agent", CANARY),
        ("x-api-key", CANARY),
    ];
    let rules =
        json!({"rules": [{"method": "*", "effect": {"type": "echo_token", "code": "internal"}}]});
    let url = format!("{}/_dev/faults", served.control_plane);
    assert_eq!(Answer::of(client().put(url).json(&rules)).await.status, 200);
    for path in [
        "/me",
        "/run/none",
        "/run/somebody",
        &format!("/{CANARY}?{CANARY}"),
    ] {
        served.ask(path, &headers).await;
    }
    let log = served.ended().await;
    assert!(!json!(log).to_string().contains(CANARY));
    let batches = collector.all();
    assert_eq!(spans(&batches, SpanKind::Server).len(), 4);
    for batch in batches {
        let found = batch
            .bytes
            .windows(12)
            .any(|piece| CANARY.as_bytes().windows(12).any(|it| it == piece));
        assert!(!found, "{}", batch.bytes.escape_ascii());
    }
}

#[tokio::test]
async fn a_collector_that_is_not_there_costs_spans_and_nothing_else() {
    let nobody = "http://127.0.0.1:9";
    let served = Served::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", nobody)]).await;
    assert_eq!(served.ask("/me", &[]).await.status, 200);
    let ended = tokio::time::timeout(Duration::from_secs(15), served.ended()).await;
    let log = ended.expect("it stops in time");
    let told = log.iter().filter(|line| line["level"] == "WARN");
    assert_eq!(told.count(), 1, "{log:#?}");
}

#[tokio::test]
async fn spans_are_sent_again_where_the_collector_is_overloaded() {
    let mut collector = Collector::answering(StatusCode::SERVICE_UNAVAILABLE).await;
    let served = Served::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)]).await;
    assert_eq!(served.ask("/me", &[]).await.status, 200);
    let (first, second) = (collector.batch().await, collector.batch().await);
    assert_eq!(first.bytes, second.bytes);
    served.ended().await;
}

#[tokio::test]
async fn spans_that_the_collector_does_not_want_are_not_sent_again() {
    let mut collector = Collector::answering(StatusCode::BAD_REQUEST).await;
    let served = Served::start(&[("OTEL_EXPORTER_OTLP_ENDPOINT", &collector.endpoint)]).await;
    assert_eq!(served.ask("/me", &[]).await.status, 200);
    let log = served.ended().await;
    assert_eq!(collector.all().len(), 1, "{log:#?}");
}
