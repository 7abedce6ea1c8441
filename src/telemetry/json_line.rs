//! A line of the log as one flat JSON object.
//!
//! What is known of the request, its trace above all, stands beside what the line
//! itself says, so that nobody has to look for it in two places.

use std::{fmt, mem, str};

use jiff::Timestamp;
use serde::{
    Serialize,
    ser::{SerializeMap, Serializer as _},
};
use serde_json::{
    Error, Map, Value,
    ser::{CompactFormatter, Compound, Serializer},
};
use tracing::{
    Event, Subscriber,
    field::{Field, FieldSet, Visit},
    span::Record,
};
use tracing_subscriber::{
    field::RecordFields,
    fmt::{FmtContext, FormatEvent, FormatFields, FormattedFields, format::Writer},
    registry::{LookupSpan, Scope},
};

/// What libraries say of their own spans is theirs; nobody has looked through it.
const OWN: &str = "flyte_webhook";

/// Room for an ordinary line, in bytes.
const ORDINARY: usize = 1024;

/// Writes the fields of a span as an object, which the lines within it add to their own.
pub(super) struct JsonFields;

impl<'a> FormatFields<'a> for JsonFields {
    fn format_fields<R: RecordFields>(&self, mut writer: Writer<'a>, fields: R) -> fmt::Result {
        let object = object(|members| fields.record(members))?;
        writer.write_str(text(&object)?)
    }

    fn add_fields(
        &self,
        current: &'a mut FormattedFields<Self>,
        fields: &Record<'_>,
    ) -> fmt::Result {
        let added = object(|members| fields.record(members))?;
        let mut fields = mem::take(&mut current.fields).into_bytes();
        splice(&mut fields, text(&added)?);
        current.fields = String::from_utf8(fields).map_err(|_no_text| fmt::Error)?;
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
        let mut line = line(event)?;
        let spans = context.event_scope().into_iter().flat_map(Scope::from_root);
        for span in spans.filter(|span| span.metadata().target().starts_with(OWN)) {
            let extensions = span.extensions();
            if let Some(fields) = extensions.get::<FormattedFields<JsonFields>>() {
                let names = (event.metadata().fields(), span.metadata().fields());
                add(&mut line, fields, names);
            }
        }
        writer.write_str(text(&line)?)?;
        writer.write_char('\n')
    }
}

/// The object of the event alone.
fn line(event: &Event<'_>) -> Result<Vec<u8>, fmt::Error> {
    let metadata = event.metadata();
    object(|members| {
        members.add("timestamp", &format_args!("{:.6}", Timestamp::now()));
        members.add("level", metadata.level().as_str());
        event.record(members);
        members.add("target", metadata.target());
    })
}

/// An object with the members that are added to it.
fn object(add: impl FnOnce(&mut Members<'_>)) -> Result<Vec<u8>, fmt::Error> {
    let mut object = Vec::with_capacity(ORDINARY);
    write(&mut object, add).map_err(|_unwritable| fmt::Error)?;
    Ok(object)
}

fn write(object: &mut Vec<u8>, add: impl FnOnce(&mut Members<'_>)) -> Result<(), Error> {
    let mut serializer = Serializer::new(object);
    let mut members = Members {
        map: serializer.serialize_map(None)?,
        state: Ok(()),
    };
    add(&mut members);
    members.state?;
    members.map.end()
}

fn text(bytes: &[u8]) -> Result<&str, fmt::Error> {
    str::from_utf8(bytes).map_err(|_no_text| fmt::Error)
}

/// Adds an object's members to the object at the end of a line, but for those that the
/// line has itself.
fn add(line: &mut Vec<u8>, object: &str, (own, added): (&FieldSet, &FieldSet)) {
    let is_own = |name: &str| own.field(name).is_some();
    if !added.iter().any(|field| is_own(field.name())) {
        return splice(line, object);
    }
    let mut members: Map<String, Value> = serde_json::from_str(object).unwrap_or_default();
    members.retain(|name, _| !is_own(name));
    splice(line, &Value::Object(members).to_string());
}

fn splice(line: &mut Vec<u8>, object: &str) {
    let members = object.strip_prefix('{').filter(|rest| *rest != "}");
    if let Some(members) = members {
        line.pop();
        if line.as_slice() != b"{" {
            line.push(b',');
        }
        line.extend_from_slice(members.as_bytes());
    }
}

/// The members of an object that is being written.
struct Members<'a> {
    map: Compound<'a, &'a mut Vec<u8>, CompactFormatter>,
    state: Result<(), Error>,
}

impl Members<'_> {
    fn add<V: Serialize + ?Sized>(&mut self, name: &str, value: &V) {
        if self.state.is_ok() {
            self.state = self.map.serialize_entry(name, value);
        }
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.add(field.name(), &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.add(field.name(), &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.add(field.name(), &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.add(field.name(), &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field.name(), value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field.name(), &format_args!("{value:?}"));
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
            let mut line = line.as_bytes().to_vec();
            splice(&mut line, object);
            assert_eq!(line, expected.as_bytes());
        }
    }
}
