use std::collections::BTreeMap;

use secrecy::SecretString;
use url::Url;

use super::{
    Error, Purpose, Renderer, has_placeholder, host_is_written, piece::fixed_beginning, secrets,
};
use crate::{
    json::{self, Limits, Object, Value},
    python,
};

fn value(text: &str) -> Value {
    json::parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn inputs() -> Object {
    let inputs = value(
        r#"{"s": "hello", "i": 7, "f": 1.5, "b": true, "n": null, "l": [1, "a"],
            "d": {"a": {"b": "deep"}}, "brace": "{inputs.s}", "key": "{secrets.key}"}"#,
    );
    inputs.as_object().unwrap().clone()
}

fn render(template: &str, purpose: Purpose) -> Result<Value, Error> {
    let secrets = BTreeMap::from([("key".to_owned(), SecretString::from("hunter2-hunter2"))]);
    let renderer = Renderer {
        inputs: &inputs(),
        secrets: &secrets,
        limit: 1000,
    };
    renderer.render(&Value::String(template.into()), purpose)
}

fn text(template: &str) -> String {
    render(template, Purpose::Send).map_or_else(
        |error| format!("! {error}"),
        |value| python::text(&Value::Array(vec![value])),
    )
}

#[test]
fn a_string_that_is_one_placeholder_takes_the_value_itself() {
    for (template, rendered) in [
        ("{inputs.s}", "['hello']"),
        ("{inputs.i}", "[7]"),
        ("{inputs.f}", "[1.5]"),
        ("{inputs.b}", "[True]"),
        ("{inputs.n}", "[None]"),
        ("{inputs.l}", "[[1, 'a']]"),
        ("{inputs.d.a}", "[{'b': 'deep'}]"),
        ("{inputs.d.a.b}", "['deep']"),
    ] {
        assert_eq!(text(template), rendered, "{template}");
    }
}

#[test]
fn a_placeholder_in_a_text_is_replaced_as_python_writes_the_value() {
    for (template, rendered) in [
        ("a {inputs.s} b", "['a hello b']"),
        ("{inputs.i}{inputs.f}", "['71.5']"),
        ("{inputs.b}, {inputs.n}", "['True, None']"),
        ("={inputs.l}", "[\"=[1, 'a']\"]"),
        ("={inputs.d}", "[\"={'a': {'b': 'deep'}}\"]"),
    ] {
        assert_eq!(text(template), rendered, "{template}");
    }
}

#[test]
fn braces_around_no_placeholder_stay() {
    for template in [
        "{}", "{", "}", "}{", "{s}", "{{s}}", "{a b}", "{}.{}", "{{}}", "a.b", "{ }", "{é}",
    ] {
        assert_eq!(text(template), format!("['{template}']"), "{template}");
    }
}

#[test]
fn twice_the_braces_are_the_text_of_a_placeholder() {
    for (template, rendered) in [
        ("{{inputs.s}}", "['{inputs.s}']"),
        ("a{{inputs.s}}b", "['a{inputs.s}b']"),
        ("{{{inputs.s}}}", "['{hello}']"),
        ("{{{{inputs.s}}}}", "['{{inputs.s}}']"),
        ("{{inputs.s}} {inputs.s}", "['{inputs.s} hello']"),
    ] {
        assert_eq!(text(template), rendered, "{template}");
    }
}

#[test]
fn what_is_not_there_is_an_error_that_says_where() {
    for (template, error) in [
        ("{inputs.x.y}", "x in {'s': 'hello'"),
        ("{inputs.d.x}", "x in {'a': {'b': 'deep'}}."),
        ("{inputs.l.x}", "x in [1, 'a']."),
        ("{inputs.s.x}", "x in hello."),
        ("{other.x}", "other in {'inputs': {'s'"),
        ("{{inputs.s}", "{inputs in {'inputs'"),
        ("{\"a\": {inputs.s}}", "\"a\": {inputs in {'inputs'"),
        ("{inputs.}", " in {'s'"),
        ("{.}", " in {'inputs'"),
    ] {
        let expected = format!("! Could not find the key {error}");
        assert!(
            text(template).starts_with(&expected),
            "{template}: {}",
            text(template)
        );
    }
}

