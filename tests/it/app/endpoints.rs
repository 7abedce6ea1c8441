//! Endpoints that the control plane's record should not have.

use serde_json::json;

use super::{LOOPBACK, apps_are_at, call, target::Target};
use crate::harness::TestApp;

/// `PORT` is the canary's.
const FORMS: &[&str] = &[
    "file:///etc/passwd",
    "file://127.0.0.1:PORT/x",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/",
    "ws://127.0.0.1:PORT",
    "data:,x",
    "javascript:alert(1)",
    "unix:///run/x.sock",
    "jar:http://127.0.0.1:PORT!/",
    "http+unix://127.0.0.1:PORT",
    "127.0.0.1:PORT",
    "//127.0.0.1:PORT",
    "/x",
    "x",
    "http:",
    "http://",
    "http:///",
    "https://:PORT",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:PORT?x=",
    "http://127.0.0.1:PORT/?",
    "http://127.0.0.1:PORT#",
    "http://127.0.0.1:PORT/#x",
    "http://user@127.0.0.1:PORT",
    "http://user:pass@127.0.0.1:PORT",
    "http://@127.0.0.1:PORT",
    "http://:@127.0.0.1:PORT",
    "http://example.com@127.0.0.1:PORT",
    "http://127.0.0.1:PORT\\@example.com",
    "http:\\\\127.0.0.1:PORT",
    "http://127.0.0.1 :PORT",
    " http://127.0.0.1:PORT",
    "http://127.0.0.1:PORT ",
    "http://127.0.0.1:PORT\n",
    "ht\ntp://127.0.0.1:PORT",
    "http://127.0.0.1:PORT\t/x",
    "http://127.0.0.1:PORT/\r\nx: y",
    "http://[::1",
    "http://a..b",
    "http://%00/",
    "http://[fe80::1%25eth0]/",
];

#[tokio::test]
async fn an_endpoint_that_is_no_plain_address_of_an_app_is_not_called() {
    let app = TestApp::with(LOOPBACK).await;
    let mut canary = Target::json("200 OK", "{}").await;
    let port = canary.address.port();
    for form in FORMS {
        let url = form.replace("PORT", &port.to_string());
        apps_are_at(&app, &url).await;
        let answer = call(&app, "path=/x", &json!({})).await;
        assert_eq!(answer.status, 502, "{url:?}: {}", answer.text);
        assert_eq!(answer.body["source"], "app", "{url:?}");
        assert_eq!(canary.requests(), [""; 0], "{url:?}");
    }
    apps_are_at(&app, "").await;
    let answer = call(&app, "path=/x", &json!({})).await;
    assert_eq!(
        (answer.status, &answer.body["code"]),
        (409, &json!("app_not_active")),
        "{}",
        answer.text
    );
}

#[tokio::test]
async fn private_and_metadata_addresses_are_refused_in_every_spelling() {
    let app = TestApp::start().await;
    let mut canary = Target::json("200 OK", "{}").await;
    let port = canary.address.port();
    for host in [
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "017700000001",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "localhost",
        "LocalHost",
        "0.0.0.0",
        "0",
        "[::]",
        "10.0.0.1",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "169.254.169.254",
        "[::ffff:169.254.169.254]",
        "2852039166",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "[fe80::1]",
        "224.0.0.1",
        "255.255.255.255",
        "198.18.0.1",
        "192.0.2.1",
    ] {
        let url = format!("http://{host}:{port}");
        apps_are_at(&app, &url).await;
        let answer = call(&app, "path=/x", &json!({})).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (502, &json!("app_endpoint_refused")),
            "{url}: {}",
            answer.text
        );
        assert_eq!(canary.requests(), [""; 0], "{url}");
    }
}

#[tokio::test]
async fn metadata_addresses_stay_refused_where_everything_is_allowed() {
    let app = TestApp::with("egress: {allow: [0.0.0.0/0, '::/0', localhost]}\n").await;
    for host in [
        "169.254.169.254",
        "[::ffff:a9fe:a9fe]",
        "[fe80::1]",
        "[fd00:ec2::254]",
        "100.100.100.200",
        "2852039166",
    ] {
        apps_are_at(&app, &format!("http://{host}")).await;
        let answer = call(&app, "path=/latest/meta-data", &json!({})).await;
        assert_eq!(
            answer.body["code"], "app_endpoint_refused",
            "{host}: {}",
            answer.text
        );
    }
}

#[tokio::test]
async fn an_endpoint_is_not_told_to_the_caller() {
    let app = TestApp::with(LOOPBACK).await;
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    for url in [
        format!("http://{closed}/secret-base"),
        "http://user:secret-base@10.0.0.1".to_owned(),
        "ftp://secret-base".to_owned(),
    ] {
        apps_are_at(&app, &url).await;
        let answer = call(&app, "path=/x", &json!({})).await;
        assert_eq!(answer.status, 502, "{url}: {}", answer.text);
        assert!(
            !answer.text.contains("secret-base")
                && !answer.text.contains(&closed.port().to_string()),
            "{}",
            answer.text
        );
    }
}
