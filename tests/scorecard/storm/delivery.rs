//! Deliveries of GitHub's.

use std::fmt::Write;

use flyte_webhook_core::hook::{sign::Signer, source::Source};
use jiff::Timestamp;
use secrecy::SecretString;
use serde_json::json;

/// Who signs with a secret.
pub(crate) fn signer(secret: impl Into<SecretString>) -> Signer {
    let scheme = Source::GitHub.scheme().unwrap();
    Signer::new(scheme, secret.into()).unwrap()
}

/// A push of this id to a hook, as it is sent.
pub(crate) fn request(hook: &str, id: &str, signer: &Signer) -> Vec<u8> {
    let body = json!({"ref": "refs/heads/main", "after": id}).to_string();
    let length = body.len();
    let mut request = format!(
        "POST /webhook/{hook} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
         x-github-event: push\r\nx-github-delivery: {id}\r\ncontent-length: {length}\r\n"
    );
    for (name, value) in signer.headers(id, Timestamp::now(), body.as_bytes()) {
        let _ = write!(request, "{name}: {value}\r\n");
    }
    format!("{request}\r\n{body}").into_bytes()
}
