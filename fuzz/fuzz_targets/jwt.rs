//! Any token: let in is only what the issuer's key has signed, for here and for
//! now, whatever else stands in it.
//!
//! The first byte says who signs. What follows is a token as it is, or its header
//! and its claims with a line break between them.
#![no_main]

use std::{
    io::{Read, Write},
    net::TcpListener,
    sync::Arc,
    thread,
    time::{SystemTime, UNIX_EPOCH},
};

use aws_lc_rs::{
    hmac,
    signature::{Ed25519KeyPair, KeyPair},
};
use data_encoding::BASE64URL_NOPAD;
use flyte_webhook::{
    auth::Authenticator,
    config::HeaderExtractor,
    control_plane::{Caller, ControlPlane, Identity, Observer},
    egress::{Guard, SystemLookup},
    metrics::Metrics,
    trace::Tracer,
};
use flyte_webhook_fuzz::config;
use http::{HeaderMap, HeaderValue, header::AUTHORIZATION};
use libfuzzer_sys::fuzz_target;
use serde_json::Value;
use tokio::runtime::{Builder, Runtime};
use tokio_util::sync::CancellationToken;

const ISSUER: &str = "https://issuer.example.com";
const AUDIENCE: &str = "hook";
const LEEWAY: f64 = 60.0;
const VALID: &str = "{\"alg\":\"EdDSA\",\"kid\":\"a\"}\n{\"iss\":\"https://issuer.example.com\",\
    \"aud\":\"hook\",\"sub\":\"ada\",\"exp\":4102444800}";

struct Door {
    runtime: Runtime,
    authenticator: Authenticator,
    extractors: Vec<HeaderExtractor>,
    own: Ed25519KeyPair,
    other: Ed25519KeyPair,
}

thread_local! {
    static DOOR: Door = Door::open();
}

fuzz_target!(|data: &[u8]| {
    let Some((signer, rest)) = data.split_first() else {
        return;
    };
    DOOR.with(|door| {
        let Some((header, claims)) = rest.split_once_at(b'\n').filter(|_| *signer > 0) else {
            assert_eq!(door.admits(rest), None);
            return;
        };
        let token = door.signed(*signer, header, claims);
        if let Some(subject) = door.admits(token.as_bytes()) {
            assert_eq!(*signer, 1, "{token}");
            assert!(is_valid(claims, &subject), "{token}");
        }
    });
});

trait SplitOnceAt {
    fn split_once_at(&self, byte: u8) -> Option<(&[u8], &[u8])>;
}

impl SplitOnceAt for [u8] {
    fn split_once_at(&self, byte: u8) -> Option<(&[u8], &[u8])> {
        let at = self.iter().position(|it| *it == byte)?;
        Some((&self[..at], &self[at + 1..]))
    }
}

impl Door {
    fn open() -> Self {
        let key = |seed| Ed25519KeyPair::from_seed_unchecked(&[seed; 32]).expect("a key");
        let (own, other) = (key(7), key(8));
        let public = BASE64URL_NOPAD.encode(own.public_key().as_ref());
        let yaml = format!(
            "auth:\n  jwt:\n    issuer: {ISSUER}\n    audiences: [{AUDIENCE}]\n    \
             jwks_url: {}\n    algorithms: [EdDSA]\n    jwks_lifetime: 24h\n",
            published(format!(
                r#"{{"keys":[{{"kty":"OKP","crv":"Ed25519","kid":"a","x":"{public}"}}]}}"#
            ))
        );
        // Nobody listens there.
        let config = config("http://127.0.0.1:9", &yaml);
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let guard = Guard::new(Vec::new(), Arc::new(SystemLookup));
        let (authenticator, refresher) = runtime.block_on(async {
            let metrics = Metrics::new("1970-01-01T00:00:00Z".parse().expect("a time"));
            let tracer = Tracer::off(&metrics);
            let observer = Observer { metrics, tracer };
            let (options, limits) = (&config.control_plane, &config.limits);
            let control_plane = ControlPlane::new(options, limits, &guard, &observer);
            Authenticator::new(&config, Arc::new(control_plane.expect("a client"))).expect("one")
        });
        runtime.spawn(refresher.expect("an issuer").run(CancellationToken::new()));
        let extractors = config.auth.header_extractors;
        let door = Self {
            runtime,
            authenticator,
            extractors,
            own,
            other,
        };
        let (header, claims) = VALID.as_bytes().split_once_at(b'\n').expect("two lines");
        let token = door.signed(1, header, claims);
        assert_eq!(door.admits(token.as_bytes()).as_deref(), Some("ada"));
        door
    }

    fn signed(&self, signer: u8, header: &[u8], claims: &[u8]) -> String {
        let [header, claims] = [header, claims].map(|it| BASE64URL_NOPAD.encode(it));
        let message = format!("{header}.{claims}");
        let signature = match signer {
            1 => self.own.sign(message.as_bytes()).as_ref().to_vec(),
            2 => self.other.sign(message.as_bytes()).as_ref().to_vec(),
            // The public key as a secret, which it is to a careless reader.
            3 => {
                let public = self.own.public_key().as_ref();
                let key = hmac::Key::new(hmac::HMAC_SHA256, public);
                hmac::sign(&key, message.as_bytes()).as_ref().to_vec()
            }
            _ => Vec::new(),
        };
        format!("{message}.{}", BASE64URL_NOPAD.encode(&signature))
    }

    /// The subject of a token that is let in.
    fn admits(&self, token: &[u8]) -> Option<String> {
        let value = [b"Bearer ".as_slice(), token].concat();
        let headers = HeaderMap::from_iter([(AUTHORIZATION, HeaderValue::try_from(value).ok()?)]);
        let id = HeaderValue::from_static("id");
        let caller = Caller::from_headers(&headers, &self.extractors, id)?;
        let admitted = self
            .runtime
            .block_on(self.authenticator.admit(caller))
            .ok()?;
        match admitted.caller.identity() {
            Identity::Subject(subject) => Some(subject.to_string()),
            other => panic!("{other:?}"),
        }
    }
}

/// The address of a document that everyone gets who asks.
fn published(document: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            // The request is short, and comes whole.
            let _ = stream.read(&mut [0; 4096]);
            let length = document.len();
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\nconnection: close");
            let _ = write!(stream, "{head}\r\n\r\n{document}");
        }
    });
    format!("http://{address}/")
}

/// Whether the claims are of the issuer, for here, for now, and about this subject.
fn is_valid(claims: &[u8], subject: &str) -> bool {
    let claims: Value = serde_json::from_slice(claims).expect("claims that were read");
    let names = |claim: &Value, name: &str| match claim {
        Value::Array(items) => items.iter().any(|item| item == name),
        other => other == name,
    };
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("a time").as_secs_f64();
    let expires = claims["exp"].as_f64();
    let begins = claims.get("nbf").map(|it| it.as_f64().expect("a number"));
    names(&claims["iss"], ISSUER)
        && names(&claims["aud"], AUDIENCE)
        && claims["sub"] == subject
        && !subject.is_empty()
        && expires.is_some_and(|at| at > now - LEEWAY - 2.0)
        && begins.is_none_or(|at| at < now + LEEWAY + 2.0)
}
