//! An issuer of tokens: keys of three kinds, and the address that publishes them.

use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use aws_lc_rs::{
    rand::SystemRandom,
    rsa::{KeyPair as RsaKeyPair, KeySize},
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING as P256, EcdsaKeyPair, Ed25519KeyPair, KeyPair},
};
use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use data_encoding::BASE64URL_NOPAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::harness::spawn;

pub(super) struct Issuer {
    pub(super) address: SocketAddr,
    keys: [Keys; 2],
    state: Arc<Published>,
}

/// One generation of keys.
pub(super) struct Keys {
    pub(super) ec: EcdsaKeyPair,
    pub(super) rsa: RsaKeyPair,
    pub(super) ed: Ed25519KeyPair,
    suffix: &'static str,
}

/// What the address answers.
struct Published {
    documents: [String; 2],
    rotated: AtomicBool,
    failing: AtomicBool,
    hanging: AtomicBool,
    fetches: AtomicUsize,
}

impl Issuer {
    pub(super) async fn start() -> Self {
        let keys = [Keys::new(""), Keys::new("-2")];
        let state = Arc::new(Published {
            documents: [keys[0].document(), keys[1].document()],
            rotated: AtomicBool::new(false),
            failing: AtomicBool::new(false),
            hanging: AtomicBool::new(false),
            fetches: AtomicUsize::new(0),
        });
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let router = Router::new()
            .route("/jwks", get(publish))
            .with_state(Arc::clone(&state));
        spawn(async move { axum::serve(listener, router).await });
        Self {
            address,
            keys,
            state,
        }
    }

    /// From now on other keys sign, under other names.
    pub(super) fn rotate(&self) {
        self.state.rotated.store(true, Ordering::SeqCst);
    }

    /// From now on the keys cannot be had.
    pub(super) fn fail(&self) {
        self.state.failing.store(true, Ordering::SeqCst);
    }

    /// From now on whoever asks for the keys waits for ever.
    pub(super) fn hang(&self) {
        self.state.hanging.store(true, Ordering::SeqCst);
    }

    /// How often the keys were asked for.
    pub(super) fn fetches(&self) -> usize {
        self.state.fetches.load(Ordering::SeqCst)
    }

    /// The keys that sign now.
    pub(super) fn keys(&self) -> &Keys {
        &self.keys[usize::from(self.state.rotated.load(Ordering::SeqCst))]
    }

    pub(super) fn token(&self, claims: &Value) -> String {
        let kid = format!("ec{}", self.keys().suffix);
        self.token_with(&json!({"alg": "ES256", "typ": "JWT", "kid": kid}), claims)
    }

    pub(super) fn token_with(&self, header: &Value, claims: &Value) -> String {
        self.signed(&header.to_string(), &claims.to_string())
    }

    /// Signs with the elliptic curve whatever the texts say.
    pub(super) fn signed(&self, header: &str, claims: &str) -> String {
        sealed(header, claims, |message| {
            let signature = self.keys().ec.sign(&SystemRandom::new(), message);
            signature.unwrap().as_ref().to_vec()
        })
    }

    pub(super) fn rsa_token(&self, claims: &Value) -> String {
        let header = json!({"alg": "RS256", "kid": "rsa"}).to_string();
        sealed(&header, &claims.to_string(), |message| {
            let rsa = &self.keys().rsa;
            let mut signature = vec![0; rsa.public_modulus_len()];
            rsa.sign(
                &aws_lc_rs::signature::RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                message,
                &mut signature,
            )
            .unwrap();
            signature
        })
    }

    pub(super) fn ed_token(&self, claims: &Value) -> String {
        let header = json!({"alg": "EdDSA", "kid": "ed"}).to_string();
        sealed(&header, &claims.to_string(), |message| {
            self.keys().ed.sign(message).as_ref().to_vec()
        })
    }
}

impl Keys {
    pub(super) fn new(suffix: &'static str) -> Self {
        let random = SystemRandom::new();
        let ec = EcdsaKeyPair::generate_pkcs8(&P256, &random).unwrap();
        let ed = Ed25519KeyPair::generate_pkcs8(&random).unwrap();
        Self {
            ec: EcdsaKeyPair::from_pkcs8(&P256, ec.as_ref()).unwrap(),
            rsa: RsaKeyPair::generate(KeySize::Rsa2048).unwrap(),
            ed: Ed25519KeyPair::from_pkcs8(ed.as_ref()).unwrap(),
            suffix,
        }
    }

    fn document(&self) -> String {
        let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
        // An uncompressed point: a mark and two coordinates.
        let point = self.ec.public_key().as_ref();
        let rsa = self.rsa.public_key();
        let (modulus, exponent) = (rsa.modulus(), rsa.exponent());
        let Self { suffix, .. } = self;
        json!({"keys": [
            {"kty": "EC", "crv": "P-256", "kid": format!("ec{suffix}"), "use": "sig",
                "x": text(&point[1..33]), "y": text(&point[33..])},
            {"kty": "RSA", "kid": format!("rsa{suffix}"), "alg": "RS256",
                "n": text(modulus.big_endian_without_leading_zero()),
                "e": text(exponent.big_endian_without_leading_zero())},
            {"kty": "OKP", "crv": "Ed25519", "kid": format!("ed{suffix}"),
                "x": text(self.ed.public_key().as_ref())},
            {"kty": "EC", "crv": "P-256", "kid": "encryption", "use": "enc",
                "x": text(&point[1..33]), "y": text(&point[33..])},
            {"kty": "oct", "kid": "shared", "k": text(b"a secret that was published")},
            {"kty": "strange", "kid": "strange"},
        ]})
        .to_string()
    }
}

/// A token whose parts are these texts, whatever they are.
pub(super) fn sealed(header: &str, claims: &str, sign: impl Fn(&[u8]) -> Vec<u8>) -> String {
    let text = |bytes: &[u8]| BASE64URL_NOPAD.encode(bytes);
    let message = format!("{}.{}", text(header.as_bytes()), text(claims.as_bytes()));
    let signature = text(&sign(message.as_bytes()));
    format!("{message}.{signature}")
}

/// The claims of a good token.
pub(super) fn claims() -> Value {
    json!({
        "iss": "https://issuer.test/",
        "aud": "flyte",
        "sub": "alice",
        "iat": now(),
        "exp": now() + 300,
    })
}

/// Seconds since 1970.
pub(super) fn now() -> i64 {
    jiff::Timestamp::now().as_second()
}

async fn publish(State(state): State<Arc<Published>>) -> impl IntoResponse {
    state.fetches.fetch_add(1, Ordering::SeqCst);
    if state.hanging.load(Ordering::SeqCst) {
        std::future::pending::<()>().await;
    }
    if state.failing.load(Ordering::SeqCst) {
        return (StatusCode::INTERNAL_SERVER_ERROR, String::new());
    }
    let rotated = usize::from(state.rotated.load(Ordering::SeqCst));
    (StatusCode::OK, state.documents[rotated].clone())
}
