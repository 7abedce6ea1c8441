//! Paths and methods that try to reach another host, or another path than one
//! below the endpoint's.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::{
    LOOPBACK, apps_are_at, call,
    corpus::{METHODS, check, paths},
    target::Target,
};
use crate::harness::TestApp;

#[tokio::test]
async fn no_path_leads_to_another_host_or_out_of_the_base() {
    let app = TestApp::with(LOOPBACK).await;
    let mut target = Target::json("200 OK", "{}").await;
    let mut canary = Target::json("200 OK", "{}").await;
    apps_are_at(&app, &format!("{}/base", target.url())).await;
    let corpus = paths(&canary.address.to_string());
    let (mut sent, mut refused) = (0, 0);
    for path in &corpus {
        for method in METHODS {
            let path_value = utf8_percent_encode(path, NON_ALPHANUMERIC);
            let answer = call(
                &app,
                &format!("path={path_value}&method={method}"),
                &json!({}),
            )
            .await;
            let requests = target.requests();
            match answer.status {
                200 => {
                    let line = requests.first().and_then(|it| it.lines().next()).unwrap();
                    assert_eq!(check(line, method), None, "{path:?}");
                    sent += 1;
                }
                422 => {
                    assert_eq!(requests, [""; 0], "{path:?}");
                    refused += 1;
                }
                other => panic!("{other} for {path:?}: {}", answer.text),
            }
            assert_eq!(canary.requests(), [""; 0], "{method} {path:?}");
        }
    }
    assert!(corpus.len() >= 300, "only {} paths", corpus.len());
    assert!(
        sent > 100 && refused > 100,
        "{sent} sent, {refused} refused"
    );
}

#[tokio::test]
async fn methods_are_the_configured_and_never_trace_or_connect() {
    let app = TestApp::with(&format!("{LOOPBACK}call_app: {{methods: [GET, POST]}}\n")).await;
    let mut target = Target::json("200 OK", "{}").await;
    apps_are_at(&app, &target.url()).await;
    app.forget().await;
    for method in ["TRACE", "CONNECT", "trace", "PUT", "FOO", ""] {
        let answer = call(&app, &format!("path=/x&method={method}"), &json!({})).await;
        assert_eq!(answer.status, 422, "{method}: {}", answer.text);
        assert_eq!(
            answer.body["detail"][0]["loc"],
            json!(["query", "method"]),
            "{method}"
        );
    }
    for method in ["GET%0d%0aX:y", "GET%20/x", "G%C3%89T", "GET%00", "GE(T"] {
        let answer = call(&app, &format!("path=/x&method={method}"), &json!({})).await;
        assert_eq!(answer.status, 422, "{method}: {}", answer.text);
    }
    let answer = call(&app, "path=/x&method=PUT", &json!({})).await;
    assert_eq!(
        answer.body["detail"],
        json!([{"type": "enum", "loc": ["query", "method"],
        "msg": "Input should be 'GET' or 'POST'", "input": "PUT", "ctx": {"expected": "'GET' or 'POST'"}}])
    );
    assert_eq!(app.received().await["requests"], json!([]));
    assert_eq!(
        call(&app, "path=/x&method=post", &json!({})).await.status,
        200
    );
    assert!(target.requests()[0].starts_with("POST /x HTTP/1.1\r\n"));
}
