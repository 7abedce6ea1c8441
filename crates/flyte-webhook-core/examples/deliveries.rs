//! Answers one line of JSON for each line of JSON: what becomes of a delivery, and
//! which event it is. `tests/hooks` asks it what it asks others.

#[path = "../tests/deliveries/vector.rs"]
#[expect(dead_code, reason = "the tests use the rest")]
mod vector;

use std::io::{self, BufRead, Write};

use flyte_webhook_core::{
    hook::{
        event::Event,
        source::{Incoming, Reader},
    },
    json::Document,
};
use serde_json::{Value, json};
use vector::File;

fn main() -> io::Result<()> {
    let (input, mut output) = (io::stdin().lock(), io::stdout().lock());
    for line in input.lines() {
        let file = File::read(&line?);
        for vector in &file.vectors {
            let (headers, body) = (vector.headers(), vector.body());
            let verifier = vector.verifier(file.scheme());
            let believed = vector::verify(&verifier, &headers, &body, vector.now());
            let answer = match believed {
                Ok(delivery) => match Reader::new(file.source()).read(&delivery) {
                    Ok(Incoming::Event(it, payload)) => {
                        json!({"accept": true, "event": event(&it, &payload)})
                    }
                    Ok(Incoming::Handshake(it)) => {
                        json!({"accept": true, "handshake": it.answer})
                    }
                    Err(error) => json!({"accept": true, "error": error.to_string()}),
                },
                Err(refusal) => json!({"accept": false, "code": refusal.code()}),
            };
            writeln!(output, "{answer}")?;
        }
    }
    Ok(())
}

fn event(event: &Event, payload: &Document<'_>) -> Value {
    json!({
        "provider": event.provider,
        "event_type": event.event_type,
        "action": event.action,
        "delivery_id": event.delivery_id,
        "resource_id": event.resource_id,
        "occurred_at": event.occurred_at,
        "scope": event.scope,
        "title": event.title,
        "url": event.url,
        "actor": event.actor,
        "qualified_type": event.qualified_type(),
        "payload": payload.root().value(),
    })
}
