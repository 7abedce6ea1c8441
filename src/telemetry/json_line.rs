//! A line of the log as one flat JSON object.
//!
//! What is known of the request, its trace above all, stands beside what the line
//! itself says, so that nobody has to look for it in two places.

use std::{fmt, str};

use serde::ser::{SerializeMap, Serializer as _};
use serde_json::{
    Error, Map, Value,
    ser::{CompactFormatter, Compound, Serializer},
};
use tracing::{
    Event, Subscriber,
    field::{Field, FieldSet, Visit},
};
use tracing_subscriber::{
    fmt::{
        FmtContext, FormatEvent, FormattedFields,
        format::{JsonFields, Writer},
        time::{FormatTime, SystemTime},
    },
    registry::{LookupSpan, Scope},
};

/// What libraries say of their own spans is theirs; nobody has looked through it.
const OWN: &str = "flyte_webhook";

/// Room for an ordinary line, in bytes.
const ORDINARY: usize = 1024;

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
        let mut time = String::new();
        SystemTime.format_time(&mut Writer::new(&mut time))?;
        let mut line = Vec::with_capacity(ORDINARY);
        write_event(&mut line, &time, event).map_err(|_unwritable| fmt::Error)?;
        let spans = context.event_scope().into_iter().flat_map(Scope::from_root);
        for span in spans.filter(|span| span.metadata().target().starts_with(OWN)) {
            let extensions = span.extensions();
            if let Some(fields) = extensions.get::<FormattedFields<JsonFields>>() {
                let names = (event.metadata().fields(), span.metadata().fields());
                add(&mut line, fields, names);
            }
        }
        writeln!(
            writer,
            "{}",
            str::from_utf8(&line).map_err(|_no_text| fmt::Error)?
        )
    }
}

/// The object of the event alone.
fn write_event(line: &mut Vec<u8>, time: &str, event: &Event<'_>) -> Result<(), Error> {
    let mut serializer = Serializer::new(line);
    let mut members = Members {
        map: serializer.serialize_map(None)?,
        state: Ok(()),
    };
    let metadata = event.metadata();
    members.map.serialize_entry("timestamp", time)?;
    members
        .map
        .serialize_entry("level", metadata.level().as_str())?;
    event.record(&mut members);
    members.state?;
    members.map.serialize_entry("target", metadata.target())?;
    members.map.end()
}

/// Adds an object's members to the object at the end of a line, which is never
/// empty; but for those that the line has itself.
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
        line.push(b',');
        line.extend_from_slice(members.as_bytes());
    }
}

/// The members of an object that is being written.
struct Members<'a> {
    map: Compound<'a, &'a mut Vec<u8>, CompactFormatter>,
    state: Result<(), Error>,
}

impl Members<'_> {
    fn put<V: serde::Serialize + ?Sized>(&mut self, field: &Field, value: &V) {
        if self.state.is_ok() {
            self.state = self.map.serialize_entry(field.name(), value);
        }
    }
}

impl Visit for Members<'_> {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, &value);
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, &value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, &value);
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, &format_args!("{value:?}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_come_behind_those_of_the_line() {
        for (object, expected) in [("{}", r#"{"a":1}"#), (r#"{"b":2}"#, r#"{"a":1,"b":2}"#)] {
            let mut line = br#"{"a":1}"#.to_vec();
            splice(&mut line, object);
            assert_eq!(line, expected.as_bytes());
        }
    }
}
