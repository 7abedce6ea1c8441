//! What is no route, no method and no name.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, TOKEN, TestApp, raw};

#[tokio::test]
async fn unknown_paths_are_404_and_wrong_methods_405() {
    let app = TestApp::start().await;
    for path in [
        "/",
        "/none",
        "/run",
        "/run/",
        "/run//io",
        "//me",
        "/Me",
        "/me/x",
        "/task/d/p",
        "/docs/none",
    ] {
        let answer = app.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
        assert_eq!(answer.body["detail"], "Not Found", "{path}");
    }
    for (method, path, allow) in [
        (Method::POST, "/me", "GET, HEAD"),
        (Method::PUT, "/me", "GET, HEAD"),
        (Method::OPTIONS, "/me", "GET, HEAD"),
        (Method::GET, "/run-task/d/p/t", "POST"),
        (Method::HEAD, "/run/x/abort", "POST"),
        (Method::OPTIONS, "/run/x/abort", "POST"),
        (Method::POST, "/docs", "GET, HEAD"),
    ] {
        let request = app
            .anonymous(method.clone(), path)
            .header("authorization", TOKEN);
        let answer = Answer::of(request).await;
        assert_eq!(
            (answer.status, answer.header("allow")),
            (405, allow),
            "{method} {path}"
        );
        if method != Method::HEAD {
            assert_eq!(answer.body["detail"], "Method Not Allowed");
        }
    }
}

#[tokio::test]
async fn a_trailing_slash_leads_to_the_path_without_it() {
    let app = TestApp::start().await;
    for (path, location) in [
        ("/me/", "/me"),
        ("/run/x/", "/run/x"),
        ("/run/x/io/?project=p", "/run/x/io?project=p"),
        ("/openapi.json/", "/openapi.json"),
    ] {
        let answer = app.get(path).await;
        assert_eq!(
            (answer.status, answer.header("location")),
            (307, location),
            "{path}"
        );
        assert_eq!(answer.text, "");
    }
}

#[tokio::test]
async fn what_is_no_name_is_404_before_any_call() {
    let app = TestApp::start().await;
    app.forget().await;
    for name in [
        "a%2Fb",
        "a%252Fb",
        "%00",
        "a%0ab",
        "%ff",
        "a%20",
        "%20a",
        "é",
        "%C3%A9",
        "%EF%BD%81",
        "a%E2%80%8B",
        "a%5Cb",
        "*",
        "a;b",
        "a:b",
        "a@b",
    ] {
        for path in [
            format!("/run/{name}"),
            format!("/run/{name}/io"),
            format!("/task/development/flytesnacks/{name}"),
            format!("/task/{name}/flytesnacks/demo.hello"),
        ] {
            let answer = app.get(&path).await;
            assert_eq!(answer.status, 404, "{path}: {}", answer.text);
            assert_eq!(answer.body["detail"], "Not Found", "{path}");
        }
    }
    assert_eq!(app.received().await["requests"], json!([]));
}

/// Sent as written: a client of the URL standard would resolve them.
#[tokio::test]
async fn dot_segments_are_no_names() {
    let app = TestApp::start().await;
    app.forget().await;
    for path in [
        "/run/..",
        "/run/%2e%2e",
        "/run/%2E/io",
        "/task/../p/t",
        "/task/d/p/%2e",
        "/health/../me",
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\nauthorization: x\r\nconnection: close\r\n\r\n"
        );
        let answer = raw(&app, &request).await;
        assert!(answer.starts_with("HTTP/1.1 404 "), "{path}: {answer}");
    }
    assert_eq!(app.received().await["requests"], json!([]));
}

#[tokio::test]
async fn a_query_that_holds_no_name_is_422() {
    let app = TestApp::start().await;
    let answer = app.get("/run/x?project=a/b&domain=%00").await;
    assert_eq!(answer.status, 422);
    let detail = &answer.body["detail"];
    assert_eq!(detail[0]["loc"], json!(["query", "project"]));
    assert_eq!(detail[0]["input"], "a/b");
    assert_eq!(detail[1]["loc"], json!(["query", "domain"]));
}

#[tokio::test]
async fn problems_come_as_problem_json_where_that_is_accepted() {
    let app = TestApp::start().await;
    let request = app
        .anonymous(Method::GET, "/run/x?project=a/b")
        .header("authorization", TOKEN)
        .header("accept", "text/html, application/problem+json;q=0.9");
    let answer = Answer::of(request).await;
    assert_eq!(answer.status, 422);
    assert_eq!(answer.header("content-type"), "application/problem+json");
    assert_eq!(
        answer.body["detail"],
        "The request does not fit; see errors"
    );
    assert_eq!(answer.body["errors"][0]["loc"], json!(["query", "project"]));
}
