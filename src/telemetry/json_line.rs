//! A line of the log as one flat JSON object.
//!
//! What is known of the request, its trace above all, stands beside what the line
//! itself says, so that nobody has to look for it in two places. There is a line for
//! each request, so it is written as it goes, without a value of JSON in between.

use std::fmt::{self, Write};

use jiff::{Timestamp, fmt::temporal::DateTimePrinter};
use serde_json::{Map, Number, Value};
use tracing::{
    Event, Subscriber,
    field::{Field, FieldSet, Visit},
    span::Record,
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, format::Writer},
    registry::LookupSpan,
};

/// What libraries say of their own spans is theirs; nobody has looked through it.
const OWN: &str = "flyte_webhook";

/// Room for an ordinary line, in bytes.
const ORDINARY: usize = 1024;

/// To the microsecond, in UTC.
const TIMESTAMPS: DateTimePrinter = DateTimePrinter::new().precision(Some(6));

/// Writes the fields of a span as an object, which the lines within it add to their own.
pub(super) struct JsonFields;

impl<'a> FormatFields<'a> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'a>, fields: R) -> fmt::Result {
        writer.write_str(&object(|members| fields.record(members)))
    }

    fn add_fields(
        &self,
        current: &'a mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        let added = object(|members| fields.record(members));
        splice(&mut current.fields, &added);
        Ok(())
    }
}

/// Writes lines.
pub(super) struct JsonLine;

impl<S> FormatEvent<S, JsonFields> for JsonLine
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = line(event);
        let spans = context.event_scope().into_iter().flatten();
        for span in spans.filter(|span| span.metadata().target().starts_with(OWN)) {
            let extensions = span.extensions();
            if let Some(fields) = extensions.get::<FormattedFields<JsonFields>>() {
                let names = (event.metadata().fields(), span.metadata().fields());
                add(&mut line, fields, names);
            }
        }
        line.push('\n');
        writer.write_str(&line)
    }
}

/// The object of the event alone.
fn line(event: &Event<'_>) -> String {
    let metadata = event.metadata();
    object(|members| {
        members.time("timestamp", &Timestamp::now());
        members.string("level", metadata.level().as_str());
        event.record(members);
        members.string("target", metadata.target());
    })
}

/// An object with the members that are added to it.
fn object(add: impl FnOnce(&mut Members)) -> String {
    let mut members = Members(String::with_capacity(ORDINARY));
    add(&mut members);
    let Members(mut object) = members;
    if object.is_empty() {
        object.push('{');
    }
    object.push('}');
    object
}

/// Adds an object's members to the object at the end of a line, but for those that the
/// line has itself.
fn add(line: &mut String, object: &str, (own, added): (&FieldSet, &FieldSet)) {
    let is_own = |name: &str| own.field(name).is_some();
    if !added.iter().any(|field| is_own(field.name())) {
        return splice(line, object);
    }
    let mut members: Map<String, Value> = serde_json::from_str(object).unwrap_or_default();
    members.retain(|name, _| !is_own(name));
    splice(line, &Value::Object(members).to_string());
}

fn splice(line: &mut String, object: &str) {
    let members = object.strip_prefix('{').filter(|rest| *rest != "}");
    if let Some(members) = members {
        line.pop();
        if line != "{" {
            line.push(',');
        }
        line.push_str(members);
    }
}

/// The members of an object that is being written, and all before them. A value that
/// cannot be shown is left where it broke off, since the line is worth more.
struct Members(String);

impl Members {
    /// A number or a word of JSON.
    fn plain(&mut self, name: &str, value: impl fmt::Display) {
        self.name(name);
        let _shown = write!(self.0, "{value}");
    }

    fn string(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(|escaped| escaped.write_str(value));
    }

    fn time(&mut self, name: &str, time: &Timestamp) {
        self.name(name);
        self.0.push('"');
        let _shown = TIMESTAMPS.print_timestamp(time, &mut self.0);
        self.0.push('"');
    }

    fn name(&mut self, name: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.quoted(|escaped| escaped.write_str(name));
        self.0.push(':');
    }

    fn quoted(&mut self, write: impl FnOnce(&mut Escaped<'_>) -> fmt::Result) {
        self.0.push('"');
        let _shown = write(&mut Escaped(&mut self.0));
        self.0.push('"');
    }
}

impl Visit for Members {
    fn record_f64(&mut self, field: &Field, value: f64) {
        match Number::from_f64(value) {
            Some(number) => self.plain(field.name(), number),
            None => self.plain(field.name(), "null"),
        }
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.plain(field.name(), value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.plain(field.name(), value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.plain(field.name(), value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.string(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.name(field.name());
        self.quoted(|escaped| write!(escaped, "{value:?}"));
    }
}

/// What is written within a string of JSON.
struct Escaped<'a>(&'a mut String);

impl Write for Escaped<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let is_escaped = |byte: &u8| *byte < b' ' || matches!(byte, b'"' | b'\\');
        // To count them is a comparison of many bytes at once, and to find one is not.
        if text.bytes().filter(is_escaped).count() == 0 {
            self.0.push_str(text);
            return Ok(());
        }
        let quoted = serde_json::to_string(text).map_err(|_unwritable| fmt::Error)?;
        let within = quoted.get(1..quoted.len() - 1);
        self.0.push_str(within.unwrap_or_default());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_behind_those_of_the_line() {
        let cases = [
            (r#"{"a":1}"#, "{}", r#"{"a":1}"#),
            (r#"{"a":1}"#, r#"{"b":2}"#, r#"{"a":1,"b":2}"#),
            ("{}", r#"{"b":2}"#, r#"{"b":2}"#),
        ];
        for (line, object, expected) in cases {
            let mut line = line.to_owned();
            splice(&mut line, object);
            assert_eq!(line, expected);
        }
    }

    #[test]
    fn what_stands_in_a_line_is_json() {
        let text = "a \"b\" \\ \n\u{1}\u{7f}\u{e9}";
        let object = object(|members| {
            members.string(text, text);
            members.plain("number", Number::from_f64(0.1).unwrap());
            members.time("time", &Timestamp::UNIX_EPOCH);
        });
        let read: Value = serde_json::from_str(&object).unwrap();
        let time = "1970-01-01T00:00:00.000000Z";
        let expected = serde_json::json!({ text: text, "number": 0.1, "time": time });
        assert_eq!(read, expected);
        assert_eq!(super::object(|_| {}), "{}");
    }
}
