//! Spans in the messages of OTLP.

use jiff::Timestamp;
use opentelemetry_proto::tonic::{
    collector::trace::v1::ExportTraceServiceRequest,
    common::v1::{AnyValue, InstrumentationScope, KeyValue, any_value},
    resource::v1::Resource,
    trace::v1::{ResourceSpans, ScopeSpans, Span, Status, span::SpanKind, status::StatusCode},
};
use prost::Message;

use super::{
    SpanId,
    span::{Finished, Kind, Value},
};

/// W3C's flag, and that it is known whether the parent is another process's.
const HAS_IS_REMOTE: u32 = 0x100;
const IS_REMOTE: u32 = 0x200;

/// What all spans are of.
pub(super) fn resource(attributes: &[(String, String)]) -> Resource {
    let attribute = |(key, value): &(String, String)| {
        attribute(key, any_value::Value::StringValue(value.clone()))
    };
    Resource {
        attributes: attributes.iter().map(attribute).collect(),
        ..Default::default()
    }
}

/// A request to the collector.
pub(super) fn encode(resource: &Resource, spans: &mut Vec<Finished>) -> Vec<u8> {
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(resource.clone()),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: env!("CARGO_PKG_NAME").to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    ..Default::default()
                }),
                spans: spans.drain(..).map(span).collect(),
                ..Default::default()
            }],
            ..Default::default()
        }],
    };
    request.encode_to_vec()
}

fn span(span: Finished) -> Span {
    let is_remote = span.kind != Kind::Client && span.parent.is_some();
    let flags = HAS_IS_REMOTE
        | if is_remote { IS_REMOTE } else { 0 }
        | u32::from(span.context.is_sampled());
    let kind = match span.kind {
        Kind::Server => SpanKind::Server,
        Kind::Client => SpanKind::Client,
        Kind::Consumer => SpanKind::Consumer,
    };
    let code = if span.is_failure {
        StatusCode::Error
    } else {
        StatusCode::Unset
    };
    let began = nanos(span.began);
    let took = u64::try_from(span.took.as_nanos()).unwrap_or(u64::MAX);
    Span {
        trace_id: span.context.trace_id().to_bytes(),
        span_id: span.context.span_id().to_bytes(),
        parent_span_id: span.parent.map(SpanId::to_bytes).unwrap_or_default(),
        flags,
        name: span.name.into_owned(),
        kind: kind.into(),
        start_time_unix_nano: began,
        end_time_unix_nano: began.saturating_add(took),
        attributes: span
            .attributes
            .into_iter()
            .map(|(key, fact)| attribute(key, value(fact)))
            .collect(),
        status: Some(Status {
            code: code.into(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

fn value(value: Value) -> any_value::Value {
    match value {
        Value::Text(text) => any_value::Value::StringValue(text.into_owned()),
        Value::Number(number) => any_value::Value::IntValue(number),
    }
}

fn attribute(key: &str, value: any_value::Value) -> KeyValue {
    KeyValue {
        key: key.to_owned(),
        value: Some(AnyValue { value: Some(value) }),
        ..Default::default()
    }
}

/// Since 1970; nothing began before.
fn nanos(time: Timestamp) -> u64 {
    u64::try_from(time.as_nanosecond()).unwrap_or_default()
}
