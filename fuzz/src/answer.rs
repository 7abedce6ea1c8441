//! Reads what a server answers, and knows what no answer may be.

use serde_json::Value;

/// One answer of HTTP/1.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    /// Whole, but for the last one of what was not read to its end.
    pub body: Vec<u8>,
}

impl Answer {
    /// The first answer, if it is there whole.
    pub fn first(bytes: &[u8]) -> Option<Self> {
        next(bytes, false).map(|(answer, _, _)| answer)
    }

    /// The value of a header, if it is there once.
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.split("\r\n").skip(1);
        let mut values = lines.filter_map(|line| {
            let (own, value) = line.split_once(": ").expect("a header's line");
            own.eq_ignore_ascii_case(name).then_some(value)
        });
        let value = values.next();
        assert!(values.next().is_none(), "{name} twice: {}", self.head);
        value
    }

    /// The body as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Asserts what is so of every answer with a body that is there whole.
    fn check(&self) {
        let Self { status, head, .. } = self;
        assert_ne!(*status, 500, "{head}");
        if *status < 400 {
            return;
        }
        let json = self.json();
        assert_eq!(json["status"], *status, "{json}");
        for member in ["type", "title", "code", "source", "request_id"] {
            assert!(json[member].is_string(), "{member}: {json}");
        }
        assert!(json["retryable"].is_boolean(), "{json}");
    }
}

/// Reads answers up to the end of what came. Some may have no body in spite of
/// their length where `HEAD` was asked for, and the last may be cut off where not
/// all was read.
pub fn read(mut bytes: &[u8], with_heads: bool, is_cut: bool) -> Vec<Answer> {
    let mut answers = Vec::new();
    while !bytes.is_empty() {
        let Some((answer, rest, is_whole)) = next(bytes, with_heads) else {
            assert!(is_cut, "{}", String::from_utf8_lossy(bytes));
            break;
        };
        if is_whole {
            answer.check();
        }
        answers.push(answer);
        bytes = rest;
    }
    answers
}

/// The first answer, what follows it, and whether its body is there.
fn next(bytes: &[u8], with_heads: bool) -> Option<(Answer, &[u8], bool)> {
    let end = find(bytes, b"\r\n\r\n")?;
    let head = std::str::from_utf8(&bytes[..end]).expect("a head of text");
    let rest = &bytes[end + 4..];
    let mut answer = Answer {
        status: status(head),
        head: head.to_owned(),
        body: Vec::new(),
    };
    let length = answer.header("content-length").map(|it| {
        let length: usize = it.parse().expect("a length");
        length
    });
    let chunked = answer.header("transfer-encoding");
    assert!(length.is_none() || chunked.is_none(), "{head}");
    let has_none = matches!(answer.status, 100..200 | 204 | 304);
    let is_over = rest.is_empty() || rest.starts_with(b"HTTP/1.");
    if has_none || with_heads && is_over {
        return Some((answer, rest, false));
    }
    let rest = match (length, chunked) {
        (Some(length), None) => {
            answer.body = rest.get(..length)?.to_vec();
            &rest[length..]
        }
        (None, Some("chunked")) => unchunked(rest, &mut answer.body)?,
        // Until the end of the connection.
        (None, None) if answer.header("connection") == Some("close") => {
            answer.body = rest.to_vec();
            &[]
        }
        _ => panic!("{head}"),
    };
    Some((answer, rest, true))
}

fn status(head: &str) -> u16 {
    let line = head.split("\r\n").next().unwrap_or_default();
    let status = line
        .strip_prefix("HTTP/1.1 ")
        .or_else(|| line.strip_prefix("HTTP/1.0 "))
        .and_then(|rest| rest.get(..3)?.parse().ok());
    status.unwrap_or_else(|| panic!("no answer: {line:?}"))
}

fn unchunked<'a>(mut bytes: &'a [u8], body: &mut Vec<u8>) -> Option<&'a [u8]> {
    loop {
        let end = find(bytes, b"\r\n")?;
        let size = std::str::from_utf8(&bytes[..end]).expect("a size");
        let size = usize::from_str_radix(size, 16).expect("a size");
        let chunk = bytes.get(end + 2..)?;
        body.extend_from_slice(chunk.get(..size)?);
        let rest = chunk.get(size..)?;
        bytes = rest.get(2..)?;
        assert!(rest.starts_with(b"\r\n"), "a chunk without its end");
        if size == 0 {
            return Some(bytes);
        }
    }
}

fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    bytes.windows(what.len()).position(|window| window == what)
}
