use data_encoding::BASE64;
use serde_json::json;

use super::*;

/// What Python 3.11's `json.loads` did with each body; made by `python_json.py` beside it.
pub(super) const PYTHON: &str = include_str!("../../tests/vectors/python_json.json");

fn read(body: &str) -> Result<Value, Error> {
    parse(body.as_bytes(), &Limits::default())
}

/// The form in which the vectors spell a value.
fn spelled(value: &Value) -> serde_json::Value {
    match value {
        Value::Null => json!(null),
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!({"int": value.to_string()}),
        Value::BigInt(digits) => json!({"int": digits.as_str()}),
        Value::Float(value) => json!({"float": value.to_bits()}),
        Value::String(value) => json!(value.as_str()),
        Value::Array(items) => json!({"array": items.iter().map(spelled).collect::<Vec<_>>()}),
        Value::Object(members) => {
            let members: Vec<_> = members
                .iter()
                .map(|(key, it)| json!([key, spelled(it)]))
                .collect();
            json!({ "object": members })
        }
    }
}

/// Python spells floats by `repr`; bits are compared, so that `-0.0` stays what it is.
fn with_float_bits(mut value: serde_json::Value) -> serde_json::Value {
    if let Some(text) = value.get("float").and_then(serde_json::Value::as_str) {
        let number: f64 = text.parse().unwrap();
        return json!({"float": number.to_bits()});
    }
    if let Some(items) = value.as_array_mut() {
        for item in items {
            *item = with_float_bits(item.take());
        }
    } else if let Some(members) = value.as_object_mut() {
        for item in members.values_mut() {
            *item = with_float_bits(item.take());
        }
    }
    value
}

fn outcome(result: Result<Value, Error>) -> serde_json::Value {
    match result {
        Ok(value) => json!({"value": spelled(&value)}),
        Err(Error::Syntax { offset, message }) => json!({"syntax": [offset, message]}),
        Err(Error::Unreadable { .. }) => json!({"unreadable": true}),
        Err(Error::NumberTooLong { .. }) => json!({"number_too_long": true}),
        Err(Error::LoneSurrogate { .. }) => json!({"lone_surrogate": true}),
        Err(error @ (Error::TooDeep { .. } | Error::TooLarge { .. })) => json!(error.to_string()),
    }
}

#[test]
fn every_body_is_read_or_refused_as_python_does() {
    let cases: Vec<serde_json::Map<_, _>> = serde_json::from_str(PYTHON).unwrap();
    assert!(cases.len() > 2000);
    for mut case in cases {
        let text = case.remove("body_text");
        let body = text.as_ref().map_or_else(
            || {
                let encoded = case.remove("body_base64").unwrap();
                BASE64.decode(encoded.as_str().unwrap().as_bytes()).unwrap()
            },
            |text| text.as_str().unwrap().as_bytes().to_vec(),
        );
        let ours = outcome(parse(&body, &Limits::default()));
        let python = with_float_bits(serde_json::Value::Object(case));
        // Python passes surrogates in UTF-8 and UTF-16, which are no text here.
        if python == json!({"lone_surrogate": true}) && text.is_none() {
            assert_eq!(ours, json!({"unreadable": true}), "{body:?}");
        } else {
            assert_eq!(ours, python, "{:?}", String::from_utf8_lossy(&body));
        }
    }
}

#[test]
fn nesting_stops_at_the_limit_and_not_at_the_stack() {
    let depth = |n: usize| read(&format!("{}{}", "[".repeat(n), "]".repeat(n)));
    assert!(depth(64).is_ok());
    assert_eq!(depth(65), Err(Error::TooDeep { limit: 64 }));
    assert_eq!(
        read(&"[".repeat(10_000_000)),
        Err(Error::TooDeep { limit: 64 })
    );
    assert_eq!(
        read(&"{\"a\":".repeat(1_000_000)),
        Err(Error::TooDeep { limit: 64 })
    );
}

#[test]
fn siblings_do_not_add_up_to_depth() {
    let body = format!("[{}[]]", "[],".repeat(1000));
    assert!(read(&body).is_ok());
}

#[test]
fn the_number_of_values_is_bounded() {
    let limits = Limits {
        elements: 10,
        ..Limits::default()
    };
    let nine = format!("[{}0]", "0,".repeat(8));
    assert!(parse(nine.as_bytes(), &limits).is_ok());
    let ten = format!("[{}0]", "0,".repeat(9));
    assert_eq!(
        parse(ten.as_bytes(), &limits),
        Err(Error::TooLarge { limit: 10 })
    );
}

#[test]
fn a_lone_surrogate_is_named_with_its_place() {
    assert_eq!(
        read(r#"{"é":"x\ud800"}"#),
        Err(Error::LoneSurrogate { offset: 7 })
    );
    assert_eq!(
        read(r#"["\udc00","#),
        Err(Error::Syntax {
            offset: 10,
            message: "Expecting value"
        })
    );
}

#[test]
fn values_go_out_as_valid_json_with_exact_integers() {
    let body = r#"{"big":-170141183460469231731687303715884105729,"list":[NaN,Infinity,-Infinity,1.5,9],"s":"é"}"#;
    assert_eq!(
        serde_json::to_string(&read(body).unwrap()).unwrap(),
        r#"{"big":-170141183460469231731687303715884105729,"list":["NaN","Infinity","-Infinity",1.5,9],"s":"é"}"#
    );
}

#[test]
fn values_come_from_serde_json_unchanged() {
    let value = json!({"a": [1, 18_446_744_073_709_551_615_u64, 1.5, null, true, "x"]});
    assert_eq!(
        Value::from(value),
        read(r#"{"a":[1,18446744073709551615,1.5,null,true,"x"]}"#).unwrap()
    );
}

/// Strings are looked through some bytes at a time.
#[test]
fn a_string_ends_where_it_has_to_wherever_that_is() {
    let pieces = [
        "\"", "\\", "\\n", "\0", "\u{1f}", " ", "!", "#", "[", "]", "\u{7f}", "é", "\u{2022}",
    ];
    for before in 0..20 {
        for after in 0..10 {
            for piece in pieces {
                let text = format!("{}{piece}{}", "a".repeat(before), "b".repeat(after));
                let written = json!(text).to_string();
                assert_eq!(read(&written), Ok(Value::String(text.as_str().into())));
                let raw = format!("\"{text}\"");
                let expected: Option<String> = serde_json::from_str(&raw).ok();
                let found = read(&raw).ok();
                assert_eq!(
                    found.as_ref().and_then(Value::as_str),
                    expected.as_deref(),
                    "{raw}"
                );
            }
        }
    }
}