#[test]
fn what_is_put_in_is_not_looked_at_again() {
    for (template, rendered) in [
        ("{inputs.brace} {inputs.s}", "['{inputs.s} hello']"),
        (
            "{inputs.key} {secrets.key}",
            "['{secrets.key} hunter2-hunter2']",
        ),
        ("{inputs.key}", "['{secrets.key}']"),
    ] {
        assert_eq!(text(template), rendered, "{template}");
    }
}

#[test]
fn a_secret_is_sent_but_never_shown() {
    let template = "Bearer {secrets.key}";
    let sent = render(template, Purpose::Send).unwrap();
    assert_eq!(sent.as_str(), Some("Bearer hunter2-hunter2"));
    let shown = render(template, Purpose::Show).unwrap();
    assert_eq!(shown.as_str(), Some("Bearer (secret)"));
    let error = render("{secrets.other}", Purpose::Send).unwrap_err();
    assert_eq!(
        error,
        Error::Secret {
            name: "other".to_owned()
        }
    );
    assert_eq!(
        secrets(&value(
            r#"{"a": ["{secrets.x} {secrets.y.z}"], "{secrets.k}": "{{secrets.n}}"}"#
        ))
        .into_iter()
        .collect::<Vec<_>>(),
        ["x", "y.z"]
    );
}

#[test]
fn names_of_members_are_no_templates() {
    let secrets = BTreeMap::new();
    let inputs = inputs();
    let renderer = Renderer {
        inputs: &inputs,
        secrets: &secrets,
        limit: 100,
    };
    let template = value(r#"{"{inputs.s}": ["{inputs.i}", {"x": "{inputs.s}"}]}"#);
    let sent = renderer.render(&template, Purpose::Send).unwrap();
    assert_eq!(sent, value(r#"{"{inputs.s}": [7, {"x": "hello"}]}"#));
}

#[test]
fn many_placeholders_cannot_make_much_of_a_large_input() {
    let inputs = Object::from_iter([("x".to_owned(), Value::String("a".repeat(600).into()))]);
    let secrets = BTreeMap::new();
    let renderer = Renderer {
        inputs: &inputs,
        secrets: &secrets,
        limit: 1000,
    };
    let once = Value::Array(
        vec!["{inputs.x}".to_owned(); 1]
            .into_iter()
            .map(|text| Value::String(text.into()))
            .collect(),
    );
    let twice = Value::Array(
        vec!["{inputs.x}".to_owned(); 2]
            .into_iter()
            .map(|text| Value::String(text.into()))
            .collect(),
    );
    assert!(renderer.render(&once, Purpose::Send).is_ok());
    let error = renderer.render(&twice, Purpose::Send).unwrap_err();
    assert_eq!(error, Error::TooLarge { limit: 1000 });
}

#[test]
fn the_beginning_ends_where_an_input_comes_in() {
    let secret = |name: &str| (name == "url").then_some("https://a.example/x");
    for (template, beginning, is_all) in [
        ("https://a/{inputs.s}", "https://a/", false),
        ("https://a/{{inputs.s}}", "https://a/{inputs.s}", true),
        ("{inputs.s}", "", false),
        ("{secrets.url}/{inputs.s}", "https://a.example/x/", false),
        ("https://{secrets.other}/", "https://", false),
        ("https://a/{x}", "https://a/{x}", true),
    ] {
        let found = fixed_beginning(template, secret);
        assert_eq!(found, (beginning.to_owned(), is_all), "{template}");
    }
    assert!(has_placeholder("a{inputs.x}"));
    assert!(!has_placeholder("a{{inputs.x}}{x}"));
}

#[test]
fn a_host_is_written_where_it_ends_before_the_first_input() {
    let url = Url::parse("http://a.example/").unwrap();
    let is_written = |template: &str| host_is_written(template, &url, |_| None);
    for template in [
        "http://a.example/",
        "http://a.example/{inputs.x}",
        "http://a.example?{inputs.x}",
        "http:////a.example/{inputs.x}",
        "http:/\t/a.example/{inputs.x}",
    ] {
        assert!(is_written(template), "{template}");
    }
    for template in [
        "http://a.example{inputs.x}/",
        "http://{inputs.x}/",
        "http://b.example/{inputs.x}",
        // More slashes than two are still before the host,
        "http:////a.example{inputs.x}/",
        "http://\\/a.example{inputs.x}/",
        // also where a tab or an end of line is between them.
        "http:/\t//a.example{inputs.x}/",
        "http://\n/a.example{inputs.x}/",
    ] {
        assert!(!is_written(template), "{template}");
    }
}
