//! A template's text, taken apart.
//!
//! A placeholder is what stands between braces and has a dot in it; everything
//! else is text. Twice the braces around one are the text of a placeholder.

use std::collections::BTreeSet;

use crate::json::Value;

/// A part of a template's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Text as it is.
    Text(&'a str),
    /// What stands between the braces.
    Placeholder(&'a str),
}

/// The parts of a text, in order.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let (mut done, mut from) = (0, 0);
    while let Some(found) = next(text, from) {
        if let Some(before) = text.get(done..found.begin).filter(|it| !it.is_empty()) {
            pieces.push(Piece::Text(before));
        }
        pieces.extend(found.pieces.into_iter().flatten());
        (done, from) = (found.end, found.end);
    }
    if let Some(rest) = text.get(done..).filter(|it| !it.is_empty()) {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// A placeholder with its braces, or the text of one.
struct Found<'a> {
    begin: usize,
    end: usize,
    pieces: [Option<Piece<'a>>; 3],
}

/// The first placeholder at or after a position.
fn next(text: &str, mut from: usize) -> Option<Found<'_>> {
    loop {
        let begin = from + text.get(from..)?.find('{')?;
        let inner = text.get(begin + 1..)?;
        let length = inner.find('}')?;
        let Some(content) = inner.get(..length).filter(|it| !it.is_empty()) else {
            from = begin + 1;
            continue;
        };
        let close = begin + 1 + length;
        if content.contains('.') {
            return Some(found(text, begin, content, close));
        }
        // Text such as {name}, of which nothing is known.
        from = close + 1;
    }
}

/// Braces around the placeholder's own are written twice.
fn found<'a>(text: &'a str, begin: usize, content: &'a str, close: usize) -> Found<'a> {
    let bare = content.trim_start_matches('{');
    let open = 1 + content.len() - bare.len();
    let after = text.get(close..).unwrap_or_default();
    let closed = after.len() - after.trim_start_matches('}').len();
    if open == 1 || closed < open || !bare.contains('.') {
        let pieces = [Some(Piece::Placeholder(content)), None, None];
        let end = close + 1;
        return Found { begin, end, pieces };
    }
    let half = open / 2;
    let kept = |from: usize| {
        let braces = text.get(from..from + half).filter(|it| !it.is_empty());
        braces.map(Piece::Text)
    };
    let middle = if open % 2 == 1 {
        Piece::Placeholder(bare)
    } else {
        Piece::Text(bare)
    };
    Found {
        begin,
        end: close + open,
        pieces: [kept(begin), Some(middle), kept(close)],
    }
}

/// Whether anything is put into a text.
pub fn has_placeholder(text: &str) -> bool {
    let is_placeholder = |piece: &Piece<'_>| matches!(piece, Piece::Placeholder(_));
    pieces(text).iter().any(is_placeholder)
}

/// The text before anything that inputs may change, and whether that is all of
/// it; a secret that is known is not an input.
pub(super) fn fixed_beginning<'a>(
    text: &str,
    secret: impl Fn(&str) -> Option<&'a str>,
) -> (String, bool) {
    let mut beginning = String::new();
    for piece in pieces(text) {
        let fixed = match piece {
            Piece::Text(text) => Some(text),
            Piece::Placeholder(content) => content.strip_prefix("secrets.").and_then(&secret),
        };
        let Some(fixed) = fixed else {
            return (beginning, false);
        };
        beginning.push_str(fixed);
    }
    (beginning, true)
}

/// The names of the secrets that a template asks for, at any depth.
pub fn secrets(template: &Value) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    collect(template, &mut names);
    names
}

fn collect(template: &Value, names: &mut BTreeSet<String>) {
    match template {
        Value::String(text) => {
            let secret = |piece| match piece {
                Piece::Placeholder(content) => str::strip_prefix(content, "secrets."),
                Piece::Text(_) => None,
            };
            let asked = pieces(text).into_iter().filter_map(secret);
            names.extend(asked.map(str::to_owned));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, names)),
        Value::Object(members) => members.values().for_each(|value| collect(value, names)),
        Value::Null | Value::Bool(_) | Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {}
    }
}
