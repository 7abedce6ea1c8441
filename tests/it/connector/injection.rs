//! What comes in as an input says nothing but a value.

use serde_json::json;

use super::server::TestConnector;
use crate::app::target::Target;

const SECRET: &str = "canary-secret-0123456789";

fn yaml(more: &str) -> String {
    format!(
        "egress: {{allow: [127.0.0.0/8]}}\nconnector:\n  secrets:\n  \
         - {{name: key, value: {SECRET}, hosts: [127.0.0.1]}}\n{more}"
    )
}

/// Values that would be more than that in a template that is read twice, in a URL
/// that is put together as text, or in a header.
fn attempts(canary: &str) -> Vec<String> {
    let mut attempts: Vec<String> = [
        "{secrets.key}",
        "{{secrets.key}}",
        "{inputs.x}",
        "{inputs.x.y}",
        "{}",
        "{0}",
        "{0.__class__}",
        "{inputs.__class__.__init__.__globals__}",
        "%(secrets.key)s",
        "${secrets.key}",
        "${SECRET}",
        "{{ secrets.key }}",
        "{% raw %}",
        "#{secrets.key}",
        "\\{secrets.key\\}",
        "}{secrets.key}{",
        "x\r\nX-Evil: 1",
        "x\nX-Evil: 1",
        "x\rX-Evil: 1",
        "x\r\n\r\nGET /evil HTTP/1.1\r\nHost: evil\r\n\r\n",
        "x HTTP/1.1\r\nX-Evil: 1\r\n\r\n",
        "x\u{0}y",
        "x\u{2028}X-Evil: 1",
        "\u{560d}\u{560a}X-Evil: 1",
        "%0d%0aX-Evil: 1",
    ]
    .map(str::to_owned)
    .into();
    for form in [
        "@CANARY/",
        "@CANARY",
        "x@CANARY/",
        ".CANARY/",
        "//CANARY/",
        "/\\CANARY/",
        "\\\\CANARY/",
        "http://CANARY/",
        "#@CANARY/",
        "?@CANARY/",
        "/../../CANARY/",
        ":80@CANARY/",
    ] {
        attempts.push(form.replace("CANARY", canary));
    }
    attempts
}

#[tokio::test]
async fn no_input_moves_the_host_adds_a_header_or_reads_a_secret() {
    let mut target = Target::json("200 OK", "{}").await;
    let mut canary = Target::json("200 OK", "{}").await;
    let connector = TestConnector::with(&yaml("")).await;
    let attempts = attempts(&canary.address.to_string());
    assert!(attempts.len() >= 30, "{}", attempts.len());
    let base = target.url();
    for attempt in attempts {
        for custom in [
            json!({"url": format!("{base}/{{inputs.x}}"), "show_url": true}),
            json!({"url": format!("{base}/a?q={{inputs.x}}"), "method": "GET"}),
            json!({"url": format!("{base}/"), "headers": {"X-A": "{inputs.x}"}}),
            json!({"url": format!("{base}/"), "data": {"a": "{inputs.x}", "b": "<{inputs.x}>"}, "show_data": true}),
            json!({"url": format!("{base}/"), "method": "GET", "data": {"a": "{inputs.x}"}}),
        ] {
            let resource = connector.perform(&custom, &[("x", json!(attempt))]).await;
            let shown = resource.to_string();
            assert!(!shown.contains(SECRET), "{attempt:?} in {custom}: {shown}");
            for request in target.requests() {
                let head = request.split("\r\n\r\n").next().unwrap();
                let lines = head.to_ascii_lowercase();
                assert!(
                    !lines.contains("\nx-evil"),
                    "{attempt:?} in {custom}: {request}"
                );
                assert!(
                    !request.contains(SECRET),
                    "{attempt:?} in {custom}: {request}"
                );
                let host = format!("\r\nhost: {}", target.address);
                assert!(head.contains(&host), "{attempt:?} in {custom}: {request}");
            }
        }
    }
    assert_eq!(canary.requests(), [""; 0]);
}

