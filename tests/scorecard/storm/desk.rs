//! An administrator, who waits until nothing waits, and replays what could not be
//! launched.

use std::{net::SocketAddr, time::Duration};

use reqwest::{Client, Method};
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::servers::{Addresses, KEY};
use crate::harness::client;

const LOOK: Duration = Duration::from_millis(200);
/// How long it may take until nothing waits and nothing is dead.
const PATIENCE: Duration = Duration::from_mins(30);

/// Waits until everything is launched; gives how many dead letters were replayed for
/// that, and what was wrong.
pub(super) async fn empty(addresses: &Addresses) -> (usize, Vec<String>) {
    let client = client();
    let begin = Instant::now();
    let (mut replayed, mut wrong) = (0, Vec::new());
    while begin.elapsed() < PATIENCE {
        let address = addresses.borrow().first().copied();
        // It is killed now and then.
        match address.zip(status(&client, addresses).await) {
            Some((_, (0, 0))) => return (replayed, wrong),
            Some((address, (0, _))) => {
                if let Some(letters) = dead(&client, address).await {
                    wrong.extend(letters.iter().filter_map(without_reason));
                    replayed += replay(&client, address, &letters).await;
                }
            }
            Some(_) | None => sleep(LOOK).await,
        }
    }
    wrong.push("what was accepted is not launched".to_owned());
    (replayed, wrong)
}

/// How much waits, and how much is dead.
async fn status(client: &Client, addresses: &Addresses) -> Option<(u64, u64)> {
    let address = *addresses.borrow().first()?;
    let status = ask(client, address, Method::GET, "status").await?;
    let number = |name: &str| status["inbox"][name].as_u64();
    number("pending").zip(number("dead"))
}

async fn dead(client: &Client, address: SocketAddr) -> Option<Vec<Value>> {
    let path = "deliveries?state=dead&limit=500";
    let page = ask(client, address, Method::GET, path).await?;
    page["deliveries"].as_array().cloned()
}

fn without_reason(letter: &Value) -> Option<String> {
    let reason = letter["launches"][0]["reason"].as_str();
    let says = reason.is_some_and(|reason| !reason.is_empty());
    (!says).then(|| format!("a dead letter without a reason: {letter}"))
}

async fn replay(client: &Client, address: SocketAddr, letters: &[Value]) -> usize {
    let mut replayed = 0;
    for letter in letters {
        let path = format!("deliveries/{}/replay", letter["id"]);
        let answer = ask(client, address, Method::POST, &path).await;
        replayed += usize::from(answer.is_some());
    }
    replayed
}

async fn ask(client: &Client, address: SocketAddr, method: Method, path: &str) -> Option<Value> {
    let url = format!("http://{address}/api/{path}");
    let request = client.request(method, url).bearer_auth(KEY);
    let answer = request.send().await.ok()?.error_for_status().ok()?;
    answer.json().await.ok()
}
