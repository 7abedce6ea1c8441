//! The tables of `docs/LOGGING.md`, and what the source has of them.

use std::{collections::BTreeSet, fs, path::PathBuf};

use serde_json::Value;

/// Words in the files of problems that look like codes and are none.
const NO_CODES: [&str; 5] = ["app", "caller", "close", "control_plane", "webhook"];

/// A row of the table of codes.
#[derive(Debug, Clone)]
pub(super) struct Row {
    pub(super) code: String,
    pub(super) status: String,
    pub(super) place: String,
    pub(super) level: String,
    pub(super) retry: String,
}

pub(super) fn document() -> String {
    fs::read_to_string(root().join("docs/LOGGING.md")).unwrap()
}

pub(super) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// The table of codes.
pub(super) fn rows() -> Vec<Row> {
    let document = document();
    let (_, table) = document.split_once("<!-- table: codes -->\n").unwrap();
    let lines = table.lines().skip(2);
    lines
        .take_while(|line| line.starts_with('|'))
        .map(|line| {
            let cells: Vec<&str> = line.split('|').map(str::trim).collect();
            Row {
                code: cells[1].trim_matches('`').to_owned(),
                status: cells[2].to_owned(),
                place: cells[3].to_owned(),
                level: cells[4].to_owned(),
                retry: cells[5].to_owned(),
            }
        })
        .collect()
}

impl Row {
    /// What a line does not say of a request that failed so.
    pub(super) fn complaints(&self, line: &Value) -> Vec<String> {
        let text = |field: &str| line[field].as_str().unwrap_or_default().to_owned();
        let is_of_others = self.place != "webhook";
        let kind = text("caller.kind");
        let is_known =
            kind == "nobody" || line["caller.hash"].is_string() || line["caller.id"].is_string();
        let facts = [
            (text("error.code") == self.code, "error.code"),
            (text("level") == self.level.to_ascii_uppercase(), "level"),
            (text("error.source") == self.place, "error.source"),
            (
                self.has_status(&line["http.response.status_code"]),
                "status",
            ),
            (self.has_retry(&line["error.retryable"]), "error.retryable"),
            (!text("http.request.method").is_empty(), "method"),
            (line["duration_ms"].as_f64().is_some(), "duration_ms"),
            (!text("request.id").is_empty(), "request.id"),
            (!text("client.address").is_empty(), "client.address"),
            (!kind.is_empty() && is_known, "caller"),
            // Nobody asked the control plane or an app for one without credentials.
            (!is_of_others || kind != "nobody", "caller.kind"),
            (
                !is_of_others || text("upstream.address").contains(':'),
                "upstream.address",
            ),
            (
                !(is_of_others || self.level == "warn") || !text("error.message").is_empty(),
                "error.message",
            ),
        ];
        let missing = facts.into_iter().filter(|(is_there, _)| !is_there);
        missing
            .map(|(_, fact)| format!("{}: {fact}: {line}", self.code))
            .collect()
    }

    fn has_status(&self, status: &Value) -> bool {
        let status = status.to_string();
        let mut known = self.status.split(", ");
        match self.status.as_str() {
            "any" => status.len() == 3,
            "3xx" => status.len() == 3 && status.starts_with('3'),
            _ => known.any(|known| known == status),
        }
    }

    fn has_retry(&self, retryable: &Value) -> bool {
        match self.retry.as_str() {
            "yes" => *retryable == true,
            "no" => *retryable == false,
            "line" => retryable.is_boolean(),
            other => panic!("retry is {other}"),
        }
    }
}

/// Every code in the files of problems: what is written like a word there.
pub(super) fn codes_of_the_source() -> BTreeSet<String> {
    let mut files = vec![root().join("src/http/problem.rs")];
    let folder = fs::read_dir(root().join("src/http/problem")).unwrap();
    files.extend(folder.map(|entry| entry.unwrap().path()));
    let files = files.iter().filter(|path| !path.ends_with("verdict.rs"));
    let all = files.flat_map(|path| codes(&fs::read_to_string(path).unwrap()));
    // Where a hook could not start a run, the failure has its own word.
    let failures = fs::read_to_string(root().join("src/hooks/failure.rs")).unwrap();
    let arms = failures.lines().filter(|line| line.contains("=> \""));
    all.chain(codes(&arms.collect::<Vec<_>>().join("\n")))
        .collect()
}

fn codes(text: &str) -> Vec<String> {
    let is_word = |text: &&str| {
        let parts = text.split('_');
        let is_lower =
            |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase());
        parts.clone().all(is_lower) && !NO_CODES.contains(text)
    };
    let lines = text
        .lines()
        .filter(|line| !line.contains("#[error(") && !line.contains("///"));
    // What stands between two quotes, of lines that have no other kind of them.
    let quoted = lines.flat_map(|line| line.split('"').skip(1).step_by(2));
    quoted.filter(is_word).map(str::to_owned).collect()
}
