//! What the connector tells of its calls: in the log, in the audit log, in metrics and
//! to a collector of traces; and that no secret is in any of it.

use std::{collections::HashMap, path::Path};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{grpc::Engine, server::task};
use crate::{
    admin::{HASH, KEY},
    app::target::Target,
    harness::{Answer, client},
    program::Program,
    trace::collector::Collector,
};

const SERVICE: &str = "flyteidl2.connector.AsyncConnectorService";
const CANARY: &str = "canary/secret+3f8e2d71c6a95b04";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A connector that tells all that it can, and where it does.
struct Telling {
    program: Program,
    collector: Collector,
    place: TempDir,
}

impl Telling {
    async fn start(level: &str) -> Self {
        let place = tempfile::tempdir().unwrap();
        let audit = place.path().join("audit.log");
        let collector = Collector::start().await;
        let yaml = format!(
            "server: {{drain_delay: 0s}}\n\
             admin: {{port: 0, host: 127.0.0.1, tokens: [{{id: ops, hash: {HASH}}}]}}\n\
             audit: {{file: {}}}\n\
             egress: {{allow: [127.0.0.0/8]}}\n\
             telemetry: {{log_format: json, log_level: {level}, \
               traces: {{endpoint: '{}/v1/traces'}}}}\n\
             connector:\n  host: 127.0.0.1\n  port: 0\n  methods: [POST]\n\
             \x20 secrets: [{{name: key, value: '${{CANARY}}', hosts: [127.0.0.1]}}]\n",
            audit.display(),
            collector.endpoint
        );
        let environment = HashMap::from([("CANARY", CANARY)]);
        Self {
            program: Program::connector(environment, &yaml).await,
            collector,
            place,
        }
    }

    async fn ask(&self, method: &str, request: &Value) -> Answer {
        let url = format!("http://{}/{SERVICE}/{method}", self.program.address);
        let request = client().post(url).json(request);
        let parent = format!("00-{TRACE}-00f067aa0ba902b7-01");
        Answer::of(request.header("traceparent", parent)).await
    }

    fn lines(&self) -> Vec<Value> {
        let log = self.program.log();
        let lines = log.lines().map(|line| serde_json::from_str(line).unwrap());
        lines.collect()
    }

    /// The lines of calls, of which there have to be so many.
    async fn calls(&self, count: usize) -> Vec<Value> {
        self.program.logged("\"rpc.method\"", count).await;
        let lines = self.lines().into_iter();
        lines.filter(|line| !line["rpc.method"].is_null()).collect()
    }
}

fn records(place: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(place.join("audit.log")).unwrap();
    let records = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let records = records.filter(|record: &Value| record["event"] == "request");
    records.collect()
}

/// A task of an execution that has names.
fn named(custom: &Value) -> Value {
    let mut request = task(custom, &[]);
    request["taskExecutionMetadata"] = json!({"taskExecutionId": {
        "taskId": {"project": "site", "domain": "production", "name": "hooks.call"},
        "nodeExecutionId": {"nodeId": "a0", "executionId": {"project": "site", "domain": "production", "name": "run-1"}},
    }});
    request
}

/// Of a line, what it says that is the same each time.
fn told(line: &Value) -> [String; 6] {
    let keys = [
        "rpc.method",
        "rpc.code",
        "task.type",
        "resource.id",
        "run.name",
        "level",
    ];
    keys.map(|key| {
        let value = line[key].as_str().unwrap_or("-");
        value.rsplit("Service/").next().unwrap().to_owned()
    })
}

/// Of a record, the same.
fn recorded(record: &Value) -> Value {
    let status = "http.response.status_code";
    let keys = [
        "action",
        "decision",
        "rules",
        status,
        "error.code",
        "resource.id",
        "run.name",
    ];
    json!(keys.map(|key| record[key].clone()))
}

const TASK: &str = "production/site/hooks.call";

/// Calls of each kind, one after the other.
async fn call_all(telling: &Telling, url: &str) {
    let create = named(&json!({ "url": url }));
    let meta = telling.ask("CreateTask", &create).await.body["resourceMeta"].clone();
    let get = json!({"resourceMeta": meta, "taskCategory": {"name": "webhook"}});
    telling.ask("GetTask", &get).await;
    telling.ask("DeleteTask", &get).await;
    let mut denied = named(&json!({"url": "http://10.0.0.1/"}));
    telling.ask("CreateTask", &denied).await;
    denied["template"]["type"] = json!("other");
    telling.ask("CreateTask", &denied).await;
    telling.ask("Nothing", &json!({})).await;
}

