//! Against what Python 3.11 wrote.

use super::*;
use crate::json;

#[rustfmt::skip]
const RECORDED: &[(&str, &str, &str)] = &[
        (r#"{"q":[1,2],"b":true,"c":null}"#,
         "q=%5B1%2C+2%5D&b=True&c=None",
         r#"{"q": [1, 2], "b": true, "c": null}"#),
        (r#"{"a":"x y&z=~*'é/?#+%"}"#,
         "a=x+y%26z%3D~%2A%27%C3%A9%2F%3F%23%2B%25",
         r#"{"a": "x y&z=~*'\u00e9/?#+%"}"#),
        (r#"{"a":{"k":"it's","l":["\"","both' \"","\u0000\u0007\u007f\u0080\u00a0\u00ad\u200b\u2028\ufeff\ue000\n\t\\"]}}"#,
         "a=%7B%27k%27%3A+%22it%27s%22%2C+%27l%27%3A+%5B%27%22%27%2C+%27both%5C%27+%22%27%2C+%27%5Cx00%5Cx07%5Cx7f%5Cx80%5Cxa0%5Cxad%5Cu200b%5Cu2028%5Cufeff%5Cue000%5Cn%5Ct%5C%5C%27%5D%7D",
         r#"{"a": {"k": "it's", "l": ["\"", "both' \"", "\u0000\u0007\u007f\u0080\u00a0\u00ad\u200b\u2028\ufeff\ue000\n\t\\"]}}"#),
        (r#"{"f":[1.0,1e16,1e-5,0.0001,1.5e300,-0.0,1e22,123456789012345680.0,5e-324],"n":[NaN,Infinity,-Infinity]}"#,
         "f=%5B1.0%2C+1e%2B16%2C+1e-05%2C+0.0001%2C+1.5e%2B300%2C+-0.0%2C+1e%2B22%2C+1.2345678901234568e%2B17%2C+5e-324%5D&n=%5Bnan%2C+inf%2C+-inf%5D",
         r#"{"f": [1.0, 1e+16, 1e-05, 0.0001, 1.5e+300, -0.0, 1e+22, 1.2345678901234568e+17, 5e-324], "n": [NaN, Infinity, -Infinity]}"#),
        (r#"{"i":[12345678901234567890123,-1]}"#,
         "i=%5B12345678901234567890123%2C+-1%5D",
         r#"{"i": [12345678901234567890123, -1]}"#),
        (r#"{"":"", "a b":"\ud83d\ude00\u0301"}"#,
         "=&a+b=%F0%9F%98%80%CC%81",
         r#"{"": "", "a b": "\ud83d\ude00\u0301"}"#),
        (r#"{"m":["\u0301","e\u0301"]}"#,
         "m=%5B%27%CC%81%27%2C+%27e%CC%81%27%5D",
         r#"{"m": ["\u0301", "e\u0301"]}"#),
        ("{}",
         "",
         "{}"),
        (r#"{"x":{}, "y":[]}"#,
         "x=%7B%7D&y=%5B%5D",
         r#"{"x": {}, "y": []}"#),
        (r#"{"s":"\b\f\r\u001f\u2029é😀"}"#,
         "s=%08%0C%0D%1F%E2%80%A9%C3%A9%F0%9F%98%80",
         r#"{"s": "\b\f\r\u001f\u2029\u00e9\ud83d\ude00"}"#),
];

#[test]
fn values_are_written_as_python_writes_them() {
    for (text, query, dumped) in RECORDED {
        let value = json::parse(text.as_bytes(), &json::Limits::default()).unwrap();
        let members = value.as_object().unwrap();
        assert_eq!(urlencode(members), *query, "{text}");
        assert_eq!(json(members), *dumped, "{text}");
    }
}

#[test]
fn a_text_stands_for_itself() {
    assert_eq!(text(&Value::String("it's".into())), "it's");
}
