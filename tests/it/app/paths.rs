//! Paths and methods that try to reach another host, or another path than one
//! below the endpoint's.

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::json;

use super::{LOOPBACK, apps_are_at, call, target::Target};
use crate::harness::TestApp;

const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

#[tokio::test]
async fn no_path_leads_to_another_host_or_out_of_the_base() {
    let app = TestApp::with(LOOPBACK).await;
    let mut target = Target::json("200 OK", "{}").await;
    let mut canary = Target::json("200 OK", "{}").await;
    apps_are_at(&app, &format!("{}/base", target.url())).await;
    let corpus = corpus(&canary.address.to_string());
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
                    check(line, method, path);
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

fn check(line: &str, method: &str, path: &str) {
    let words: Vec<&str> = line.split(' ').collect();
    let [sent_method, target, "HTTP/1.1"] = words[..] else {
        panic!("{path:?} made {line:?}");
    };
    assert_eq!(sent_method, method, "{path:?}");
    let target = target.split('?').next().unwrap();
    assert!(target.starts_with("/base/"), "{path:?} made {line:?}");
    let decoded = target
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .replace("%2f", "/");
    assert!(
        decoded.split('/').all(|segment| segment != ".."),
        "{path:?} made {line:?}"
    );
}

/// Every trick with every way to begin and to end.
fn corpus(canary: &str) -> Vec<String> {
    let tricks = [
        "@CANARY/x",
        ":x@CANARY/x",
        "//CANARY/x",
        "///CANARY/x",
        "http://CANARY/x",
        "https:CANARY",
        "\\\\CANARY\\x",
        "/\\CANARY/x",
        "\\/CANARY",
        "/\t/CANARY",
        "/\r\n/CANARY",
        " //CANARY",
        "/..//CANARY",
        "/../x",
        "/../../x",
        "/./../x",
        "/%2e%2e/x",
        "/%2E%2E/x",
        "/.%2e/x",
        "/%252e%252e/x",
        "/..%2fx",
        "/%2e%2e%2fx",
        "/..%5cx",
        "/..;/x",
        "/..;a/x",
        "/x\r\nHost: CANARY\r\n\r\nGET / HTTP/1.1",
        "/x HTTP/1.1\r\nx: y",
        "/x\0",
        "/x%00",
        "/x%0d%0aHost:%20CANARY",
        "?@CANARY",
        "/?x=//CANARY",
        "#@CANARY/x",
        "/x#/../..",
        ".CANARY/x",
        ":80@CANARY/x",
        "/%40CANARY/x",
        "/%2F%2FCANARY/x",
        "/\u{2025}/x",
        "/\u{ff0e}\u{ff0e}/x",
        "/\u{2215}CANARY",
        "/é/ü",
        "/a b/c",
        "/%zz/%",
        "/~user/x",
    ];
    let starts = ["", "/", "x", "/x/y/", "/%20"];
    let ends = ["", "/..", "?q=1"];
    let mut corpus = Vec::new();
    for trick in tricks {
        for start in starts {
            for end in ends {
                corpus.push(format!("{start}{trick}{end}").replace("CANARY", canary));
            }
        }
    }
    corpus
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
