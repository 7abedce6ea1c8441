//! Servers that lose, or double, for the negative control.

use std::net::SocketAddr;

use axum::{Router, extract::State, routing::post};
use http::{HeaderMap, StatusCode};
use tokio::sync::watch;

use super::{Plane, Progress, Volume, Weather, judge, senders};
use crate::stand_in;

const EVENTS: usize = 100;

/// What a server does wrong to one delivery of ten.
#[derive(Clone, Copy)]
enum Wrong {
    /// It acknowledges it, and forgets it.
    Loses,
    /// It starts it under another name each time.
    Doubles,
}

#[derive(Clone)]
struct Server {
    wrong: Wrong,
    plane: Plane,
}

/// Whether both are noticed.
pub(crate) async fn is_noticed() -> bool {
    let loses = complaints(Wrong::Loses).await;
    let doubles = complaints(Wrong::Doubles).await;
    loses.iter().any(|it| it.contains("[] times")) && doubles.iter().any(|it| it.contains("[1, 1"))
}

async fn complaints(wrong: Wrong) -> Vec<String> {
    let plane = Plane::start(Weather(0)).await;
    let server = Server {
        wrong,
        plane: plane.clone(),
    };
    let router = Router::new()
        .route("/webhook/storm", post(take))
        .with_state(server);
    let address: SocketAddr = stand_in::serve(router).await;
    let volume = Volume {
        events: EVENTS,
        times: 2,
        connections: 8,
    };
    let (_kept, addresses) = watch::channel(vec![address]);
    let progress = Progress::new(EVENTS * 2);
    senders::send(addresses, volume, &progress).await;
    let wrong = super::wrong(&plane, EVENTS);
    if wrong.is_empty() {
        return judge(&plane, EVENTS).await;
    }
    wrong
}

async fn take(State(server): State<Server>, headers: HeaderMap) -> StatusCode {
    let key = headers["x-github-delivery"].to_str().unwrap();
    let is_chosen = key.ends_with('7');
    match server.wrong {
        Wrong::Loses if is_chosen => {}
        Wrong::Doubles if is_chosen => {
            let name = format!("{key}-{}", rand::random::<u64>());
            server.plane.execute(&name, key);
        }
        Wrong::Loses | Wrong::Doubles => server.plane.execute(key, key),
    }
    StatusCode::ACCEPTED
}
