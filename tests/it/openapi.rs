//! The OpenAPI document is what is checked in and what is served.

mod document;
mod pages;

use std::collections::BTreeMap;

use flyte_webhook_core::endpoint::Endpoint;
use serde_json::{Value, json};

use crate::{
    harness::{Answer, TestApp},
    program::bare,
};

const CHECKED_IN: &str = include_str!("../../openapi/openapi.json");

#[test]
fn the_document_is_printed_as_it_is_checked_in() {
    let printed = bare()
        .args(["openapi", "--config", "config/examples/all-endpoints.yaml"])
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed == CHECKED_IN,
        "openapi/openapi.json is not current; run `make openapi`"
    );
}

#[test]
fn the_endpoints_that_a_configuration_serves_are_listed() {
    let printed = bare()
        .env("_U_EP_OVERRIDE", "https://cp.example.com")
        .env("FLYTE_INTERNAL_EXECUTION_PROJECT", "site")
        .env("FLYTE_INTERNAL_EXECUTION_DOMAIN", "production")
        .env("FLYTE_WEBHOOK__ENDPOINTS", "[health, me, run_task]")
        .arg("endpoints")
        .output()
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert_eq!(printed.lines().count(), Endpoint::ALL.len());
    let on = printed.lines().filter(|line| line.starts_with("on "));
    let on: Vec<Vec<&str>> = on.map(|line| line.split_whitespace().collect()).collect();
    assert_eq!(
        on,
        [
            vec!["on", "health", "core", "GET", "/health"],
            vec!["on", "me", "core", "GET", "/me"],
            vec![
                "on",
                "run_task",
                "task",
                "POST",
                "/run-task/{domain}/{project}/{name}"
            ],
        ]
    );
}

#[tokio::test]
async fn the_document_is_served_as_it_is_printed() {
    let app = TestApp::with("endpoint_groups: [all]\n").await;
    let served = Answer::of(app.anonymous(reqwest::Method::GET, "/openapi.json")).await;
    let checked_in: Value = serde_json::from_str(CHECKED_IN).unwrap();
    assert_eq!(served.body, checked_in);
}

/// What the document says of an operation, by path and method.
fn documented() -> BTreeMap<(String, String), Value> {
    let document: Value = serde_json::from_str(CHECKED_IN).unwrap();
    let paths = document["paths"].as_object().unwrap();
    let operations = paths.iter().flat_map(|(path, item)| {
        let methods = item.as_object().unwrap().iter();
        methods.map(move |(method, operation)| ((path.clone(), method.clone()), operation.clone()))
    });
    operations.collect()
}

#[test]
fn every_operation_has_the_path_and_the_names_of_its_endpoint() {
    let mut documented = documented();
    // The document is that of all groups, which hold no operation that must be
    // named to be served.
    let described = Endpoint::ALL.into_iter().filter(|it| !it.is_opt_in());
    for endpoint in described {
        let method = endpoint.method().as_str().to_ascii_lowercase();
        let operation = documented.remove(&(endpoint.path().to_owned(), method));
        let operation = operation.unwrap_or_else(|| panic!("{endpoint} is not described"));
        assert_eq!(operation["operationId"], endpoint.operation_id());
        assert_eq!(operation["tags"], json!([endpoint.group().name()]));
    }
    assert_eq!(documented, BTreeMap::new(), "of no endpoint");
}
