//! JSON to a literal and back is the identity, up to what is listed at [`normal`].

use flyte_idl::flyteidl2::core::{LiteralType, SimpleType, VariableMap};
use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{from_json, inputs_from_json, to_json};
use super::{dataclass, enumeration, list, map, optional, pydantic, simple, union};
use crate::json::Value;

/// A type with a value of it, and that value as it comes back.
#[derive(Debug, Clone)]
struct Sample {
    literal_type: LiteralType,
    sent: Json,
    normal: Json,
}

fn same(literal_type: LiteralType, sent: impl Into<Json>) -> Sample {
    let sent = sent.into();
    Sample {
        literal_type,
        normal: sent.clone(),
        sent,
    }
}

fn normalised(literal_type: LiteralType, sent: impl Into<Json>, normal: impl Into<Json>) -> Sample {
    Sample {
        literal_type,
        sent: sent.into(),
        normal: normal.into(),
    }
}

/// Scalars; a whole number of a float comes back as a double, a datetime in UTC
/// with Python's spelling, a duration as its seconds.
fn scalars() -> impl Strategy<Value = Sample> {
    prop_oneof![
        any::<i64>().prop_map(|it| same(simple(SimpleType::INTEGER), it)),
        any::<f64>()
            .prop_filter("finite", |it| it.is_finite())
            .prop_map(|it| same(simple(SimpleType::FLOAT), it)),
        any::<i32>().prop_map(|it| normalised(simple(SimpleType::FLOAT), it, f64::from(it))),
        any::<String>().prop_map(|it| same(simple(SimpleType::STRING), it)),
        any::<bool>().prop_map(|it| same(simple(SimpleType::BOOLEAN), it)),
        Just(same(simple(SimpleType::NONE), Json::Null)),
        prop_oneof!["RED", "GREEN"].prop_map(|it| same(enumeration(&["RED", "GREEN"]), it)),
        (1..=9999_u16, 1..=28_u8, 0..1_000_000_u32).prop_map(|(year, day, micros)| {
            let date = format!("{year:04}-02-{day:02}T01:02:03");
            let fraction = if micros == 0 {
                String::new()
            } else {
                format!(".{micros:06}")
            };
            normalised(
                simple(SimpleType::DATETIME),
                format!("{date}.{micros:06}Z"),
                format!("{date}{fraction}+00:00"),
            )
        }),
        (-1_000_000_000..1_000_000_000_i32).prop_map(|millis| {
            let seconds = f64::from(millis) / 1000.0;
            normalised(simple(SimpleType::DURATION), seconds, seconds)
        }),
    ]
}

/// Anything a dictionary may hold.
fn free_json() -> impl Strategy<Value = Json> {
    let leaf = prop_oneof![
        Just(Json::Null),
        any::<bool>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<u64>().prop_map(Json::from),
        any::<f64>()
            .prop_filter("finite", |it| it.is_finite())
            .prop_map(Json::from),
        any::<String>().prop_map(Json::from),
    ];
    leaf.prop_recursive(4, 32, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Json::from),
            prop::collection::hash_map(any::<String>(), inner, 0..4)
                .prop_map(|members| members.into_iter().collect()),
        ]
    })
}

fn dictionaries() -> impl Strategy<Value = Sample> {
    prop::collection::hash_map(any::<String>(), free_json(), 0..4).prop_map(|members| {
        same(
            simple(SimpleType::STRUCT),
            members.into_iter().collect::<Json>(),
        )
    })
}

/// Structs; an absent field comes back with its default.
fn structs() -> impl Strategy<Value = Sample> {
    let fields = (
        any::<i64>(),
        any::<String>(),
        prop::option::of(any::<bool>()),
        any::<bool>(),
    );
    fields.prop_map(|(number, text, flag, model)| {
        let schema = json!({
            "title": "S", "type": "object", "required": ["number", "text"],
            "properties": {
                "number": {"type": "integer"}, "text": {"type": "string"},
                "flag": {"anyOf": [{"type": "boolean"}, {"type": "null"}], "default": null},
            },
        });
        let mut sent = json!({"text": text, "number": number});
        if let Some(flag) = flag {
            sent["flag"] = flag.into();
        }
        let normal = json!({"text": text, "number": number, "flag": flag});
        normalised(
            if model {
                pydantic(schema)
            } else {
                dataclass(schema)
            },
            sent,
            normal,
        )
    })
}

/// Lists and maps of one type, from samples of it.
fn samples() -> impl Strategy<Value = Sample> {
    let leaf = prop_oneof![4 => scalars(), 1 => dictionaries(), 1 => structs()];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), 0..3_usize).prop_map(|(item, count)| Sample {
                literal_type: list(item.literal_type),
                sent: vec![item.sent; count].into(),
                normal: vec![item.normal; count].into(),
            }),
            (inner.clone(), any::<String>()).prop_map(|(item, name)| Sample {
                literal_type: map(item.literal_type),
                sent: json!({ name.as_str(): item.sent }),
                normal: json!({ name.as_str(): item.normal }),
            }),
            inner.clone().prop_map(|item| Sample {
                literal_type: optional(item.literal_type),
                ..item
            }),
            inner
                .clone()
                .prop_map(|item| same(optional(item.literal_type), Json::Null)),
            inner.prop_map(|item| Sample {
                literal_type: union(vec![list(item.literal_type), simple(SimpleType::STRING)]),
                sent: json!([item.sent]),
                normal: json!([item.normal]),
            }),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn what_is_sent_comes_back(sample in samples()) {
        let value = Value::from(sample.sent);
        let literal = from_json(&sample.literal_type, &value);
        prop_assert!(literal.is_ok(), "{:?}", literal);
        let back = to_json(&sample.literal_type, &literal.unwrap());
        prop_assert_eq!(back, Ok(sample.normal));
    }

    #[test]
    fn what_comes_back_can_be_sent_again(sample in samples()) {
        let Sample { literal_type, normal, .. } = sample;
        let again = from_json(&literal_type, &Value::from(normal.clone())).unwrap();
        prop_assert_eq!(to_json(&literal_type, &again), Ok(normal));
    }

    #[test]
    fn no_value_of_another_type_is_lost_or_panics(types in samples(), values in samples()) {
        let value = Value::from(values.sent);
        if let Ok(literal) = from_json(&types.literal_type, &value) {
            prop_assert!(to_json(&types.literal_type, &literal).is_ok());
        }
        let body = value.as_object().cloned().unwrap_or_default();
        let surplus = inputs_from_json(&VariableMap::default(), &[], &body);
        prop_assert_eq!(surplus.is_ok(), body.is_empty());
    }
}
