//! Endpoints that the control plane's record should not have.

use std::{
    io,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use flyte_webhook::egress::Lookup;
use futures::future::BoxFuture;
use serde_json::json;

use super::{
    LOOPBACK, apps_are_at, call,
    corpus::{FORMS, PRIVATE_HOSTS},
    target::Target,
};
use crate::harness::TestApp;

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
    for host in PRIVATE_HOSTS {
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

/// Gives the answers to look-ups in turn, the last one for ever.
struct Turns(Vec<Vec<IpAddr>>, AtomicUsize);

impl Lookup for Turns {
    fn lookup(&self, _: String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let turn = self.1.fetch_add(1, Ordering::SeqCst).min(self.0.len() - 1);
        let addresses = self.0[turn].clone();
        Box::pin(async move { Ok(addresses) })
    }
}

#[tokio::test]
async fn a_name_is_looked_up_once_and_every_address_must_be_allowed() {
    let (here, there) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([127, 0, 0, 2]));
    let turns = vec![vec![here], vec![here, there], vec![there], vec![]];
    let turns = Arc::new(Turns(turns, AtomicUsize::new(0)));
    let app = TestApp::resolving_by(
        Arc::clone(&turns) as Arc<dyn Lookup>,
        "egress: {allow: [127.0.0.1]}\n",
    )
    .await;
    let target = Target::json("200 OK", "{}").await;
    let url = format!("http://app.example:{}", target.address.port());
    apps_are_at(&app, &url).await;
    for (status, code) in [
        (200, json!(null)),
        (502, json!("app_endpoint_refused")),
        (502, json!("app_endpoint_refused")),
        (502, json!("app_unreachable")),
    ] {
        let answer = call(&app, "path=/x", &json!({})).await;
        assert_eq!(
            (answer.status, &answer.body["code"]),
            (status, &code),
            "{}",
            answer.text
        );
    }
    assert_eq!(turns.1.load(Ordering::SeqCst), 4);
}
