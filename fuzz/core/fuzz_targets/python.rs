//! Any object as Python writes it: its JSON reads back as the same, its query as
//! the same texts, and a string in quotes as the same string.
#![no_main]

use flyte_webhook_core::{
    json::{self, Limits, Value, parse},
    python,
};
use libfuzzer_sys::fuzz_target;
use url::form_urlencoded;

fuzz_target!(|body: &[u8]| {
    let Ok(Value::Object(members)) = parse(body, &Limits::default()) else {
        return;
    };
    json_reads_back(&members);
    query_reads_back(&members);
    for value in members.values() {
        if let Value::String(text) = value {
            let listed = python::text(&Value::Array(vec![value.clone()]));
            let literal = listed.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
            let unquoted = unquoted(literal.expect("a list"));
            assert_eq!(unquoted.as_deref(), Some(text.as_str()));
        }
    }
});

fn json_reads_back(members: &json::Object) {
    let written = python::json(members);
    assert!(written.bytes().all(|byte| matches!(byte, b' '..=b'~')));
    let read = parse(written.as_bytes(), &Limits::default()).expect("what was written is JSON");
    // As text, since NaN is unequal to itself.
    assert_eq!(
        format!("{read:?}"),
        format!("{:?}", Value::Object(members.clone()))
    );
}

fn query_reads_back(members: &json::Object) {
    let query = python::urlencode(members);
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.-~+%&=".contains(&byte);
    assert!(query.bytes().all(plain), "{query}");
    let read = form_urlencoded::parse(query.as_bytes()).into_owned();
    let pairs = members
        .iter()
        .map(|(name, value)| (name.clone(), python::text(value)));
    assert!(read.eq(pairs), "{query}");
}

/// What Python reads in a string literal.
fn unquoted(literal: &str) -> Option<String> {
    let quote = literal
        .chars()
        .next()
        .filter(|it| matches!(it, '\'' | '"'))?;
    let inner = literal.get(1..literal.len() - 1)?;
    literal.ends_with(quote).then_some(())?;
    let mut text = String::new();
    let mut rest = inner.chars();
    while let Some(c) = rest.next() {
        assert!(c != quote && !c.is_control());
        if c != '\\' {
            text.push(c);
            continue;
        }
        let digits = match rest.next()? {
            'n' => Err('\n'),
            'r' => Err('\r'),
            't' => Err('\t'),
            'x' => Ok(2),
            'u' => Ok(4),
            'U' => Ok(8),
            c => Err(c),
        };
        text.push(match digits {
            Err(c) => c,
            Ok(digits) => {
                let digits: String = rest.by_ref().take(digits).collect();
                char::from_u32(u32::from_str_radix(&digits, 16).ok()?)?
            }
        });
    }
    Some(text)
}
