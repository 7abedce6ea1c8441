//! The administrator's routes: where they are, and who may use them.

use reqwest::Method;
use serde_json::json;

use crate::harness::{Answer, TOKEN, TestApp, client};

/// What the configuration has of `KEY`.
pub(crate) const HASH: &str = "10709d5b5fd75cced49d9f2f4506b57c0a2d76978983fed260481467c7376c9c";
pub(crate) const KEY: &str = "fwk_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// Where nothing listens: administrators need no control plane.
const NOWHERE: &str = "http://127.0.0.1:9";

/// Paths of administrators, those that do not exist among them.
const PATHS: [&str; 5] = ["/", "/metrics", "/api/", "/api/nothing", "/%61pi/nothing"];

fn tokens(more: &str) -> String {
    format!("admin: {{tokens: [{{id: ops, hash: {HASH}}}], {more}}}\n")
}

async fn ask(url: String, authorization: Option<&str>) -> Answer {
    let request = client().get(url);
    let request = match authorization {
        Some(value) => request.header("authorization", value),
        None => request,
    };
    Answer::of(request).await
}

/// Basic as a browser sends it.
fn basic(password: &str) -> String {
    let credentials = data_encoding::BASE64.encode(format!("ops:{password}").as_bytes());
    format!("Basic {credentials}")
}

fn assert_refused(answer: &Answer, what: &str) {
    assert_eq!(answer.status, 401, "{what}");
    assert_eq!(answer.body["code"], "no_administrator", "{what}");
    // One a header, or browsers ask for no password.
    let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
    assert_eq!(
        challenges,
        ["Basic realm=\"flyte-webhook\"", "Bearer"],
        "{what}"
    );
    assert_eq!(answer.header("cache-control"), "no-store", "{what}");
}

#[tokio::test]
async fn nobody_else_is_let_in_on_the_administrators_port_and_learns_no_route() {
    let app = TestApp::against(NOWHERE, &tokens("port: 0, host: 127.0.0.1")).await;
    let url = |path: &str| format!("http://{}{path}", app.admin.unwrap());
    let lower = format!("Bearer {}", KEY.to_lowercase());
    let padded = format!("Bearer {KEY}A");
    let hash = format!("Bearer {HASH}");
    let scheme = format!("Token {KEY}");
    let strangers = [
        None,
        Some(""),
        Some(TOKEN),
        Some(KEY),
        Some("Bearer "),
        Some("Basic "),
        Some("Basic !!!!"),
        Some(lower.as_str()),
        Some(padded.as_str()),
        Some(hash.as_str()),
        Some(scheme.as_str()),
    ];
    let of_basic = [basic(""), basic(HASH), basic(&format!("{KEY} "))];
    let of_basic = of_basic.iter().map(|it| Some(it.as_str()));
    for stranger in strangers.into_iter().chain(of_basic) {
        for path in PATHS.into_iter().chain(["/health", "/me", "/nothing"]) {
            let answer = ask(url(path), stranger).await;
            assert_refused(&answer, &format!("{path} {stranger:?}"));
        }
    }
}

#[tokio::test]
async fn an_administrator_is_let_in_by_bearer_and_by_basic() {
    let app = TestApp::against(NOWHERE, &tokens("port: 0, host: 127.0.0.1")).await;
    for authorization in [format!("Bearer {KEY}"), format!("bearer {KEY}"), basic(KEY)] {
        let url = format!("http://{}/api/nothing", app.admin.unwrap());
        let answer = ask(url, Some(&authorization)).await;
        assert_eq!(
            (answer.status, answer.body["code"].as_str()),
            (404, Some("no_route"))
        );
    }
}

#[tokio::test]
async fn another_sites_page_cannot_act_for_an_administrator() {
    let app = TestApp::against(NOWHERE, &tokens("port: 0, host: 127.0.0.1")).await;
    let address = app.admin.unwrap();
    let post = |origin: &str| {
        let request = client().post(format!("http://{address}/api/nothing"));
        let request = request.header("authorization", basic(KEY));
        Answer::of(request.header("origin", origin.to_owned()))
    };
    let foreign = post("https://evil.example").await;
    assert_eq!(
        (foreign.status, foreign.body["code"].as_str()),
        (403, Some("cross_site"))
    );
    assert_eq!(post(&format!("http://{address}")).await.status, 404);
}

