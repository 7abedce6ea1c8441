//! The document says all there is to say, and nothing that is not so.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::harness::{Answer, TestApp};

async fn document(yaml: &str) -> Value {
    let app = TestApp::with(yaml).await;
    let asked = app.anonymous(reqwest::Method::GET, "/openapi.json");
    Answer::of(asked).await.body
}

/// All that it may serve.
const ALL: &str = "endpoint_groups: [all]\ncompat: {guide_routes: true}\n";

/// Each operation with its path.
fn operations(document: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let paths = document["paths"].as_object().unwrap().iter();
    paths.flat_map(|(path, item)| {
        let operations = item.as_object().unwrap().values();
        operations.map(move |operation| (path.as_str(), operation))
    })
}

/// Every member of this name, wherever it is.
fn members<'a>(value: &'a Value, name: &str, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(object) => {
            found.extend(object.get(name));
            object.values().for_each(|it| members(it, name, found));
        }
        Value::Array(array) => array.iter().for_each(|it| members(it, name, found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[tokio::test]
async fn every_reference_leads_somewhere_and_every_link_to_an_operation() {
    let document = document(ALL).await;
    let mut references = Vec::new();
    members(&document, "$ref", &mut references);
    assert!(references.len() > 100, "{}", references.len());
    for reference in references {
        let pointer = reference.as_str().unwrap().strip_prefix('#').unwrap();
        assert!(document.pointer(pointer).is_some(), "{reference}");
    }
    let ids: BTreeSet<&str> = operations(&document)
        .filter_map(|(_, operation)| operation["operationId"].as_str())
        .collect();
    assert_eq!(ids.len(), operations(&document).count(), "ids differ");
    let started = "/paths/~1run-task~1{domain}~1{project}~1{name}/post/responses/200/links";
    let links = document.pointer(started).unwrap().as_object().unwrap();
    let names: Vec<&String> = links.keys().collect();
    assert_eq!(names, ["abort", "io", "state"]);
    for link in links.values() {
        assert!(
            ids.contains(link["operationId"].as_str().unwrap()),
            "{link}"
        );
    }
}

#[tokio::test]
async fn every_operation_tag_parameter_body_and_answer_is_described() {
    let document = document(ALL).await;
    let described = |value: &Value| value["description"].as_str().is_some_and(|it| it.len() > 5);
    for tag in document["tags"].as_array().unwrap() {
        assert!(described(tag), "{tag}");
    }
    for (path, operation) in operations(&document) {
        let summary = operation["summary"].as_str().unwrap();
        assert!(!summary.contains('\n'), "{path}: {summary}");
        for parameter in operation["parameters"].as_array().into_iter().flatten() {
            assert!(described(parameter), "{path}: {parameter}");
        }
        let body = &operation["requestBody"];
        assert!(body.is_null() || described(body), "{path}: {body}");
        for (status, answer) in operation["responses"].as_object().unwrap() {
            let whole = match answer["$ref"].as_str() {
                Some(reference) => document.pointer(&reference[1..]).unwrap(),
                None => answer,
            };
            assert!(described(whole), "{path}: {status}");
            assert!(
                whole["headers"]["X-Request-Id"].is_object(),
                "{path}: {status}"
            );
        }
    }
}

/// The statuses that an operation is said to answer.
fn statuses(document: &Value, path: &str, method: &str) -> BTreeSet<String> {
    let responses = &document["paths"][path][method]["responses"];
    responses.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn operations_say_which_answers_they_may_give() {
    let document = document(ALL).await;
    let upstream = "401 403 404 409 414 429 431 500 501 502 503 504 508";
    for (path, method, others) in [
        ("/me", "get", "200 400"),
        (
            "/trigger/{task_name}/{trigger_name}/activate",
            "post",
            "200 400",
        ),
        ("/run/{name}/abort", "post", "200 400 422"),
        ("/run/{name}", "get", "200 202 400 422 424"),
        (
            "/run-task/{domain}/{project}/{name}",
            "post",
            "200 202 400 408 413 422 424",
        ),
        (
            "/app/{name}/call",
            "post",
            "200 3XX 400 408 413 422 4XX 5XX",
        ),
    ] {
        let expected = upstream.split(' ').chain(others.split(' '));
        let expected: BTreeSet<String> = expected.map(str::to_owned).collect();
        assert_eq!(statuses(&document, path, method), expected, "{path}");
    }
    let health = statuses(&document, "/health", "get");
    assert_eq!(
        health,
        ["200", "414", "431", "500", "504", "508"]
            .map(str::to_owned)
            .into()
    );
}

#[tokio::test]
async fn a_failed_run_is_documented_with_the_status_that_is_configured() {
    let document = document("endpoints: [run_task]\nwait: {failed_status: 409}\n").await;
    let path = "/run-task/{domain}/{project}/{name}";
    assert!(!statuses(&document, path, "post").contains("424"));
    let failed = &document["paths"][path]["post"]["responses"]["409"];
    let schema = &failed["content"]["application/problem+json"]["schema"]["$ref"];
    assert_eq!(schema, "#/components/schemas/FailedStart");
    // Nothing else is served that could be asked about the run.
    let started = &document["paths"][path]["post"]["responses"]["200"];
    assert_eq!(started["links"], Value::Null);
    let names: Vec<&Value> = document["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["name"])
        .collect();
    assert_eq!(names, [&json!("task")]);
}

#[tokio::test]
async fn only_public_operations_need_no_credentials() {
    let document = document(ALL).await;
    assert_eq!(document["security"], json!([{"bearer": []}]));
    for (path, operation) in operations(&document) {
        let open = operation["security"] == json!([{}]);
        assert_eq!(open, path == "/health", "{path}: {}", operation["security"]);
    }
}

#[tokio::test]
async fn answers_say_how_much_is_left_where_that_is_limited() {
    let told = |document: &Value, path: &str| {
        let headers = format!(
            "/paths/{}/get/responses/200/headers",
            path.replace('/', "~1")
        );
        let headers = document.pointer(&headers).unwrap();
        headers["RateLimit"].is_object() && headers["RateLimit-Policy"].is_object()
    };
    for (yaml, me, run) in [
        ("{}\n", false, false),
        ("limits: {rate: {routes: {get_run: 1/1s}}}\n", false, true),
        ("limits: {rate: {caller: 1/1s}}\n", true, true),
    ] {
        let document = document(yaml).await;
        assert!(!told(&document, "/health"), "{yaml}");
        assert_eq!(told(&document, "/me"), me, "{yaml}");
        assert_eq!(told(&document, "/run/{name}"), run, "{yaml}");
    }
}
