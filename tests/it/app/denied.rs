//! Who is not let through, and a control plane that is no help.

use serde_json::json;

use super::{LOOPBACK, all_routes, apps_are_at, target::Target, updates};
use crate::harness::{Answer, TOKEN, TestApp};

#[tokio::test]
async fn an_app_that_is_not_in_the_list_is_403_before_any_call() {
    for list in [
        "[]",
        "[other]",
        "[demo-echo2]",
        "[system/demo-echo]",
        "[staging/flytesnacks/demo-echo]",
    ] {
        let app = TestApp::with(&format!("app_allowlist: {list}\n")).await;
        app.forget().await;
        for (route, answer) in all_routes(&app, "demo-echo", "").await {
            assert_eq!(answer.status, 403, "{list} {route}: {}", answer.text);
            assert_eq!(
                answer.body["detail"],
                "App demo-echo is not in the allowlist"
            );
            assert_eq!(answer.body["code"], "not_in_allowlist");
        }
        assert_eq!(app.received().await["requests"], json!([]), "{list}");
    }
}

/// The place is part of what is allowed.
#[tokio::test]
async fn project_and_domain_do_not_lead_around_the_list() {
    let app = TestApp::with("app_allowlist: [demo-echo, shared/tool, production/site/web]\n").await;
    for (name, query, status) in [
        ("demo-echo", "", 200),
        ("demo-echo", "?project=flytesnacks&domain=development", 200),
        ("demo-echo", "?project=&domain=", 200),
        ("demo-echo", "?project=system", 403),
        ("demo-echo", "?domain=production", 403),
        ("demo-echo", "?domain=development&domain=production", 403),
        ("DEMO-ECHO", "", 403),
        ("tool", "", 403),
        ("tool", "?project=shared", 404),
        ("tool", "?project=shared&domain=production", 404),
        ("web", "?project=site", 403),
        ("web", "?project=site&domain=production", 404),
        ("web", "?project=site&domain=PRODUCTION", 403),
    ] {
        let answer = app.get(&format!("/app/{name}{query}")).await;
        assert_eq!(answer.status, status, "{name}{query}: {}", answer.text);
    }
}

#[tokio::test]
async fn what_is_no_name_is_404_before_any_call() {
    let app = TestApp::start().await;
    app.forget().await;
    let long = "a".repeat(31);
    for name in [
        "a%2Fb",
        "a%252Fb",
        "%00",
        "a%0a",
        "%ff",
        "a%20",
        "%20a",
        "%C3%A9",
        "a%E2%80%8B",
        "a.b",
        "a_b",
        "-a",
        "a-",
        "%EF%BD%81",
        "a;b",
        "a:b",
        "a%5Cb",
        "a%00",
        &long,
    ] {
        for (route, answer) in all_routes(&app, name, "").await {
            assert_eq!(answer.status, 404, "{name}{route}: {}", answer.text);
            assert_eq!(answer.body["detail"], "Not Found", "{name}{route}");
        }
    }
    assert_eq!(app.received().await["requests"], json!([]));
}

#[tokio::test]
async fn an_unknown_app_is_404_and_so_is_one_elsewhere() {
    let app = TestApp::start().await;
    for (name, query) in [
        ("none", ""),
        ("demo-echo", "?project=system"),
        ("demo-echo", "?domain=production"),
    ] {
        for (route, answer) in all_routes(&app, name, query).await {
            assert_eq!(answer.status, 404, "{name}{route}{query}: {}", answer.text);
            assert_eq!(answer.body["detail"], format!("App {name} not found"));
            assert_eq!(answer.body["code"], "app_not_found");
        }
    }
    assert_eq!(updates(&app).await, 0);
}

#[tokio::test]
async fn a_control_plane_that_is_down_is_503() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    let app = TestApp::against(&format!("http://{closed}"), "{}\n").await;
    for (route, answer) in all_routes(&app, "demo-echo", "").await {
        assert_eq!(answer.status, 503, "{route}: {}", answer.text);
        assert_eq!(answer.body["source"], "control_plane");
        assert_eq!(answer.header("retry-after"), "5");
    }
}

#[tokio::test]
async fn what_the_control_plane_refuses_keeps_its_meaning_and_changes_nothing() {
    let app = TestApp::with(LOOPBACK).await;
    let mut target = Target::json("200 OK", "{}").await;
    for (effect, status) in [
        (json!({"type": "error", "code": "unauthenticated"}), 401),
        (json!({"type": "error", "code": "permission_denied"}), 403),
        (json!({"type": "error", "code": "unavailable"}), 503),
        (json!({"type": "error", "code": "internal"}), 502),
        (json!({"type": "garbage"}), 502),
        (json!({"type": "html"}), 502),
        (json!({"type": "echo_token", "code": "internal"}), 502),
    ] {
        app.faults(&json!([
            {"method": "AppService/Get", "effect": effect},
            {"method": "AppService/Update", "effect": effect},
        ]))
        .await;
        for (route, answer) in all_routes(&app, "demo-echo", "").await {
            assert_eq!(answer.status, status, "{effect} {route}: {}", answer.text);
            assert!(!answer.text.contains(&TOKEN[7..20]), "{}", answer.text);
        }
    }
    assert_eq!(
        updates(&app).await,
        0,
        "no app that was not seen is changed"
    );
    apps_are_at(&app, &target.url()).await;
    assert_eq!(
        app.get("/app/demo-echo").await.body["endpoint"],
        target.url()
    );
    assert_eq!(target.requests(), [""; 0]);
}

#[tokio::test]
async fn an_update_that_fails_is_no_success() {
    let app = TestApp::start().await;
    for (effect, status) in [
        (json!({"type": "error", "code": "permission_denied"}), 403),
        (json!({"type": "error", "code": "not_found"}), 404),
        (json!({"type": "garbage"}), 502),
    ] {
        app.faults(&json!([{"method": "AppService/Update", "effect": effect}]))
            .await;
        let answer = app.post("/app/demo-echo/deactivate", &json!(null)).await;
        assert_eq!(answer.status, status, "{effect}: {}", answer.text);
    }
}

#[tokio::test]
async fn without_credentials_it_is_401() {
    let app = TestApp::start().await;
    for path in [
        "/app/x/activate",
        "/app/x/deactivate",
        "/app/flyte-webhook/call",
    ] {
        let answer = Answer::of(app.anonymous(reqwest::Method::POST, path)).await;
        assert_eq!(answer.status, 401, "{path}");
    }
}
