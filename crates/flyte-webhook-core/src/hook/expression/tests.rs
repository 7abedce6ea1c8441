use super::{Error, Expression, Foreseen, Kind, LONGEST, Mistake, Purpose, Subject};
use crate::json::{Document, Limits, Value};

fn document(payload: &str) -> Document<'_> {
    Document::parse(payload.as_bytes(), &Limits::default()).unwrap()
}

fn subject<'a>(payload: &'a Document<'_>) -> Subject<'a> {
    let event = [
        ("type", Some("push")),
        ("delivery_id", Some("7c1")),
        ("actor", None),
    ];
    Subject::new(event, payload.root())
}

fn mistake(source: &str, purpose: Purpose) -> Mistake {
    Expression::compile(source, purpose).expect_err(source)
}

fn value(source: &str, payload: &str) -> Result<String, Error> {
    let expression = Expression::compile(source, Purpose::Input).expect(source);
    let value = expression.value(&subject(&document(payload)))?;
    Ok(serde_json::to_string(&value).unwrap())
}

#[test]
fn what_is_wrong_with_an_expression_is_said_at_the_start() {
    let deep = format!("{}1{}", "[".repeat(70), "]".repeat(70));
    let cases = [
        (" ", Mistake::Empty),
        (&"1".repeat(LONGEST + 1), Mistake::TooLong),
        ("event.type ==", Mistake::Syntax { column: 14 }),
        ("event.tipe == ''", field(6, Some("type"))),
        ("event.xyzzy == ''", field(6, None)),
        ("evnt.type == ''", Mistake::UnknownVariable { column: 1 }),
        (
            "payload.x == secret",
            Mistake::UnknownVariable { column: 14 },
        ),
        (
            "payload.x.replace('a', 'b') == ''",
            Mistake::UnknownFunction { column: 18 },
        ),
        (
            "frobnicate(payload)",
            Mistake::UnknownFunction { column: 11 },
        ),
        (
            "payload.x.matches(payload.y)",
            Mistake::Pattern { column: 18 },
        ),
        ("event.type > 3", Mistake::Types),
        ("b'bytes'", Mistake::Types),
        ("event.type", Mistake::NoCondition),
        (
            "[1].all(a, [1].all(b, [1].all(c, a == b)))",
            Mistake::TooManyLoops,
        ),
        (&deep, Mistake::TooDeep),
    ];
    for (source, expected) in cases {
        let found = mistake(source, Purpose::Condition);
        // Where exactly a mistake in the grammar is noticed is the parser's to say.
        match (&found, &expected) {
            (Mistake::Syntax { .. }, Mistake::Syntax { .. }) => {}
            _ => assert_eq!(found, expected, "{source}"),
        }
    }
    assert_eq!(mistake("event", Purpose::Key), Mistake::NoKey);
}

fn field(column: usize, nearest: Option<&'static str>) -> Mistake {
    Mistake::UnknownField { column, nearest }
}

