//! The calls of the control plane, as bytes, since it breaks connections.

use std::{
    io,
    sync::{Arc, atomic::Ordering},
};

use buffa::Message;
use flyte_idl::flyteidl2::{
    cluster::SelectClusterResponse,
    dataproxy::UploadInputsResponse,
    task::{GetTaskDetailsRequest, GetTaskDetailsResponse},
    workflow::{
        __buffa::oneof::create_run_request::Id, CreateRunRequest, CreateRunResponse,
        GetRunDetailsRequest, GetRunDetailsResponse,
    },
};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    time::sleep,
};

use super::{Created, Run, World};
use crate::storm::fault::{Fault, Refusal};

/// A call: its method, and its message.
struct Call {
    method: String,
    message: Vec<u8>,
}

/// What a call came to: a message, or a Connect error.
type Outcome = Result<Vec<u8>, Refusal>;

pub(super) async fn serve(stream: TcpStream, world: Arc<World>) {
    stream.set_nodelay(true).unwrap();
    let mut stream = BufReader::new(stream);
    while let Ok(call) = read(&mut stream).await {
        world.calls.fetch_add(1, Ordering::Relaxed);
        let fault = world.weather.fault(&call.method);
        if fault.is_some() {
            world.faults.fetch_add(1, Ordering::Relaxed);
        }
        let is_cut = matches!(fault, Some(Fault::Cut));
        let Some(answer) = answer(&world, &call, fault).await else {
            // The caller's connection is reset.
            let _ = stream.get_ref().set_zero_linger();
            return;
        };
        let sent = stream.get_mut().write_all(&answer).await;
        if sent.is_err() || is_cut {
            return;
        }
    }
}

/// The answer as it is sent; none where the connection is broken instead.
async fn answer(world: &World, call: &Call, fault: Option<Fault>) -> Option<Vec<u8>> {
    let act = || world.act(call, true);
    Some(match fault {
        None => spoken(act()),
        Some(Fault::Refuse(refusal)) => spoken(Err(refusal)),
        Some(Fault::Break) => return None,
        Some(Fault::ActAndRefuse(refusal)) => {
            let _ = act();
            spoken(Err(refusal))
        }
        Some(Fault::ActAndBreak) => {
            let _ = act();
            return None;
        }
        Some(Fault::ActLate(time)) => {
            sleep(time).await;
            spoken(act())
        }
        Some(Fault::AnswerLate(time)) => {
            let outcome = act();
            sleep(time).await;
            spoken(outcome)
        }
        Some(Fault::Garble) => spoken(act().map(|message| message.iter().map(|it| !it).collect())),
        Some(Fault::Empty) => spoken(act().map(|_| Vec::new())),
        Some(Fault::Cut) => {
            let mut answer = spoken(act());
            answer.pop();
            answer
        }
        Some(Fault::Forget) => spoken(world.act(call, false)),
    })
}

fn spoken(outcome: Outcome) -> Vec<u8> {
    let (status, kind, body) = match outcome {
        Ok(message) => ("200 OK", "application/proto", message),
        Err(Refusal::Connect { status, code, text }) => {
            let body = json!({"code": code, "message": text}).to_string();
            (status, "application/json", body.into_bytes())
        }
        Err(Refusal::Proxy(status)) => {
            let page = format!("<html><body>{status}</body></html>");
            (status, "text/html", page.into_bytes())
        }
    };
    let length = body.len();
    let head =
        format!("HTTP/1.1 {status}\r\ncontent-type: {kind}\r\ncontent-length: {length}\r\n\r\n");
    [head.into_bytes(), body].concat()
}

impl World {
    /// Does what a call asks for.
    fn act(&self, call: &Call, is_queued: bool) -> Outcome {
        match &*call.method {
            "CreateRun" => self.create_run(&decode(&call.message), is_queued),
            "GetRunDetails" => self.run_details(&decode(&call.message)),
            "GetTaskDetails" => Ok(task_details(&decode(&call.message))),
            "SelectCluster" => Ok(SelectClusterResponse::default().encode_to_vec()),
            "UploadInputs" => {
                let place =
                    json!({"offloadedInputData": {"uri": "s3://inputs/1", "inputsHash": "1"}});
                Ok(encode::<UploadInputsResponse>(place))
            }
            _ => Err(Refusal::UNIMPLEMENTED),
        }
    }

    fn create_run(&self, request: &CreateRunRequest, is_queued: bool) -> Outcome {
        let Some(Id::RunId(id)) = &request.id else {
            return Err(Refusal::UNIMPLEMENTED);
        };
        let labels = serde_json::to_value(&request.run_spec.labels.values).unwrap();
        match self.create(&id.name, labels, is_queued) {
            Created::Taken => Err(Refusal::TAKEN),
            Created::Stored => {
                let id = json!({"run": serde_json::to_value(id).unwrap(), "name": "a0"});
                let run = json!({"run": {"action": {"id": id}}});
                Ok(encode::<CreateRunResponse>(run))
            }
        }
    }

    fn run_details(&self, request: &GetRunDetailsRequest) -> Outcome {
        let runs = self.runs();
        let id = &request.run_id;
        let run = runs.get(&id.name).ok_or(Refusal::NO_RUN)?;
        let id = json!({"run": serde_json::to_value(&**id).unwrap(), "name": "a0"});
        Ok(encode::<GetRunDetailsResponse>(details(run, &id)))
    }
}

fn details(run: &Run, id: &Value) -> Value {
    let (phase, is_tried) = run.phase();
    let attempts = if is_tried {
        json!([{"attempt": 1}])
    } else {
        json!([])
    };
    json!({"details": {
        "runSpec": {"labels": {"values": run.labels}},
        "action": {
            "id": id,
            "status": {"phase": phase, "startTime": run.created.to_string()},
            "attempts": attempts,
            "task": {"taskTemplate": {"id": {"version": "v1"}}},
        },
    }})
}

/// Every task takes a name.
fn task_details(request: &GetTaskDetailsRequest) -> Vec<u8> {
    let id = serde_json::to_value(&*request.task_id).unwrap();
    let name = json!({"key": "name", "value": {"type": {"simple": "STRING"}}});
    let interface = json!({"inputs": {"variables": [name]}});
    encode::<GetTaskDetailsResponse>(json!({"details": {
        "taskId": id,
        "spec": {"taskTemplate": {"interface": interface}},
    }}))
}

fn encode<M: Message + DeserializeOwned>(message: Value) -> Vec<u8> {
    serde_json::from_value::<M>(message)
        .unwrap()
        .encode_to_vec()
}

fn decode<M: Message>(message: &[u8]) -> M {
    M::decode_from_slice(message).unwrap()
}

async fn read(stream: &mut BufReader<TcpStream>) -> io::Result<Call> {
    let (mut method, mut length) = (String::new(), 0);
    let mut line = String::new();
    loop {
        line.clear();
        if stream.read_line(&mut line).await? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let line = line.trim_end();
        if line.is_empty() {
            break;
        }
        if let Some(request) = line.strip_prefix("POST ") {
            let path = request.split(' ').next().unwrap_or_default();
            method = path.rsplit('/').next().unwrap_or_default().to_owned();
        } else if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.parse().unwrap();
        }
    }
    let mut message = vec![0; length];
    stream.read_exact(&mut message).await?;
    Ok(Call { method, message })
}
