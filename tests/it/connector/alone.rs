//! `flyte-webhook connector` as a process of its own.

use std::{collections::HashMap, net::SocketAddr};

use serde_json::{Value, json};

use super::{grpc::Engine, server::task};
use crate::{
    admin::{HASH, KEY},
    app::target::Target,
    harness::{Answer, client},
    program::{Program, bare},
    tls::Made,
};

const CREATE: &str = "flyteidl2.connector.AsyncConnectorService/CreateTask";

/// What a server has that the connector has no use for, and none of it is there.
const UNUSED: &str = "
control_plane: {endpoint: 'https://${NO_SUCH_VARIABLE}', ca_file: /no/such/file}
inbox: {store: '/no/such/directory/inbox.db'}
server: {drain_delay: 700ms, port: 9090, tls: {cert_file: /no/such/file, key_file: /no/such/file}}
auth: {service_credentials: [{name: x, value: '${NO_SUCH_VARIABLE}'}]}
hooks:
  deploy:
    source: github
    secrets: [{file: /no/such/file}, {value: '${NO_SUCH_VARIABLE}'}]
    identity: {env: NO_SUCH_VARIABLE}
    rules: [{task: a/b/c}]
";

fn yaml(more: &str) -> String {
    format!(
        "{UNUSED}admin: {{port: 0, host: 127.0.0.1, tokens: [{{id: ops, hash: {HASH}}}]}}\n\
         egress: {{allow: [127.0.0.0/8]}}\nconnector: {{host: 127.0.0.1, port: 0}}\n{more}"
    )
}

/// Where the program says that it is found by administrators.
fn admin(program: &Program) -> SocketAddr {
    at(program, "admin.address")
}

/// The address that the log has by this name.
fn at(program: &Program, name: &str) -> SocketAddr {
    let log = program.log();
    let lines = log
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut found = lines.filter_map(|line| line[name].as_str()?.parse().ok());
    found.next().unwrap()
}

async fn get(address: SocketAddr, path: &str, token: Option<&str>) -> Answer {
    let request = client().get(format!("http://{address}{path}"));
    Answer::of(match token {
        Some(token) => request.bearer_auth(token),
        None => request,
    })
    .await
}

#[tokio::test]
async fn it_needs_nothing_that_it_does_not_use_and_has_a_port_for_administrators() {
    let mut target = Target::json("200 OK", "{}").await;
    let environment = HashMap::from([("FLYTE_WEBHOOK__HOOKS__OTHER__SOURCE", "${NOTHING}")]);
    let program = Program::connector(environment, &yaml("")).await;
    let admin = admin(&program);
    for (path, status) in [("/livez", "live"), ("/readyz", "ready")] {
        let answer = get(admin, path, None).await;
        assert_eq!(
            (answer.status, &answer.body["status"]),
            (200, &json!(status))
        );
    }
    for path in ["/metrics", "/", "/api/status", "/health", "/nothing"] {
        let answer = get(admin, path, None).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (401, &json!("no_administrator"))
        );
    }
    for path in ["/", "/api/status", "/health"] {
        assert_eq!(get(admin, path, Some(KEY)).await.status, 404, "{path}");
    }
    let url = format!("http://{}/{CREATE}", program.address);
    let create = task(&json!({"url": target.url()}), &[]);
    let answer = Answer::of(client().post(url).json(&create)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    assert_eq!(target.requests().len(), 1);
    let metrics = get(admin, "/metrics", Some(KEY)).await;
    assert_eq!(metrics.status, 200);
    let calls = "flyte_webhook_connector_call_duration_seconds_count";
    let series = format!("{calls}{{rpc_method=\"{CREATE}\",rpc_code=\"ok\"}} 1");
    assert!(metrics.text.contains(&series), "{}", metrics.text);
    let called = "flyte_webhook_connector_request_duration_seconds_count";
    let series = format!("{called}{{host=\"other\",outcome=\"succeeded\"}} 1");
    assert!(metrics.text.contains(&series), "{}", metrics.text);
}

