//! A program in front of an embedded control plane, whose log is read when it has
//! ended.

use std::{collections::BTreeSet, time::Duration};

use futures::future::select_all;
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_util::sync::{CancellationToken, DropGuard};

use super::table::rows;
use crate::{
    harness::{Answer, TOKEN, client, embedded},
    program::Program,
};

/// The target of every access line.
const ACCESS_LOG: &str = "flyte_webhook::http::layer::access_log";

pub(super) struct Scene {
    pub(super) program: Program,
    pub(super) control_plane: ControlPlane,
    /// Codes of what failed, with the ids of requests.
    failed: Vec<(String, String)>,
}

pub(super) struct ControlPlane {
    pub(super) address: String,
    pub(super) data: TempDir,
    _stop: DropGuard,
}

impl ControlPlane {
    pub(super) async fn start() -> Self {
        let data = tempfile::tempdir().unwrap();
        let stop = CancellationToken::new();
        let address = embedded(data.path(), stop.clone()).await.address();
        Self {
            address: address.to_string(),
            data,
            _stop: stop.drop_guard(),
        }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Puts these rules into force.
    pub(super) async fn faults(&self, rules: &Value) {
        let url = format!("{}/_dev/faults", self.url());
        let set = client().put(url).json(&json!({ "rules": rules }));
        assert_eq!(Answer::of(set).await.status, 200);
    }

    /// Has calls of a method come to this.
    pub(super) async fn does(&self, method: &str, effect: &Value) {
        self.faults(&json!([{"method": method, "effect": effect}]))
            .await;
    }

    /// Asks the control plane itself.
    pub(super) async fn ask(&self, method: &str, request: &Value) {
        let url = format!("{}/flyteidl2.{method}", self.url());
        let request = client().post(url).json(request);
        let answer = Answer::of(request.header("authorization", TOKEN)).await;
        assert_eq!(answer.status, 200, "{method}: {}", answer.text);
    }
}

impl Scene {
    pub(super) async fn with(yaml: &str) -> Self {
        Self::before(ControlPlane::start().await, yaml).await
    }

    pub(super) async fn before(control_plane: ControlPlane, yaml: &str) -> Self {
        let program = Program::serve(&control_plane.url(), yaml).await;
        Self::of(program, control_plane)
    }

    pub(super) fn of(program: Program, control_plane: ControlPlane) -> Self {
        Self {
            program,
            control_plane,
            failed: Vec::new(),
        }
    }

    pub(super) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("http://{}{path}", self.program.address);
        client().request(method, url)
    }

    pub(super) fn get(&self, path: &str) -> RequestBuilder {
        self.anonymous(Method::GET, path)
            .header("authorization", TOKEN)
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> RequestBuilder {
        let request = self.anonymous(Method::POST, path);
        request.header("authorization", TOKEN).json(body)
    }

    /// Sends a request, which has to fail so.
    pub(super) async fn fails(&mut self, code: &str, request: RequestBuilder) {
        let answer = Answer::of(request).await;
        self.has_failed(code, &answer);
    }

    /// Sends a request so often at once, where there is room for one less. Only the
    /// one that has no room is answered soon.
    pub(super) async fn one_fails_of(&mut self, times: usize, code: &str, request: RequestBuilder) {
        let one = |_| Box::pin(Answer::of(request.try_clone().unwrap()));
        let (answer, _, _) = select_all((0..times).map(one)).await;
        self.has_failed(code, &answer);
    }

    /// Sends requests until one fails so.
    pub(super) async fn fails_in_the_end(&mut self, code: &str, request: RequestBuilder) {
        for _ in 0..500 {
            let answer = Answer::of(request.try_clone().unwrap()).await;
            if answer.body["code"] == code {
                return self.has_failed(code, &answer);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing failed with {code}");
    }

    fn has_failed(&mut self, code: &str, answer: &Answer) {
        assert_eq!(
            answer.body["code"], code,
            "{} {}",
            answer.status, answer.text
        );
        let id = answer.header("x-request-id").to_owned();
        self.failed.push((code.to_owned(), id));
    }

    /// Sends bytes as they are, which have to be refused so.
    pub(super) async fn refuses(&mut self, code: &str, bytes: &[u8]) {
        let mut stream = TcpStream::connect(self.program.address).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(body.contains(&format!("\"code\":\"{code}\"")), "{answer}");
        let id = head
            .lines()
            .find_map(|line| line.strip_prefix("x-request-id: "));
        self.failed.push((code.to_owned(), id.unwrap().to_owned()));
    }

    /// Stops the program. Whatever failed has one line, which is as the table says,
    /// and these are the codes that it failed with. Gives the lines.
    pub(super) async fn ends_with(self, codes: &[&str]) -> Vec<Value> {
        self.keeping(codes).await.0
    }

    /// The same with the control plane, and what lies beside it.
    pub(super) async fn keeping(self, codes: &[&str]) -> (Vec<Value>, ControlPlane) {
        self.program.terminate();
        let (_, log) = self.program.ended().await;
        let lines: Vec<Value> = log
            .lines()
            .filter_map(|line| serde_json::from_str(line).ok())
            .filter(|line: &Value| line["target"] == ACCESS_LOG)
            .collect();
        let rows = rows();
        for (code, id) in &self.failed {
            let mut of_it = lines
                .iter()
                .filter(|line| line["request.id"] == id.as_str());
            let line = of_it
                .next()
                .unwrap_or_else(|| panic!("{code} has no line: {log}"));
            assert_eq!(of_it.next(), None, "{code} has more than one line");
            let row = rows.iter().find(|row| row.code == *code).unwrap();
            assert_eq!(row.complaints(line), [""; 0]);
        }
        let failed: BTreeSet<&str> = self.failed.iter().map(|(code, _)| code.as_str()).collect();
        assert_eq!(failed, codes.iter().copied().collect());
        (lines, self.control_plane)
    }
}