#[test]
fn no_mistake_repeats_what_was_written() {
    let secret = "hunter2hunter2";
    for source in [
        format!("{secret} +"),
        secret.to_owned(),
        format!("event.{secret} == 1"),
        format!("{secret}(1)"),
        format!("'{secret}' > 3"),
    ] {
        let text = mistake(&source, Purpose::Condition).to_string();
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn an_expression_has_its_value_or_a_reason() {
    let payload = r#"{"ref": "refs/heads/main", "n": 3, "big": 123456789012345678901234567890,
        "list": [{"id": "a"}, {"id": "b"}], "map": {"b": 1, "a": 2.5}, "none": null}"#;
    let cases = [
        ("event.type", Ok(r#""push""#)),
        ("event.actor", Ok("null")),
        ("event.actor == null", Ok("true")),
        ("payload.ref.substring(11)", Ok(r#""main""#)),
        ("payload.big", Ok("123456789012345678901234567890")),
        ("payload.list.map(c, c.id)", Ok(r#"["a","b"]"#)),
        ("payload.list.exists(c, c.id == 'b')", Ok("true")),
        ("has(payload.map.c)", Ok("false")),
        ("has(payload.map.c) || has(payload.map.a)", Ok("true")),
        ("[{'n': 1}].map(payload, payload.n)", Ok("[1]")),
        ("payload.list.map(c, payload.map.b)", Ok("[1,1]")),
        ("payload['map'].a + payload.map['a']", Ok("5.0")),
        ("payload.map.size() + payload.size()", Ok("8")),
        ("payload.map", Ok(r#"{"b":1,"a":2.5}"#)),
        ("{'z': payload.n, 'a': [1]}", Ok(r#"{"a":[1],"z":3}"#)),
        ("payload.ref.matches('^refs/heads/')", Ok("true")),
        (
            "timestamp('2026-01-02T03:04:05Z')",
            Ok(r#""2026-01-02T03:04:05+00:00""#),
        ),
        ("duration('90s')", Ok("90.0")),
        ("payload.?none.orValue('x')", Ok("null")),
        ("payload.?absent.orValue('x')", Ok(r#""x""#)),
        ("payload.absent", Err(Error::Missing)),
        ("payload.absent == 1", Err(Error::Missing)),
        ("payload.n.deeper", Err(Error::Missing)),
        ("payload.n + payload.ref", Err(Error::Type)),
        ("payload.n / 0", Err(Error::Range)),
        ("payload.list[7]", Err(Error::Range)),
    ];
    for (source, expected) in cases {
        assert_eq!(
            value(source, payload),
            expected.map(str::to_owned),
            "{source}"
        );
    }
}

#[test]
fn a_condition_is_true_or_false_and_a_key_is_text() {
    let payload = document(r#"{"n": 5, "t": "x", "e": ""}"#);
    let subject = subject(&payload);
    let condition = |source| {
        Expression::compile(source, Purpose::Condition)
            .unwrap()
            .holds(&subject)
    };
    assert_eq!(condition("payload.n == 5"), Ok(true));
    assert_eq!(condition("event.type == 'x' && payload.absent"), Ok(false));
    assert_eq!(condition("payload.n"), Err(Error::Type));
    let key = |source| {
        Expression::compile(source, Purpose::Key)
            .unwrap()
            .key(&subject)
    };
    assert_eq!(key("payload.n"), Ok("5".to_owned()));
    assert_eq!(key("event.delivery_id + payload.t"), Ok("7c1x".to_owned()));
    // All deliveries would be the same.
    assert_eq!(key("payload.e"), Err(Error::Type));
    assert_eq!(key("event.actor"), Err(Error::Type));
}

#[test]
fn what_would_take_long_is_refused_instead() {
    let numbers = |count: usize| {
        let items: Vec<_> = (0..count).map(|n| n.to_string()).collect();
        format!(r#"{{"l": [{}], "s": "x"}}"#, items.join(","))
    };
    let once = "payload.l.exists(a, a == -1)";
    let twice = "payload.l.exists(a, payload.l.exists(b, a + b == -1))";
    assert_eq!(value(once, &numbers(1_000)), Ok("false".to_owned()));
    assert_eq!(value(once, &numbers(1_001)), Err(Error::TooLarge));
    assert_eq!(value(twice, &numbers(256)), Ok("false".to_owned()));
    assert_eq!(value(twice, &numbers(257)), Err(Error::TooLarge));
    let long = format!(
        r#"{{"l": [{}1], "s": "{}"}}"#,
        "1,".repeat(900),
        "y".repeat(400_000)
    );
    assert_eq!(
        value("payload.l.map(a, payload.s + payload.s)", &long),
        Err(Error::TooLarge)
    );
    assert_eq!(
        value("payload.s.split('').map(a, a)", &long),
        Err(Error::TooLarge)
    );
}

#[test]
fn deep_payloads_are_read() {
    let depth = Limits::default().depth - 1;
    let payload = format!("{}1{}", r#"{"a":"#.repeat(depth), "}".repeat(depth));
    let path = format!("payload{}", ".a".repeat(8));
    assert!(value(&path, &payload).is_ok());
    let payload = document(&payload);
    let subject = subject(&payload);
    let all = Expression::compile("payload == payload", Purpose::Condition).unwrap();
    assert_eq!(all.holds(&subject), Ok(true));
    assert!(subject.at(&[]).is_object());
}

#[test]
fn no_expression_is_too_much_for_the_stack() {
    let repeated = |piece: &str| piece.repeat(LONGEST / piece.len() - 1);
    for source in [
        repeated("["),
        repeated("("),
        repeated("{1:"),
        repeated("!"),
        repeated("-"),
        format!("1{}", repeated("+1")),
        format!("1{}", repeated("?1:1")),
        format!("payload{}", repeated(".a")),
        format!("payload{}", repeated("[0]")),
        format!("true{}", repeated("&&true")),
        format!("1{}", repeated("<1")),
        format!("payload{}", repeated(".a()")),
    ] {
        let _ = Expression::compile(&source, Purpose::Input);
    }
}

#[test]
fn what_an_expression_comes_to_is_foreseen_where_it_can_be() {
    let foreseen = |source: &str| {
        let expression = Expression::compile(source, Purpose::Input).expect(source);
        expression.foreseen()
    };
    for (source, kind) in [
        ("event.actor", Kind::Text),
        ("event.actor + '!'", Kind::Text),
        ("payload.x.trim()", Kind::Text),
        ("string(payload.x)", Kind::Text),
        ("size(payload.x)", Kind::Integer),
        ("size(payload.x) * 2 - 1", Kind::Integer),
        ("-size(payload.x)", Kind::Integer),
        ("double(payload.x) / 2.0", Kind::Float),
        ("payload.x ? 'a' : 'b'", Kind::Text),
        ("payload.x in [1]", Kind::Boolean),
        ("!payload.x || payload.y > 2", Kind::Boolean),
        ("has(payload.x)", Kind::Boolean),
        ("payload.xs.all(x, x > 1)", Kind::Boolean),
        ("payload.xs.exists_one(x, x > 1)", Kind::Boolean),
        ("payload.xs.map(x, x.name)", Kind::List),
        ("payload.x.split(',')", Kind::List),
        ("[payload.x]", Kind::List),
        ("{'a': payload.x}", Kind::Object),
    ] {
        assert_eq!(foreseen(source), Some(Foreseen::Kind(kind)), "{source}");
    }
    for source in [
        "payload",
        "payload.x",
        "payload.x + payload.y",
        "payload.x ? 'a' : 1",
        "payload.x ? 'a' : payload.y",
        "payload.xs[0]",
    ] {
        assert_eq!(foreseen(source), None, "{source}");
    }
    let text = Value::String("ab".into());
    for (source, value) in [
        ("'a' + 'b'", text),
        ("1 + 1", Value::Int(2)),
        ("[1].map(x, x > 0)", Value::Array(vec![Value::Bool(true)])),
        ("null", Value::Null),
    ] {
        assert_eq!(foreseen(source), Some(Foreseen::Value(value)), "{source}");
    }
}
