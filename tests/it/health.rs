//! `flyte-webhook health`, by which an image without a shell is checked.

use std::{net::SocketAddr, process::Output};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
    process::Command,
};

use crate::{
    harness::spawn,
    program::{Program, bare},
    tls::Made,
};

const ENDPOINT: &str = "http://127.0.0.1:1";

async fn health(arguments: &[&str], port: u16) -> Output {
    command(arguments, port).output().await.unwrap()
}

fn command(arguments: &[&str], port: u16) -> Command {
    let mut command = Command::from(bare());
    command
        .arg("health")
        .args(arguments)
        .env("_U_EP_OVERRIDE", ENDPOINT)
        .env("FLYTE_INTERNAL_EXECUTION_PROJECT", "flytesnacks")
        .env("FLYTE_INTERNAL_EXECUTION_DOMAIN", "development")
        .env("PORT", port.to_string());
    command
}

fn said(output: &Output) -> (Option<i32>, String) {
    let text = String::from_utf8_lossy(&output.stderr);
    (output.status.code(), text.into_owned())
}

/// A server that answers everybody so, and then closes.
async fn answering(answer: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            // One segment holds the request.
            assert_ne!(stream.read(&mut [0; 1024]).await.unwrap(), 0);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

#[tokio::test]
async fn a_server_that_is_there_is_healthy_also_where_its_control_plane_is_not() {
    let program = Program::serve(ENDPOINT, "{}\n").await;
    let port = program.address.port();
    let own = health(&[], port).await;
    assert_eq!(said(&own), (Some(0), String::new()));
    assert_eq!(String::from_utf8_lossy(&own.stdout), "200 OK\n");
    let url = format!("http://127.0.0.1:{port}/health");
    let named = health(&["--url", &url], 1).await;
    assert_eq!(said(&named), (Some(0), String::new()));
}

#[tokio::test]
async fn a_server_with_tls_is_asked_by_it() {
    let made = Made::new();
    let [cert, key] = [made.file("ca.pem"), made.file("key.pem")];
    let section = format!("server: {{{}}}\n", made.section());
    let program = Program::serve(ENDPOINT, &section).await;
    let port = program.address.port();
    let mut own = command(&[], port);
    own.env("FLYTE_WEBHOOK__SERVER__TLS__CERT_FILE", cert);
    own.env("FLYTE_WEBHOOK__SERVER__TLS__KEY_FILE", key);
    assert_eq!(said(&own.output().await.unwrap()), (Some(0), String::new()));
    let url = format!("https://127.0.0.1:{port}/health");
    let (code, words) = said(&health(&["--url", &url], 1).await);
    assert_eq!(code, Some(1), "nobody vouches for its certificate: {words}");
    let asked = health(&["--insecure", "--url", &url], 1).await;
    assert_eq!(said(&asked), (Some(0), String::new()));
}

#[tokio::test]
async fn nobody_there_is_unhealthy() {
    let (code, said) = said(&health(&[], 1).await);
    assert_eq!(code, Some(1));
    let expected = "flyte-webhook: nobody answers at http://127.0.0.1:1/";
    assert!(said.starts_with(expected), "{said}");
}

#[tokio::test]
async fn who_answers_anything_but_success_is_unhealthy() {
    for status in ["503 Service Unavailable", "302 Found", "404 Not Found"] {
        let answer = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\nlocation: /\r\n\r\n");
        let address = answering(answer.leak()).await;
        let url = format!("http://{address}/");
        let expected = format!("flyte-webhook: {url} answers {status}\n");
        assert_eq!(
            said(&health(&["--url", &url], 1).await),
            (Some(1), expected)
        );
    }
}

#[tokio::test]
async fn a_configuration_that_is_wrong_is_no_server_that_is_away() {
    let (code, said) = said(&health(&["--port", "many"], 1).await);
    assert_eq!(code, Some(78), "{said}");
    assert!(said.contains("server.port"), "{said}");
}