#[tokio::test]
async fn told_to_stop_it_says_so_first_and_then_finishes_what_goes_on() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let program = Program::connector(HashMap::new(), &yaml("")).await;
    let admin = admin(&program);
    let engine = Engine::connect(program.address).await;
    let create = super::server::create_task(&task(&json!({"url": url, "timeout_sec": 30}), &[]));
    let going_on = crate::harness::spawn({
        let engine = engine.clone();
        async move { engine.call(CREATE, &create).await }
    });
    let (mut webhook, _) = listener.accept().await.unwrap();
    program.terminate();
    program.logged("Stopping", 1).await;
    // While those who send requests here learn of it, it goes on.
    let answer = get(admin, "/readyz", None).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (503, &json!("not_ready"))
    );
    assert_eq!(get(admin, "/livez", None).await.status, 200);
    assert_eq!(get(admin, "/metrics", Some(KEY)).await.status, 200);
    let another = Engine::connect(program.address).await;
    let health = another.call("grpc.health.v1.Health/Check", b"").await;
    assert_eq!(
        (health.code, &health.body[5..]),
        (0, &[8, 2][..]),
        "NOT_SERVING"
    );
    // Then it is asked no more, but the webhook has not answered yet.
    while tokio::net::TcpStream::connect(program.address)
        .await
        .is_ok()
    {
        tokio::task::yield_now().await;
    }
    let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
    tokio::io::AsyncWriteExt::write_all(&mut webhook, answer)
        .await
        .unwrap();
    let said = going_on.await.unwrap();
    assert_eq!(said.code, 0, "{said:?}");
    let (status, log) = program.ended().await;
    assert_eq!(status.code(), Some(0), "{log}");
    assert!(!log.contains("unanswered"), "{log}");
}

#[tokio::test]
async fn another_certificate_is_shown_and_all_else_stays() {
    let (first, second) = (Made::new(), Made::new());
    let yaml = |made: &Made| format!("connector: {{host: 127.0.0.1, {}}}\n", made.section());
    let program = Program::connector(HashMap::new(), &yaml(&first)).await;
    let shows = async |made: &Made| made.agreed(program.address, &["h2"]).await;
    assert_eq!(shows(&first).await.as_deref(), Some(b"h2".as_slice()));
    program.rewrite(&yaml(&second));
    program.hang_up();
    let said = "The connector shows the certificates as they are now; all else";
    program.logged(said, 1).await;
    assert_eq!(shows(&second).await.as_deref(), Some(b"h2".as_slice()));
    // Without any it goes on with the one that it had.
    program.rewrite("connector: {host: 127.0.0.1}\n");
    program.hang_up();
    program.logged("connector.tls has changed", 1).await;
    assert_eq!(shows(&second).await.as_deref(), Some(b"h2".as_slice()));
    program.rewrite("connector: {prt: 1}\n");
    program.hang_up();
    program.logged("The configuration is refused", 1).await;
    assert!(program.log().contains("connector.prt"));
    assert_eq!(shows(&second).await.as_deref(), Some(b"h2".as_slice()));
}

#[tokio::test]
async fn beside_the_api_it_shows_another_certificate_too() {
    let (first, second) = (Made::new(), Made::new());
    let yaml = |made: &Made| {
        let port = "enabled: true, host: 127.0.0.1, port: 0";
        format!("connector: {{{port}, {}}}\n", made.section())
    };
    let program = Program::serve("http://127.0.0.1:9", &yaml(&first)).await;
    program.logged("connector.address", 1).await;
    let address = at(&program, "connector.address");
    assert!(first.agreed(address, &["h2"]).await.is_some());
    program.rewrite(&yaml(&second));
    program.hang_up();
    program
        .logged("The connector shows the certificates as they are now", 1)
        .await;
    assert!(second.agreed(address, &["h2"]).await.is_some());
}

#[tokio::test]
async fn a_mistake_in_what_it_uses_is_still_one() {
    let mut command = tokio::process::Command::from(bare());
    let file = tempfile::NamedTempFile::with_suffix(".yaml").unwrap();
    std::fs::write(
        file.path(),
        "hooks: {x: 1}\nconnector: {prt: 1}\nhoks: {}\n",
    )
    .unwrap();
    command.args(["connector", "--config"]).arg(file.path());
    let output = command.output().await.unwrap();
    assert_eq!(output.status.code(), Some(78));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("connector.prt") && said.contains("hoks"),
        "{said}"
    );
    assert!(!said.contains("hooks.x"), "{said}");
}