#[tokio::test]
async fn the_host_of_a_url_is_no_inputs_to_say() {
    let mut canary = Target::json("200 OK", "{}").await;
    let connector = TestConnector::with(&yaml("")).await;
    let (host, port) = ("127.0.0.1", canary.address.port());
    for (url, x) in [
        ("{inputs.x}", format!("http://{host}:{port}/")),
        ("{inputs.x}://127.0.0.1/", "http".to_owned()),
        ("http://{inputs.x}/", format!("{host}:{port}")),
        ("http://{inputs.x}:80/", host.to_owned()),
        ("http://127.0.0.1:{inputs.x}/", port.to_string()),
        ("http://127.0.0.{inputs.x}/", "1".to_owned()),
        ("http://127.0.0.1{inputs.x}/", format!(":{port}")),
        ("http://127.0.0.1{inputs.x}", format!(":{port}/")),
        ("http://{inputs.x}@127.0.0.1/", "u".to_owned()),
        ("http://a.example{inputs.x}", format!("@{host}:{port}/")),
        ("http:{inputs.x}", format!("//{host}:{port}/")),
        ("http:/{inputs.x}", format!("/{host}:{port}/")),
        ("http://{inputs.x}", format!("{host}:{port}/")),
        ("http:\\\\{inputs.x}/", format!("{host}:{port}")),
    ] {
        let resource = connector
            .perform(&json!({ "url": url }), &[("x", json!(x))])
            .await;
        assert_eq!(resource["phase"], "FAILED", "{url}: {resource}");
    }
    assert_eq!(canary.requests(), [""; 0]);
    let open = TestConnector::with(&yaml("  hosts_from_inputs: true\n")).await;
    let url = json!({"url": "http://{inputs.x}/"});
    let resource = open
        .perform(&url, &[("x", json!(canary.address.to_string()))])
        .await;
    assert_eq!(resource["phase"], "SUCCEEDED", "{resource}");
    assert_eq!(canary.requests().len(), 1);
}

#[tokio::test]
async fn a_secret_goes_to_its_own_hosts_alone() {
    let mut target = Target::json("200 OK", "{}").await;
    let mut other = Target::json("200 OK", "{}").await;
    let elsewhere = format!("http://localhost:{}/", other.address.port());
    let connector = TestConnector::with(&yaml("")).await;
    let with =
        |url: &str| json!({"url": url, "headers": {"Authorization": "Bearer {secrets.key}"}});
    let sent = connector.perform(&with(&target.url()), &[]).await;
    assert_eq!(sent["phase"], "SUCCEEDED", "{sent}");
    assert!(target.requests()[0].contains(SECRET));
    for custom in [
        with(&elsewhere),
        json!({"url": format!("{elsewhere}{{secrets.key}}")}),
        json!({"url": elsewhere, "data": {"a": ["{secrets.key}"]}}),
        json!({"url": target.url(), "headers": {"Host": "evil.example", "X": "{secrets.key}"}}),
    ] {
        let resource = connector.perform(&custom, &[]).await;
        assert_eq!(resource["phase"], "FAILED", "{custom}: {resource}");
        assert!(!resource.to_string().contains(SECRET), "{resource}");
    }
    assert_eq!(other.requests(), [""; 0]);
    assert_eq!(target.requests(), [""; 0]);
}

#[tokio::test]
async fn a_redirect_takes_no_secret_to_another_host() {
    let mut other = Target::json("200 OK", "{}").await;
    let location = format!("http://localhost:{}/", other.address.port());
    let moved = format!("HTTP/1.1 307 X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
    let target = Target::answering(moved).await;
    let connector = TestConnector::with(&yaml("  redirects: 3\n")).await;
    let custom = json!({"url": target.url(), "headers": {"X-Key": "{secrets.key}"}});
    let resource = connector.perform(&custom, &[]).await;
    let message = "The secret key may not be sent to this host; connector.secrets lists its hosts.";
    assert_eq!(resource, json!({"phase": "FAILED", "message": message}));
    let custom =
        json!({"url": target.url(), "headers": {"Authorization": "Bearer mine", "X-A": "b"}});
    let resource = connector.perform(&custom, &[]).await;
    assert_eq!(resource["phase"], "SUCCEEDED", "{resource}");
    let requests = other.requests();
    let request = requests[0].to_ascii_lowercase();
    assert!(
        request.contains("x-a: b") && !request.contains("authorization"),
        "{request}"
    );
}

#[tokio::test]
async fn a_webhook_that_sends_the_secret_back_does_not_show_it() {
    let forms: [String; 4] = [
        SECRET.to_owned(),
        data_encoding::BASE64.encode(SECRET.as_bytes()),
        data_encoding::HEXLOWER.encode(SECRET.as_bytes()),
        SECRET.replace('-', "%2D"),
    ];
    for form in forms {
        for status in ["200 OK", "500 X"] {
            let target = Target::json(status, &json!({"echo": form}).to_string()).await;
            let connector = TestConnector::with(&yaml("")).await;
            let custom = json!({
                "url": format!("{}/{{secrets.key}}", target.url()),
                "data": {"k": "{secrets.key}"},
                "show_data": true,
                "show_url": true,
            });
            let resource = connector.perform(&custom, &[]).await;
            let shown = if resource["outputs"].is_null() {
                resource["message"].to_string()
            } else {
                super::server::info(&resource).to_string()
            };
            assert!(shown.contains("(secret)"), "{shown}");
            assert!(!shown.contains(&form), "{shown}");
        }
    }
}