#[tokio::test]
async fn each_call_is_a_line_and_what_may_change_something_a_record() {
    let target = Target::json("200 OK", "{}").await;
    let telling = Telling::start("info").await;
    call_all(&telling, &target.url()).await;
    let calls = telling.calls(6).await;
    let lines: Vec<_> = calls.iter().map(told).collect();
    let lines_expected = [
        ["CreateTask", "ok", "webhook", TASK, "run-1", "INFO"],
        ["GetTask", "ok", "webhook", "-", "-", "INFO"],
        ["DeleteTask", "ok", "webhook", "-", "-", "INFO"],
        ["CreateTask", "ok", "webhook", TASK, "run-1", "INFO"],
        ["CreateTask", "not_found", "_OTHER", "-", "-", "INFO"],
        ["_OTHER", "not_found", "-", "-", "-", "INFO"],
    ];
    assert_eq!(lines, lines_expected);
    for line in &calls {
        assert_eq!(line["trace_id"], TRACE, "{line}");
        assert_eq!(line["client.address"], "127.0.0.1", "{line}");
        assert!(line["duration_ms"].is_number(), "{line}");
    }
    telling.program.terminate();
    let Telling { program, place, .. } = telling;
    assert_eq!(program.ended().await.0.code(), Some(0));
    let records = records(place.path());
    let all: Vec<_> = records.iter().map(recorded).collect();
    let create = "create_webhook_task";
    let expected = json!([
        [create, "allowed", [], 200, null, TASK, "run-1"],
        ["delete_webhook_task", "allowed", [], 200, null, null, null],
        [create, "denied", ["egress.allow"], 200, null, TASK, "run-1"],
        [create, "allowed", [], 404, "not_found", null, null],
    ]);
    assert_eq!(json!(all), expected);
    for record in records {
        assert_eq!(
            (&record["trace_id"], &record["caller.kind"]),
            (&json!(TRACE), &json!("nobody"))
        );
    }
}

/// Tasks that use the secret, in places where it may come out again.
fn revealing(base: &str) -> Vec<Value> {
    let tasks = [
        ("/{secrets.key}", json!({"data": {"k": "{secrets.key}"}})),
        (
            "/",
            json!({"headers": {"Authorization": "Bearer {secrets.key}"}}),
        ),
        ("/", json!({"headers": {"X {secrets.key}": "a"}})),
        ("/", json!({"method": "{secrets.key}"})),
        ("/", json!({"timeout_sec": "{secrets.key}"})),
        ("/", json!({"data": {"{secrets.key}": "{secrets.missing}"}})),
    ];
    let tasks = tasks.into_iter().map(|(path, more)| {
        let mut custom =
            json!({"url": format!("{base}{path}"), "show_data": true, "show_url": true});
        let members = custom.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        named(&custom)
    });
    let elsewhere = named(&json!({"url": "http://{secrets.key}.invalid/"}));
    tasks.chain([elsewhere]).collect()
}

impl Telling {
    /// Creates a task; gives all that came back.
    async fn reveal(&self, request: &Value) -> String {
        let answer = self.ask("CreateTask", request).await;
        let meta = answer.body["resourceMeta"].as_str().unwrap();
        let bytes = data_encoding::BASE64.decode(meta.as_bytes()).unwrap();
        answer.text + &String::from_utf8_lossy(&bytes)
    }

    /// Calls with the secret where a caller's own words may come out again: in a path,
    /// in a header, and as a type.
    async fn call_it_names(&self) {
        let engine = Engine::connect(self.program.address).await;
        let method = format!("{SERVICE}/{}", &CANARY[7..13]);
        let _ = engine
            .open(&method, &[("x-request-id", CANARY)])
            .end()
            .await;
        let mut other = task(&json!({}), &[]);
        other["template"]["type"] = json!(CANARY);
        self.ask("CreateTask", &other).await;
    }

    async fn metrics(&self) -> String {
        let lines = self.lines().into_iter();
        let mut admin = lines.filter_map(|line| line["admin.address"].as_str().map(str::to_owned));
        let metrics = client().get(format!("http://{}/metrics", admin.next().unwrap()));
        Answer::of(metrics.bearer_auth(KEY)).await.text
    }

    /// Ends it; gives its log and its audit log.
    async fn ended(self) -> [String; 2] {
        self.program.terminate();
        let (status, log) = self.program.ended().await;
        assert_eq!(status.code(), Some(0), "{log}");
        let audit = std::fs::read_to_string(self.place.path().join("audit.log"));
        [log, audit.unwrap()]
    }
}

#[tokio::test]
async fn secrets_are_in_no_line_record_metric_span_or_answer() {
    let encoded = data_encoding::BASE64_NOPAD.encode(CANARY.as_bytes());
    let escaped = CANARY.replace('/', "%2F").replace('+', "%2B");
    for level in ["trace", "info"] {
        let mut target = Target::json("200 OK", &json!({"echo": CANARY}).to_string()).await;
        let mut telling = Telling::start(level).await;
        let mut said = Vec::new();
        for request in revealing(&target.url()) {
            said.push(telling.reveal(&request).await);
        }
        telling.call_it_names().await;
        let sent = target.requests().concat();
        assert!(sent.contains(CANARY), "the secret was sent: {sent}");
        let metrics = telling.metrics().await;
        assert!(metrics.contains("connector_call_duration"), "{metrics}");
        said.push(metrics);
        let batch = telling.collector.batch().await;
        assert!(!batch.spans.is_empty());
        said.push(String::from_utf8_lossy(&batch.bytes).into_owned());
        said.extend(telling.ended().await);
        for form in [CANARY, &encoded, &escaped, &CANARY[7..24]] {
            for text in &said {
                assert!(!text.contains(form), "{form} at {level}: {text}");
            }
        }
    }
}