#[tokio::test]
async fn the_main_port_has_these_routes_only_where_it_is_told() {
    let apart = TestApp::against(NOWHERE, &tokens("port: 0, host: 127.0.0.1")).await;
    let beside = TestApp::against(NOWHERE, &tokens("on_main_port: true")).await;
    let nobody = TestApp::against(NOWHERE, "admin: {port: 0, on_main_port: true}\n").await;
    assert_eq!((beside.admin, nobody.admin), (None, None));
    let bearer = format!("Bearer {KEY}");
    for path in PATHS {
        for app in [&apart, &nobody] {
            let answer = ask(app.url(path), None).await;
            assert_eq!(answer.body["code"], "no_credentials", "{path}");
        }
        assert_refused(&ask(beside.url(path), None).await, path);
        assert_refused(&ask(beside.url(path), Some(TOKEN)).await, path);
    }
    let answer = ask(beside.url("/api/nothing"), Some(&bearer)).await;
    assert_eq!(
        (answer.status, answer.body["code"].as_str()),
        (404, Some("no_route"))
    );
}

#[tokio::test]
async fn an_administrators_token_does_not_go_to_the_control_plane() {
    let yaml = tokens("port: 0, host: 127.0.0.1, on_main_port: true");
    let app = TestApp::with(&yaml).await;
    app.forget().await;
    for origin in [app.url(""), format!("http://{}", app.admin.unwrap())] {
        for path in PATHS {
            ask(format!("{origin}{path}"), Some(&format!("Bearer {KEY}"))).await;
        }
    }
    assert_eq!(app.received().await["total"], json!(0));
}

#[tokio::test]
async fn the_probes_are_open_on_both_ports_and_say_nothing_but_how_it_is() {
    let yaml = tokens("port: 0, host: 127.0.0.1");
    let app = TestApp::against(NOWHERE, &format!("{yaml}endpoints: []\n")).await;
    for (path, status) in [("/livez", "live"), ("/readyz", "ready")] {
        let admin = format!("http://{}{path}", app.admin.unwrap());
        let beside = ask(admin, None).await;
        assert_eq!(
            (beside.status, &beside.body),
            (200, &json!({ "status": status }))
        );
        let answer = ask(app.url(path), None).await;
        assert_eq!(
            (answer.status, &answer.body),
            (200, &json!({ "status": status }))
        );
        assert_eq!(answer.header("cache-control"), "no-store");
        let head = Answer::of(app.anonymous(Method::HEAD, path)).await;
        assert_eq!((head.status, head.text.as_str()), (200, ""));
        let post = Answer::of(app.anonymous(Method::POST, path)).await;
        assert_eq!((post.status, post.header("allow")), (405, "GET, HEAD"));
    }
}

#[tokio::test]
async fn a_server_that_is_about_to_stop_is_not_ready_and_serves_on() {
    let yaml = tokens("port: 0, host: 127.0.0.1");
    let app = TestApp::against(NOWHERE, &format!("{yaml}server: {{drain_delay: 2s}}\n")).await;
    app.stop();
    let admin = format!("http://{}/readyz", app.admin.unwrap());
    for url in [app.url("/readyz"), admin] {
        let ready = ask(url, None).await;
        assert_eq!((ready.status, ready.header("retry-after")), (503, "1"));
        assert_eq!(ready.body["code"], "not_ready");
    }
    for path in ["/livez", "/health"] {
        let answer = ask(app.url(path), None).await;
        assert_eq!((answer.status, answer.header("connection")), (200, "close"));
    }
    let url = format!("http://{}/api/nothing", app.admin.unwrap());
    let answer = ask(url, Some(&format!("Bearer {KEY}"))).await;
    assert_eq!((answer.status, answer.header("connection")), (404, "close"));
}
