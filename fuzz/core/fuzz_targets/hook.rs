//! Any headers and any body: none is believed that the secret did not make, and what
//! is believed is no longer when a byte of it changes.
//!
//! The first byte chooses the source; then come headers, `name:value` in lines up to
//! an empty one; then the body.
#![no_main]

use std::sync::LazyLock;

use flyte_webhook_core::hook::{
    headers::Headers,
    scheme::{Content, Scheme, Unverified, Verifier},
    sign::Signer,
    source::{Incoming, Reader, Source},
};
use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use secrecy::SecretString;

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);
/// Long enough that no input holds it by chance.
const SECRET: &str = "whsec_q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQ";

/// A source with its verifier, and what signs as its sender does.
struct Side {
    reader: Reader,
    verifier: Verifier,
    signer: Signer,
    is_signed: bool,
}

static SIDES: LazyLock<Vec<Side>> = LazyLock::new(|| {
    let known = Source::ALL.into_iter();
    let sides = known.filter_map(|source| Some((source, source.scheme()?)));
    sides.map(|(source, scheme)| Side::new(source, scheme)).collect()
});

impl Side {
    fn new(source: Source, scheme: Scheme) -> Self {
        let secret = SecretString::from(SECRET);
        Self {
            reader: Reader::new(source),
            is_signed: matches!(scheme, Scheme::Signed(_)),
            signer: Signer::new(scheme.clone(), secret.clone()).expect("a secret"),
            verifier: Verifier::new(scheme, &[secret]).expect("a secret"),
        }
    }

    fn believes(&self, headers: &Headers, body: &[u8]) -> bool {
        self.verifier.verify(Unverified::new(headers, body), NOW).is_ok()
    }
}

fuzz_target!(|bytes: &[u8]| {
    let Some((first, rest)) = bytes.split_first() else {
        return;
    };
    let side = &SIDES[usize::from(*first) % SIDES.len()];
    let (head, body) = parts(rest);
    let given: Vec<(String, &[u8])> = head.split(|byte| *byte == b'\n').filter_map(header).collect();
    let headers: Headers = given.iter().map(|(name, value)| (name, value)).collect();
    if !rest.windows(SECRET.len()).any(|it| it == SECRET.as_bytes()) {
        assert!(!side.believes(&headers, body));
    }
    read(side, &headers, body);
    if let Ok(template) = std::str::from_utf8(head) {
        let _ = Content::parse(template);
    }
    changed(side, body, usize::from(*first));
});

/// What comes before an empty line, and after it.
fn parts(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes.windows(2).position(|it| it == b"\n\n");
    end.map_or((&[], bytes), |end| (&bytes[..end], &bytes[end + 2..]))
}

fn header(line: &[u8]) -> Option<(String, &[u8])> {
    let colon = line.iter().position(|byte| *byte == b':')?;
    let name = std::str::from_utf8(&line[..colon]).ok()?;
    Some((name.to_owned(), &line[colon + 1..]))
}

/// Reads what it would be; a type is there, and qualified by itself.
fn read(side: &Side, headers: &Headers, body: &[u8]) {
    let delivery = Unverified::new(headers, body);
    let _ = side.reader.unsigned_handshake(&delivery);
    if let Ok(Incoming::Event(event, payload)) = side.reader.preview(&delivery) {
        assert!(!event.event_type.is_empty());
        assert!(event.qualified_type().starts_with(&event.event_type));
        let payload = payload.root();
        assert!(payload.is_object() && payload.value().as_object().is_some());
    }
}

/// Signs the body, and changes what was signed.
fn changed(side: &Side, body: &[u8], at: usize) {
    let signed = side.signer.headers("msg_1", NOW, body);
    let headers: Headers = signed.iter().map(|(name, value)| (name, value)).collect();
    let mut changed = body.to_vec();
    // Linear's body may say another time.
    let believed = side.believes(&headers, body);
    assert!(believed || side.reader.source == Source::Linear);
    if let (true, Some(byte)) = (side.is_signed, changed.get_mut(at)) {
        *byte ^= 1;
        assert!(!side.believes(&headers, &changed));
    }
}
