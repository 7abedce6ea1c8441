//! An authorization server of a few clients, which notes what it is asked.

use std::{net::SocketAddr, time::Duration};

use axum::{
    Form, Router,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
};
use data_encoding::{BASE64, BASE64URL_NOPAD};
use serde_json::{Value, json};
use tokio::{net::TcpListener, sync::watch};

use crate::harness::{TestApp, spawn};

/// The client that is known, and its secret, which needs encoding.
pub(crate) const CLIENT: &str = "robot";
pub(crate) const SECRET: &str = "s3cret-canary_0123456789+/%";

pub(crate) struct AuthorizationServer {
    pub(crate) address: SocketAddr,
    state: watch::Sender<Progress>,
}

/// How it answers, and what it was asked.
#[derive(Clone, Default)]
struct Progress {
    mode: Mode,
    asked: Vec<Asked>,
}

#[derive(Clone, Default)]
pub(crate) enum Mode {
    /// Tokens of this many seconds for the client that is known.
    Tokens(u64),
    /// The same after a while.
    Slow(Duration),
    /// Always this.
    Answer(u16, &'static str, &'static [(&'static str, &'static str)]),
    /// Nothing.
    #[default]
    Silent,
}

/// A request as it came.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Asked {
    pub(crate) line: String,
    pub(crate) authorization: String,
    pub(crate) form: Vec<(String, String)>,
}

impl AuthorizationServer {
    pub(crate) async fn start(mode: Mode) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (state, _) = watch::channel(Progress {
            mode,
            asked: Vec::new(),
        });
        let router = Router::new().fallback(answer).with_state(state.clone());
        spawn(async move { axum::serve(listener, router).await });
        Self { address, state }
    }

    pub(crate) fn answers(&self, mode: Mode) {
        self.state.send_modify(|state| state.mode = mode);
    }

    pub(crate) fn asked(&self) -> Vec<Asked> {
        self.state.borrow().asked.clone()
    }

    /// Makes the control plane tell of this server.
    pub(crate) async fn tell(&self, app: &TestApp) {
        app.faults(&told(&format!("http://{}/token?a=b", self.address), ""))
            .await;
    }
}

/// Rules by which the control plane tells of an authorization server.
pub(crate) fn told(token_endpoint: &str, header: &str) -> Value {
    let effect = json!({
        "type": "authorization_server",
        "token_endpoint": token_endpoint,
        "scopes": ["all", "offline"],
        "audience": "https://flyte.test/",
        "header": header,
    });
    let rule =
        |method: &str| json!({"method": format!("AuthMetadataService/{method}"), "effect": effect});
    json!([rule("GetOAuth2Metadata"), rule("GetPublicClientConfig")])
}

/// A key of the known client for this endpoint.
pub(crate) fn key(endpoint: &str) -> String {
    key_of(endpoint, CLIENT, SECRET)
}

pub(crate) fn key_of(endpoint: &str, client: &str, secret: &str) -> String {
    BASE64.encode(format!("{endpoint}:{client}:{secret}:acme").as_bytes())
}

async fn answer(
    State(state): State<watch::Sender<Progress>>,
    uri: Uri,
    headers: HeaderMap,
    Form(form): Form<Vec<(String, String)>>,
) -> Response {
    let authorization = headers
        .get("authorization")
        .map_or("", |value| value.to_str().unwrap());
    let asked = Asked {
        line: uri.to_string(),
        authorization: authorization.to_owned(),
        form,
    };
    let is_known = asked.authorization == expected_authorization();
    state.send_modify(|state| state.asked.push(asked));
    let Progress { mode, asked } = state.borrow().clone();
    match mode {
        Mode::Silent => std::future::pending().await,
        Mode::Answer(status, body, headers) => {
            let status = StatusCode::from_u16(status).unwrap();
            let mut response = (status, body).into_response();
            for (name, value) in headers {
                response.headers_mut().insert(*name, value.parse().unwrap());
            }
            response
        }
        Mode::Slow(time) => {
            tokio::time::sleep(time).await;
            token(asked.len(), 3600)
        }
        Mode::Tokens(lifetime) if is_known => token(asked.len(), lifetime),
        Mode::Tokens(_) => {
            let error = json!({"error": "invalid_client", "error_description": authorization});
            (StatusCode::BAD_REQUEST, error.to_string()).into_response()
        }
    }
}

fn expected_authorization() -> String {
    let pair = format!("{CLIENT}:s3cret-canary_0123456789%2B%2F%25");
    format!("Basic {}", BASE64.encode(pair.as_bytes()))
}

/// The token with this number, whose subject shows the number.
fn token(number: usize, lifetime: u64) -> Response {
    let claims = json!({"sub": format!("{CLIENT}-{number}")}).to_string();
    let token = format!("e30.{}.x", BASE64URL_NOPAD.encode(claims.as_bytes()));
    let answer = json!({"access_token": token, "token_type": "bearer", "expires_in": lifetime});
    answer.to_string().into_response()
}
