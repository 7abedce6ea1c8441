//! Where a trace goes on: into the runs of hooks, at once or by way of the inbox, and
//! into apps.

use super::*;
use crate::{
    app::target::Target,
    harness::TestApp,
    hooks::{GREET, push},
};

pub(super) fn with_inbox(data: &Path) -> String {
    let path = data.join("inbox.db");
    let inbox = format!(
        "inbox: {{path: {}, backoff: {{first: 10ms}}}}\n",
        path.display()
    );
    format!("{inbox}{GREET}    ack: stored\n")
}

async fn deliver(served: &Served, flags: &str) -> Answer {
    let origin = format!("http://{}", served.program.address);
    let request = push("7c1").request_at(&origin);
    let request = request.header("traceparent", traceparent(flags));
    Answer::of(request.header("tracestate", "vendor=opaque")).await
}

/// The span that a `traceparent` names, which has to be of the trace.
fn span_of(traceparent: &str) -> String {
    let parts: Vec<&str> = traceparent.split('-').collect();
    assert_eq!(
        (parts[0], parts[1], parts[3]),
        ("00", TRACE, "01"),
        "{traceparent}"
    );
    parts[2].to_owned()
}

/// The run that the inbox has launched.
async fn launched(served: &Served) -> String {
    served
        .program
        .logged("A delivery has been launched", 1)
        .await;
    let log = served.program.log();
    let lines = log
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let mut lines = lines.filter(|line| line["message"] == "A delivery has been launched");
    let line = lines.next().unwrap();
    assert_eq!(line["trace_id"], TRACE);
    line["run.name"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn the_run_of_a_delivery_is_in_the_trace_of_its_sender() {
    let served = Served::start_with(&[], |_data| GREET.to_owned()).await;
    let answer = deliver(&served, "01").await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let of_run = served
        .trace_of(answer.body["run_id"].as_str().unwrap())
        .await;
    let upstream = served.upstream("traceparent").await;
    let states = served.upstream("tracestate").await;
    let log = served.ended().await;
    assert_eq!(access_line(&log)["trace_id"], TRACE);
    assert_eq!(access_line(&log)["span_id"], span_of(&of_run));
    let own = Some(of_run);
    let (of_hook, asked): (Vec<_>, Vec<_>) = upstream.iter().partition(|it| **it == own);
    // The one without is what this test has asked.
    assert!(of_hook.len() >= 3 && asked == [&None], "{upstream:?}");
    let state = states
        .iter()
        .filter(|it| it.as_deref() == Some("vendor=opaque"));
    assert_eq!(state.count(), of_hook.len());
}

#[tokio::test]
async fn what_the_inbox_launches_goes_on_with_the_trace_of_its_delivery() {
    let mut collector = Collector::start().await;
    let environment = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint)];
    let served = Served::start_with(&environment, with_inbox).await;
    assert_eq!(deliver(&served, "01").await.status, 202);
    let run = launched(&served).await;
    let of_run = span_of(&served.trace_of(&run).await);
    let states = served.upstream("tracestate").await;
    served.ended().await;
    let batches = collector.all();
    let [asked] = spans(&batches, SpanKind::Server).try_into().unwrap();
    assert_eq!(HEXLOWER.encode(&asked.parent_span_id), PARENT);
    let attempts = spans(&batches, SpanKind::Consumer);
    for attempt in &attempts {
        assert_eq!(HEXLOWER.encode(&attempt.trace_id), TRACE);
        assert_eq!(attempt.parent_span_id, asked.span_id);
        assert_eq!(attempt.name, "launch");
        let facts = words(&attempt.attributes);
        assert_eq!(facts["flyte_webhook.hook.name"], "greet");
        assert_eq!(facts["flyte_webhook.delivery.id"], "1");
        assert_eq!(
            facts["flyte_webhook.task.id"],
            "development/flytesnacks/demo.hello"
        );
    }
    assert_eq!(HEXLOWER.encode(&attempts[0].span_id), of_run);
    for call in spans(&batches, SpanKind::Client) {
        assert!(attempts.iter().any(|it| it.span_id == call.parent_span_id));
    }
    let state = states
        .iter()
        .filter(|it| it.as_deref() == Some("vendor=opaque"));
    assert!(state.count() >= 3, "{states:?}");
}

#[tokio::test]
async fn the_trace_of_a_delivery_outlives_the_process_that_took_it() {
    let served = Served::start_with(&[], with_inbox).await;
    let down = json!([{"method": "*", "effect": {"type": "error", "code": "unavailable"}}]);
    served.faults(&down).await;
    assert_eq!(deliver(&served, "01").await.status, 202);
    let served = served.killed().await;
    served.faults(&json!([])).await;
    let run = launched(&served).await;
    span_of(&served.trace_of(&run).await);
}

#[tokio::test]
async fn an_app_that_is_called_is_told_of_the_trace() {
    let app = TestApp::with("egress: {allow: [127.0.0.0/8]}\n").await;
    let mut target = Target::json("200 OK", "{}").await;
    let effect = json!({"type": "app_endpoint", "url": target.url()});
    app.faults(&json!([{"method": "AppService/Get", "effect": effect}]))
        .await;
    let call = async |parent: &str| {
        let request = app.anonymous(Method::POST, "/app/demo-echo/call?path=/hello");
        let request = request
            .header("authorization", crate::harness::TOKEN)
            .header("traceparent", parent)
            .header("tracestate", "vendor=opaque");
        assert_eq!(Answer::of(request.json(&json!({}))).await.status, 200);
    };
    call(&traceparent("01")).await;
    let head = target.requests().remove(0);
    let line = |name: &str| {
        let mut lines = head.lines().filter_map(|line| line.strip_prefix(name));
        let value = lines.next().map(str::to_owned);
        assert_eq!(lines.next(), None, "{head}");
        value
    };
    let span = span_of(&line("traceparent: ").unwrap());
    assert_ne!(span, PARENT, "this server's own place in the trace");
    assert_eq!(line("tracestate: ").unwrap(), "vendor=opaque");
    call(CANARY).await;
    assert!(!target.requests()[0].contains(CANARY));
}

#[tokio::test]
async fn a_collector_is_told_what_an_app_answered() {
    let mut collector = Collector::start().await;
    let exporting = [("OTEL_EXPORTER_OTLP_ENDPOINT", &*collector.endpoint)];
    let allow = |_data: &Path| "egress: {allow: [127.0.0.0/8]}\n".to_owned();
    let served = Served::start_with(&exporting, allow).await;
    let mut found = Target::json("200 OK", "{}").await;
    let mut missing = Target::json("404 Not Found", "{}").await;
    let parent = traceparent("01");
    for target in [&mut found, &mut missing] {
        let effect = json!({"type": "app_endpoint", "url": target.url()});
        served
            .faults(&json!([{"method": "AppService/Get", "effect": effect}]))
            .await;
        let path = "/app/demo-echo/call?path=/hello";
        served.ask(path, &[("traceparent", &parent)]).await;
        let told = target.requests().remove(0);
        assert!(
            told.contains(&format!("traceparent: 00-{TRACE}-")),
            "{told}"
        );
    }
    served.ended().await;
    let calls = spans(&collector.all(), SpanKind::Client);
    let calls = calls.iter().filter(|call| call.name == "GET");
    let facts: Vec<_> = calls.map(|call| json!(words(&call.attributes))).collect();
    let answered =
        |status: &str| json!({"http.request.method": "GET", "http.response.status_code": status});
    let mut failed = answered("404");
    failed["error.type"] = json!("404");
    assert_eq!(facts, [answered("200"), failed]);
}
