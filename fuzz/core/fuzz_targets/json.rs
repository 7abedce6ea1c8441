//! Any bytes as a body: what is accepted is what another parser reads, to the last
//! digit of every number, in whatever encoding it comes.
#![no_main]

use flyte_webhook_core::json::{Document, Error, Limits, MAX_DIGITS, Part, Value, parse};
use libfuzzer_sys::fuzz_target;
use serde::de::IgnoredAny;
use serde_json::{Map, value::RawValue};

/// Small, so that they are met.
const LIMITS: Limits = Limits {
    depth: 16,
    elements: 200,
};

fuzz_target!(|body: &[u8]| {
    let parsed = parse(body, &LIMITS);
    // A zero byte or a mark at the beginning means another encoding.
    let text = match std::str::from_utf8(body) {
        Ok(text) if !text.contains(['\0', '\u{feff}']) => text,
        Ok(_) | Err(_) => return,
    };
    let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
    match &parsed {
        // Python's numbers that JSON has not.
        Ok(_) if text.contains("NaN") || text.contains("Infinity") => {}
        Ok(value) => same(value, &raw(text)),
        Err(Error::Syntax { offset, .. }) => {
            assert!(!is_json && *offset <= text.chars().count());
        }
        Err(Error::Unreadable { encoding }) => panic!("{encoding}"),
        Err(Error::NumberTooLong { .. }) => assert!(text.len() > MAX_DIGITS),
        Err(Error::LoneSurrogate { .. }) => assert!(text.contains("\\u")),
        Err(Error::TooDeep { limit }) => assert!(text.matches(['[', '{']).count() > *limit),
        Err(Error::TooLarge { limit }) => assert!(text.len() > *limit),
    }
    if let (Ok(document), Ok(value)) = (Document::parse(body, &LIMITS), &parsed) {
        found(document.root(), value);
    }
    let wide = text.encode_utf16().flat_map(u16::to_le_bytes);
    let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(wide).collect();
    // As text, since NaN is unequal to itself.
    assert_eq!(
        format!("{:?}", parse(&wide, &LIMITS)),
        format!("{parsed:?}")
    );
});

/// What is made of a part when it is looked at, and of all that is in it.
fn found(part: Part<'_>, value: &Value) {
    assert_eq!(&part.value(), value);
    for (name, member) in value.as_object().into_iter().flatten() {
        found(part.get(name), member);
    }
    let items = value.as_array().unwrap_or_default();
    assert_eq!(part.items().count(), items.len());
    part.items().zip(items).for_each(|(part, item)| found(part, item));
}

fn raw(text: &str) -> Box<RawValue> {
    serde_json::from_str(text).expect("what is accepted is JSON")
}

fn same(value: &Value, written: &RawValue) {
    let text = written.get();
    match value {
        Value::Null => assert_eq!(text, "null"),
        Value::Bool(value) => assert_eq!(text, value.to_string()),
        Value::Int(0) => assert!(matches!(text, "0" | "-0")),
        Value::Int(number) => assert_eq!(text, number.to_string()),
        Value::BigInt(digits) => {
            assert_eq!(text, digits);
            assert!(text.parse::<i64>().is_err());
        }
        Value::Float(number) => assert_eq!(text.parse(), Ok(*number)),
        Value::String(read) => {
            assert_eq!(
                serde_json::from_str::<String>(text).ok().as_deref(),
                Some(read.as_str())
            );
        }
        Value::Array(items) => {
            let written: Vec<Box<RawValue>> = serde_json::from_str(text).expect("an array");
            assert_eq!(items.len(), written.len());
            items.iter().zip(&written).for_each(|(a, b)| same(a, b));
        }
        Value::Object(members) => {
            let written: Members = serde_json::from_str(text).expect("an object");
            // Which of two members of one name counts, and where it stands.
            let names: Vec<&String> = written.names.keys().collect();
            assert_eq!(members.keys().collect::<Vec<_>>(), names);
            for (name, value) in members {
                let (_, last) = written
                    .all
                    .iter()
                    .rfind(|(key, _)| key == name)
                    .expect("it");
                same(value, last);
            }
        }
    }
}

/// The members of an object as they are written.
struct Members {
    names: Map<String, serde_json::Value>,
    all: Vec<(String, Box<RawValue>)>,
}

impl<'de> serde::Deserialize<'de> for Members {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Visitor)
    }
}

struct Visitor;

impl<'de> serde::de::Visitor<'de> for Visitor {
    type Value = Members;

    fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
        let (mut names, mut all) = (Map::new(), Vec::new());
        while let Some((name, value)) = map.next_entry::<String, Box<RawValue>>()? {
            names.insert(name.clone(), serde_json::Value::Null);
            all.push((name, value));
        }
        Ok(Members { names, all })
    }
}
