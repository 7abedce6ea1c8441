//! No task reaches an address that is denied.

use std::{
    io,
    net::{IpAddr, Ipv4Addr},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use flyte_webhook::egress::{LookingUp, Lookup};
use serde_json::{Value, json};

use super::{
    corpus::{DENIED_HOSTS, TRICKS},
    server::TestConnector,
};
use crate::app::target::Target;

/// How a task fails whose request is not made.
const REFUSALS: [&str; 4] = [
    "The URL is refused: ",
    "The task's url is no URL.",
    "Request URL is missing an 'http://' or 'https://' protocol.",
    "No connection to the webhook could be made.",
];

#[track_caller]
fn is_refused(resource: &Value, what: &str) {
    let message = resource["message"].as_str().unwrap();
    assert_eq!(resource["phase"], "FAILED", "{what}: {resource}");
    let is_known = REFUSALS.iter().any(|refusal| message.starts_with(refusal));
    assert!(is_known, "{what}: {resource}");
}

#[tokio::test]
async fn no_spelling_of_a_denied_address_is_connected_to() {
    let mut canary = Target::json("200 OK", "{}").await;
    let connector = TestConnector::with("{}\n").await;
    let port = canary.address.port();
    let hosts = DENIED_HOSTS.iter();
    let urls = hosts.map(|host| format!("http://{host}:{port}/"));
    let tricks = TRICKS.iter();
    let tricks = tricks.map(|trick| trick.replace("PORT", &port.to_string()));
    let urls: Vec<String> = urls.chain(tricks).collect();
    assert!(urls.len() >= 100, "{}", urls.len());
    for url in urls {
        let resource = connector.perform(&json!({ "url": url }), &[]).await;
        is_refused(&resource, &url);
        // Of a name that leads here, only the address is at fault.
        let message = resource["message"].as_str().unwrap();
        let is_unfound = message.starts_with(REFUSALS[3]);
        assert!(
            !is_unfound || !url.contains("localhost:"),
            "{url}: {message}"
        );
    }
    assert_eq!(canary.requests(), [""; 0]);
}

#[tokio::test]
async fn metadata_is_refused_even_where_everything_is_allowed() {
    let connector = TestConnector::with("egress: {allow: [0.0.0.0/0, '::/0']}\n").await;
    for host in ["169.254.169.254", "[fd00:ec2::254]", "[64:ff9b::a9fe:a9fe]"] {
        let url = format!("http://{host}/latest/meta-data/");
        is_refused(&connector.perform(&json!({ "url": url }), &[]).await, host);
    }
}

/// What the look-ups of a name give, one after the other.
struct Answers(Vec<Vec<IpAddr>>, AtomicUsize);

impl Lookup for Answers {
    fn lookup(&self, _host: String) -> LookingUp {
        let number = self.1.fetch_add(1, Ordering::SeqCst);
        let found = self.0[number.min(self.0.len() - 1)].clone();
        Box::pin(async move { io::Result::Ok(found) })
    }
}

const ALLOWED: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);
const DENIED: IpAddr = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));

#[tokio::test]
async fn a_name_is_judged_by_every_address_that_it_resolves_to() {
    let mut target = Target::json("200 OK", "{}").await;
    let port = target.address.port();
    for (addresses, is_refused) in [
        (vec![ALLOWED], false),
        (vec![DENIED], true),
        (vec![ALLOWED, DENIED], true),
        (vec![DENIED, ALLOWED], true),
        (vec!["::ffff:127.0.0.2".parse().unwrap()], true),
        (vec!["169.254.169.254".parse().unwrap()], true),
        (vec![], true),
    ] {
        let lookup = Answers(vec![addresses.clone()], AtomicUsize::new(0));
        let yaml = format!("egress: {{allow: [{ALLOWED}]}}\n");
        let connector = TestConnector::resolving_by(Arc::new(lookup), &yaml).await;
        let url = format!("http://hook.example:{port}/");
        let resource = connector.perform(&json!({ "url": url }), &[]).await;
        assert_eq!(
            resource["phase"] == "FAILED",
            is_refused,
            "{addresses:?}: {resource}"
        );
        assert_eq!(
            target.requests().len(),
            usize::from(!is_refused),
            "{addresses:?}"
        );
    }
}

#[tokio::test]
async fn a_name_that_leads_elsewhere_the_next_time_gains_nothing() {
    let mut target = Target::json("200 OK", "{}").await;
    let lookup = Arc::new(Answers(
        vec![vec![ALLOWED], vec![DENIED]],
        AtomicUsize::new(0),
    ));
    let yaml = format!("egress: {{allow: [{ALLOWED}]}}\n");
    let connector = TestConnector::resolving_by(Arc::clone(&lookup) as _, &yaml).await;
    let url = format!("http://rebound.example:{}/", target.address.port());
    let first = connector.perform(&json!({ "url": url }), &[]).await;
    assert_eq!(first["phase"], "SUCCEEDED", "{first}");
    assert_eq!(
        lookup.1.load(Ordering::SeqCst),
        1,
        "one look-up, of which the address is used"
    );
    let second = connector.perform(&json!({ "url": url }), &[]).await;
    is_refused(&second, "the second look-up");
    assert_eq!(target.requests().len(), 1);
}

#[tokio::test]
async fn redirects_are_not_followed_unless_allowed_and_never_to_what_is_denied() {
    let mut canary = Target::json("200 OK", "{}").await;
    let port = canary.address.port();
    let lookup = || Arc::new(Answers(vec![vec![ALLOWED]], AtomicUsize::new(0)));
    for status in [301, 302, 303, 307, 308] {
        for location in [
            format!("http://127.0.0.1:{port}/"),
            format!("//127.0.0.1:{port}/"),
            format!("http://2130706433:{port}/"),
            format!("http://u:p@hook.example:{port}/"),
            format!("http://[::ffff:127.0.0.1]:{port}/"),
            "http://169.254.169.254/".to_owned(),
            "file:///etc/passwd".to_owned(),
        ] {
            let moved =
                format!("HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n");
            let target = Target::answering(moved).await;
            let custom = json!({"url": format!("http://hook.example:{}/", target.address.port())});
            for redirects in [0, 3] {
                // The name alone may lead here.
                let yaml = format!(
                    "egress: {{allow: [hook.example]}}\nconnector: {{redirects: {redirects}}}\n"
                );
                let connector = TestConnector::resolving_by(lookup(), &yaml).await;
                let resource = connector.perform(&custom, &[]).await;
                assert_eq!(resource["phase"], "FAILED", "{location}: {resource}");
            }
        }
    }
    assert_eq!(canary.requests(), [""; 0]);
}
