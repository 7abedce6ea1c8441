use super::*;
use crate::json::{Object, parse};

fn document(text: &str) -> Document<'_> {
    Document::parse(text.as_bytes(), &Limits::default()).unwrap()
}

/// Whether a part, and all that is in it, is what a value is.
fn is(part: Part<'_>, expected: &Value) -> bool {
    let text = part.text();
    let by_kind = match expected {
        Value::Null | Value::Bool(_) => part.exists() && part.number().is_none(),
        Value::Int(_) | Value::BigInt(_) | Value::Float(_) => {
            part.number().as_ref() == Some(expected)
        }
        Value::String(expected) => text == Some(expected.as_str()),
        Value::Array(items) => {
            let count = part.items().count();
            let all = part.items().zip(items).all(|(part, item)| is(part, item));
            all && count == items.len() && part.has_parts() == (count > 0)
        }
        Value::Object(members) => {
            let mut all = members.iter();
            let all = all.all(|(name, member)| is(part.get(name), member));
            all && part.is_object() && part.has_parts() != members.is_empty()
        }
    };
    by_kind && part.value() == *expected && text.is_some() == expected.as_str().is_some()
}

#[test]
fn a_document_is_what_the_same_text_is_as_a_value() {
    let cases: Vec<serde_json::Value> = serde_json::from_str(super::super::tests::PYTHON).unwrap();
    let texts = cases.iter().filter_map(|case| case["body_text"].as_str());
    let mut read = 0;
    for text in texts {
        let Ok(document) = Document::parse(text.as_bytes(), &Limits::default()) else {
            continue;
        };
        read += 1;
        let strictly = Parser::<Tree>::strict(text.trim_start_matches('\u{feff}'), &NO_LIMITS);
        let expected = strictly.document().unwrap().whole();
        assert!(is(document.root(), &expected), "{text}");
        if let Ok(leniently) = parse(text.as_bytes(), &Limits::default()) {
            assert_eq!(leniently, expected, "{text}");
        }
        let owned = document.clone().into_owned();
        assert!(is(owned.root(), &expected), "{text}");
        assert!(is(Document::from(&expected).root(), &expected), "{text}");
    }
    assert!(read > 250, "{read}");
}

#[test]
fn a_name_is_found_however_it_is_written() {
    let document = document(r#"{"a": {"\u0062": [1, {"c": null}], "": 2}, "é": 3, "A": 4}"#);
    let root = document.root();
    assert_eq!(
        root.get("a").get("b").value(),
        Value::from(serde_json::json!([1, {"c": null}]))
    );
    assert_eq!(root.get("a").get("").value(), Value::Int(2));
    assert_eq!(root.get("é").value(), Value::Int(3));
    assert!(
        root.get("a")
            .get("b")
            .items()
            .nth(1)
            .unwrap()
            .get("c")
            .exists()
    );
    for nothing in [
        root.get("b"),
        root.get("é").get("a"),
        root.get("a").get("b").get("c"),
    ] {
        assert!(!nothing.exists() && !nothing.is_object() && !nothing.has_parts());
        assert_eq!((nothing.items().count(), nothing.value()), (0, Value::Null));
    }
    assert!(!Document::default().root().exists());
}

#[test]
fn a_name_that_was_there_before_is_found_among_few_and_many() {
    for count in [2, FEW_NAMES, FEW_NAMES + 1, 100] {
        let names = |last: &str| {
            let members: Vec<_> = (1..count).map(|n| format!("\"n{n}\":{{}}")).collect();
            format!("{{{},\"{last}\":1}}", members.join(","))
        };
        let members = document(&names("m")).root().value();
        assert_eq!(members.as_object().map(Object::len), Some(count));
        for (last, offset) in [("n1", 1), ("\\u006e1", 1)] {
            let text = names(last);
            let error = Document::parse(text.as_bytes(), &Limits::default()).unwrap_err();
            let message = "Property name that was there before";
            let offset = text.rfind(last).unwrap() - offset;
            assert_eq!(error, Error::Syntax { offset, message });
        }
    }
}
