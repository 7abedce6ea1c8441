//! The variables of OpenTelemetry that every program of its kind honours:
//! <https://opentelemetry.io/docs/specs/otel/protocol/exporter/>. Those for
//! traces count before those for everything.

use percent_encoding::percent_decode_str;
use serde_json::json;

use super::{
    environment::Environment,
    node::{Node, Value},
    origin::Origin,
    problem::{Error, Problem},
    sources::put,
};

const SECTION: &str = "telemetry.traces";

/// A variable and its value, as the configuration would have it.
type Found = (String, String);

/// Lays the variables over the defaults; an empty one counts as unset. What is
/// wrong with a value shows when it is read.
pub(super) fn apply(tree: &mut Node, environment: &Environment) -> Option<Problem> {
    let one = |name: &str| {
        environment
            .filled(name)
            .map(|it| (name.to_owned(), it.to_owned()))
    };
    let found = [
        ("endpoint", endpoint(environment)),
        ("headers", exporter(environment, "HEADERS").map(headers)),
        ("ca_file", exporter(environment, "CERTIFICATE")),
        ("timeout", exporter(environment, "TIMEOUT").map(millis)),
        ("sample_ratio", sampler(environment)),
        ("service_name", one("OTEL_SERVICE_NAME")),
    ];
    for (key, found) in found {
        if let Some((variable, value)) = found {
            put(
                tree,
                &format!("{SECTION}.{key}"),
                &value,
                Origin::Variable(variable),
            );
        }
    }
    if let Some((variable, text)) = one("OTEL_RESOURCE_ATTRIBUTES") {
        resource(tree, &variable, &text);
    }
    protocol(environment)
}

/// The variable of an exporter for traces, else the one for everything.
fn exporter(environment: &Environment, name: &str) -> Option<Found> {
    ["TRACES_", ""].into_iter().find_map(|of| {
        let variable = format!("OTEL_EXPORTER_OTLP_{of}{name}");
        let value = environment.filled(&variable)?.to_owned();
        Some((variable, value))
    })
}

fn endpoint(environment: &Environment) -> Option<Found> {
    let disabled = environment.filled("OTEL_SDK_DISABLED");
    if disabled.is_some_and(|text| text.eq_ignore_ascii_case("true"))
        || environment.filled("OTEL_TRACES_EXPORTER") == Some("none")
    {
        return None;
    }
    let (variable, value) = exporter(environment, "ENDPOINT")?;
    let value = if variable.contains("TRACES") {
        value
    } else {
        format!("{}/v1/traces", value.trim_end_matches('/'))
    };
    Some((variable, value))
}

/// `name=value,name=value`, percent-encoded, as a list of the configuration.
fn headers((variable, text): Found) -> Found {
    let entries = pairs(&text).map(|(name, value)| json!({"name": name, "value": value}));
    let entries: Vec<_> = entries.collect();
    (variable, json!(entries).to_string())
}

/// A bare number of milliseconds.
fn millis((variable, text): Found) -> Found {
    (variable, format!("{text}ms"))
}

/// Who decides which traces are sent. All of them leave it to the caller where a
/// trace begins there, which is why those that do not are not told apart.
fn sampler(environment: &Environment) -> Option<Found> {
    let variable = "OTEL_TRACES_SAMPLER";
    let sampler = environment.filled(variable)?;
    let ratio = match sampler.strip_prefix("parentbased_").unwrap_or(sampler) {
        "always_on" => "1",
        "always_off" => "0",
        "traceidratio" => environment.filled("OTEL_TRACES_SAMPLER_ARG").unwrap_or("1"),
        other => other,
    };
    Some((variable.to_owned(), ratio.to_owned()))
}

fn resource(tree: &mut Node, variable: &str, text: &str) {
    for (name, value) in pairs(text) {
        let path = ["telemetry", "traces", "resource", &name].map(str::to_owned);
        let value = Value::Outside(value);
        let origin = Origin::Variable(variable.to_owned());
        tree.set(&path, Node { value, origin });
    }
}

/// The one protocol that is spoken, lest spans go where nobody understands them.
fn protocol(environment: &Environment) -> Option<Problem> {
    let (variable, value) = exporter(environment, "PROTOCOL")?;
    let is_spoken = value == "http/protobuf" || endpoint(environment).is_none();
    (!is_spoken).then(|| Problem {
        origin: Origin::Variable(variable),
        key: format!("{SECTION}.endpoint"),
        error: Error::invalid(
            "is of a protocol that is not spoken here; set OTEL_EXPORTER_OTLP_TRACES_PROTOCOL to \
             http/protobuf and OTEL_EXPORTER_OTLP_TRACES_ENDPOINT to the port for it",
        ),
    })
}

fn pairs(text: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let entries = text.split(',').filter(|entry| !entry.trim().is_empty());
    entries.map(|entry| {
        let (name, value) = entry.split_once('=').unwrap_or((entry, ""));
        let decode = |text: &str| {
            percent_decode_str(text.trim())
                .decode_utf8_lossy()
                .into_owned()
        };
        (decode(name), decode(value))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENDPOINT: (&str, &str) = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318/");

    fn found(variables: &[(&str, &str)], key: &str) -> Option<String> {
        let mut tree = Node::section(Origin::Default);
        apply(&mut tree, &environment(variables));
        let node = tree.get("telemetry")?.get("traces")?.get(key)?;
        let Value::Outside(text) = &node.value else {
            return None;
        };
        Some(text.clone())
    }

    fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::of(variables.iter().copied())
    }

    #[test]
    fn what_is_for_traces_counts_before_what_is_for_everything() {
        let endpoint = |more: &[_]| found(&[&[ENDPOINT], more].concat(), "endpoint");
        assert_eq!(
            endpoint(&[]).as_deref(),
            Some("http://collector:4318/v1/traces")
        );
        let own = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://other/path");
        assert_eq!(endpoint(&[own]).as_deref(), Some("http://other/path"));
        assert_eq!(endpoint(&[("OTEL_SDK_DISABLED", "TRUE")]), None);
        assert_eq!(endpoint(&[("OTEL_TRACES_EXPORTER", "none")]), None);
    }

    #[test]
    fn samplers_are_a_part_of_all_traces() {
        for (sampler, argument, ratio) in [
            ("always_on", "", "1"),
            ("parentbased_always_off", "", "0"),
            ("traceidratio", "0.25", "0.25"),
            ("parentbased_traceidratio", "", "1"),
            ("jaeger_remote", "", "jaeger_remote"),
        ] {
            let variables = [
                ("OTEL_TRACES_SAMPLER", sampler),
                ("OTEL_TRACES_SAMPLER_ARG", argument),
            ];
            assert_eq!(found(&variables, "sample_ratio").as_deref(), Some(ratio));
        }
    }

    #[test]
    fn a_protocol_that_is_not_spoken_is_refused_where_something_is_sent() {
        let grpc = ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc");
        let own = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http/protobuf");
        assert!(protocol(&environment(&[grpc])).is_none());
        assert!(protocol(&environment(&[grpc, ENDPOINT, own])).is_none());
        let problem = protocol(&environment(&[grpc, ENDPOINT])).unwrap();
        assert_eq!(problem.key, "telemetry.traces.endpoint");
    }
}
