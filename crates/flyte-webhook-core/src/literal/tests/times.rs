use buffa_types::google::protobuf::{Duration, Timestamp};
use flyte_idl::flyteidl2::core::{
    __buffa::oneof::{literal, primitive, scalar},
    Literal, Primitive, SimpleType,
};
use serde_json::json;

use super::super::{from_json, scalar::literal as of_scalar, to_json};
use super::{json as parsed, simple};

fn primitive(literal: &Literal) -> &primitive::Value {
    let Some(literal::Value::Scalar(scalar)) = &literal.value else {
        unreachable!()
    };
    let Some(scalar::Value::Primitive(primitive)) = &scalar.value else {
        unreachable!()
    };
    primitive.value.as_ref().unwrap()
}

fn instant(text: &str) -> (i64, i32) {
    let literal = from_json(&simple(SimpleType::DATETIME), &parsed(&format!("{text:?}"))).unwrap();
    let primitive::Value::Datetime(it) = primitive(&literal) else {
        unreachable!()
    };
    (it.seconds, it.nanos)
}

fn duration(text: &str) -> Result<(i64, i32), String> {
    let literal = from_json(&simple(SimpleType::DURATION), &parsed(text));
    let literal = literal.map_err(|errors| errors[0].kind().to_owned())?;
    let primitive::Value::Duration(it) = primitive(&literal) else {
        unreachable!()
    };
    Ok((it.seconds, it.nanos))
}

fn shown(value: primitive::Value) -> serde_json::Value {
    let primitive = Primitive {
        value: Some(value),
        ..Primitive::default()
    };
    let literal = of_scalar(scalar::Value::Primitive(Box::new(primitive)));
    to_json(&simple(SimpleType::NONE), &literal).unwrap_or_else(|error| json!(error.kind()))
}

fn shown_instant(seconds: i64, nanos: i32) -> serde_json::Value {
    let timestamp = Timestamp {
        seconds,
        nanos,
        ..Timestamp::default()
    };
    shown(primitive::Value::Datetime(Box::new(timestamp)))
}

fn shown_duration(seconds: i64, nanos: i32) -> serde_json::Value {
    let duration = Duration {
        seconds,
        nanos,
        ..Duration::default()
    };
    shown(primitive::Value::Duration(Box::new(duration)))
}

#[test]
fn datetimes_are_iso_8601_and_utc_without_an_offset() {
    assert_eq!(instant("2024-01-02T03:04:05Z"), (1_704_164_645, 0));
    assert_eq!(instant("2024-01-02T03:04:05+02:00"), (1_704_157_445, 0));
    assert_eq!(instant("2024-01-02T03:04:05"), (1_704_164_645, 0));
    assert_eq!(
        instant("2024-01-02T03:04:05.678901Z"),
        (1_704_164_645, 678_901_000)
    );
    assert_eq!(instant("2024-01-02"), (1_704_153_600, 0));
    assert_eq!(instant("1969-12-31T23:59:59.25Z"), (-1, 250_000_000));
    assert_eq!(instant("0001-01-01T00:00:00Z").0, -62_135_596_800);
    assert_eq!(
        instant("9999-12-31T23:59:59.999999"),
        (253_402_300_799, 999_999_000)
    );
}

#[test]
fn what_is_no_datetime_is_refused_with_an_example() {
    for text in [
        "\"\"",
        "\"now\"",
        "\"2024-13-01\"",
        "\"2024-02-30T00:00:00Z\"",
        "\"1704164645\"",
        "\"0000-01-01T00:00:00Z\"",
        "\"-000001-01-01T00:00:00Z\"",
        "\"2024-01-02T25:00:00Z\"",
        "\"9999-12-31T23:59:59-01:00\"",
        "\"0001-01-01T00:00:00+01:00\"",
        "\"2024-01-02T03:04:05+01:00[Europe/Paris]\"",
    ] {
        let errors = from_json(&simple(SimpleType::DATETIME), &parsed(text)).unwrap_err();
        assert_eq!(errors[0].kind(), "datetime_parsing", "{text}");
    }
    for text in ["1704164645", "1.5", "null", "{\"seconds\":1}", "[]"] {
        let errors = from_json(&simple(SimpleType::DATETIME), &parsed(text)).unwrap_err();
        assert_eq!(
            errors[0].message(),
            "Input should be a date and time as an ISO 8601 string such as 2024-01-02T03:04:05Z"
        );
    }
}

#[test]
fn durations_are_iso_8601_or_seconds() {
    assert_eq!(duration("\"PT1M30S\""), Ok((90, 0)));
    assert_eq!(duration("\"P1DT2H\""), Ok((93_600, 0)));
    assert_eq!(duration("\"P1W\""), Ok((604_800, 0)));
    assert_eq!(duration("\"-PT0.5S\""), Ok((0, -500_000_000)));
    assert_eq!(duration("90"), Ok((90, 0)));
    assert_eq!(duration("90.5"), Ok((90, 500_000_000)));
    assert_eq!(duration("-0.1"), Ok((0, -100_000_000)));
    assert_eq!(duration("1e-9"), Ok((0, 0)));
}

#[test]
fn what_is_no_duration_is_refused() {
    for text in [
        "\"90s\"",
        "\"0:01:30\"",
        "\"\"",
        "\"P1M\"",
        "\"P1Y\"",
        "\"P\"",
        "NaN",
        "Infinity",
        "1e300",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "\"1 hour\"",
    ] {
        assert_eq!(
            duration(text),
            Err("time_delta_parsing".to_owned()),
            "{text}"
        );
    }
    for text in ["null", "true", "{}", "[90]"] {
        assert_eq!(duration(text), Err("time_delta_type".to_owned()), "{text}");
    }
}

#[test]
fn datetimes_are_shown_as_python_shows_them() {
    assert_eq!(
        shown_instant(1_700_000_000, 5_999),
        json!("2023-11-14T22:13:20.000005+00:00")
    );
    assert_eq!(
        shown_instant(1_700_000_000, 999),
        json!("2023-11-14T22:13:20+00:00")
    );
    assert_eq!(
        shown_instant(-1, 250_000_000),
        json!("1969-12-31T23:59:59.250000+00:00")
    );
    assert_eq!(
        shown_instant(-62_135_596_800, 0),
        json!("0001-01-01T00:00:00+00:00")
    );
    assert_eq!(
        shown_instant(253_402_300_799, 999_999_000),
        json!("9999-12-31T23:59:59.999999+00:00")
    );
    for (seconds, nanos) in [
        (-62_135_596_801, 0),
        (253_402_300_800, 0),
        (i64::MIN, i32::MIN),
        (i64::MAX, i32::MAX),
    ] {
        assert_eq!(shown_instant(seconds, nanos), json!("literal_invalid"));
    }
}

#[test]
fn durations_are_shown_in_seconds() {
    assert_eq!(shown_duration(86_402, 3_000), json!(86_402.000_003));
    assert_eq!(shown_duration(-90, -500_000_000), json!(-90.5));
    assert_eq!(shown_duration(0, 1_000), json!(1e-6));
    assert_eq!(shown_duration(0, 999), json!(0.0));
    assert_eq!(
        shown_duration(i64::MIN, i32::MIN),
        json!(-9_223_372_036_854_775_807.0)
    );
}
