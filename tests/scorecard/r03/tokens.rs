//! Forged tokens at the program itself, which verifies them.

#[path = "../../it/jwt/forged.rs"]
mod forged;
#[path = "../../it/jwt/issuer.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod issuer;

use std::{io, net::SocketAddr};

use axum::{Router, extract::Request, http::StatusCode};
use serde_json::json;

use crate::{
    harness::TestApp,
    program::Program,
    stand_in,
    wire::{self, Connection},
};
use issuer::{Issuer, claims};

/// What forged tokens came to.
pub(super) struct Found {
    /// How many tokens were sent.
    pub(super) sent: usize,
    /// Those that were let in, or that the control plane saw.
    pub(super) let_in: Vec<String>,
    /// Good tokens that were not let in.
    pub(super) shut_out: Vec<String>,
    /// Whether a verifier of nothing was noticed.
    pub(super) control: bool,
}

pub(super) async fn run() -> Found {
    let issuer = Issuer::start().await;
    let forged = forged::tokens(&issuer);
    let plane = TestApp::start().await;
    let endpoint = format!("http://{}", plane.control_plane.unwrap());
    let program = Program::serve(&endpoint, &configuration(&issuer)).await;
    let mut let_in = accepted(program.address, &forged).await;
    let received = plane.received().await["total"].clone();
    if received != json!(0) {
        let_in.push(format!("the control plane was asked {received} times"));
    }
    let good = good(&issuer);
    let known = accepted(program.address, &good).await;
    let shut_out = good.iter().filter(|(what, _)| !known.contains(what));
    let lax = stand_in::serve(lax()).await;
    Found {
        sent: forged.len(),
        let_in,
        shut_out: shut_out.map(|(what, _)| what.clone()).collect(),
        control: !accepted(lax, &forged).await.is_empty(),
    }
}

fn configuration(issuer: &Issuer) -> String {
    format!(
        "auth:\n  jwt:\n    issuer: https://issuer.test/\n    audiences: [flyte, other]\n    \
         algorithms: [ES256, RS256, EdDSA]\n    leeway: 5s\n    jwks_url: http://{}/jwks\n",
        issuer.address
    )
}

fn good(issuer: &Issuer) -> [(String, String); 4] {
    let mut many = claims();
    many["aud"] = json!(["x", "other"]);
    [
        ("ES256", issuer.token(&claims())),
        ("RS256", issuer.rsa_token(&claims())),
        ("EdDSA", issuer.ed_token(&claims())),
        ("two audiences", issuer.token(&many)),
    ]
    .map(|(what, token)| (what.to_owned(), token))
}

/// The tokens that are not answered 401 in this server's own name.
async fn accepted(address: SocketAddr, tokens: &[(String, String)]) -> Vec<String> {
    let mut accepted = Vec::new();
    for (what, token) in tokens {
        let refused = match ask(address, token).await {
            Ok(answer) => answer.status == 401 && answer.json()["code"] == "invalid_token",
            Err(error) => {
                accepted.push(format!("{what}: {error}"));
                continue;
            }
        };
        if !refused {
            accepted.push(what.clone());
        }
    }
    accepted
}

async fn ask(address: SocketAddr, token: &str) -> io::Result<wire::Answer> {
    let request =
        format!("GET /me HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\n\r\n");
    Connection::open(address)
        .await?
        .ask(request.as_bytes())
        .await
}

/// Lets in whatever has three parts.
fn lax() -> Router {
    Router::new().fallback(|request: Request| async move {
        let token = request.headers().get("authorization");
        let parts = token.map_or(0, |it| it.as_bytes().split(|b| *b == b'.').count());
        match parts {
            3 => (StatusCode::OK, "{}"),
            _ => (StatusCode::UNAUTHORIZED, r#"{"code":"invalid_token"}"#),
        }
    })
}
