//! The variables that the platform sets in an app's container.

use super::{
    environment::Environment,
    node::{Node, Value},
    origin::Origin,
    sources::put,
};

/// The cluster-internal address of a sibling app, with `{app_fqdn}` in it.
pub(super) const APP_ENDPOINT_PATTERN: &str = "INTERNAL_APP_ENDPOINT_PATTERN";

/// The name of the Knative service: `{name}-{project}-{domain}`.
pub(super) const SERVICE: &str = "K_SERVICE";

/// Variables and the keys they set.
const KEYS: [(&str, &str); 8] = [
    ("_U_EP_OVERRIDE", "control_plane.endpoint"),
    ("_U_INSECURE", "control_plane.insecure"),
    (
        "_U_INSECURE_SKIP_VERIFY",
        "control_plane.insecure_skip_verify",
    ),
    ("_U_ORG_NAME", "control_plane.org"),
    ("FLYTE_INTERNAL_EXECUTION_PROJECT", "control_plane.project"),
    ("FLYTE_INTERNAL_EXECUTION_DOMAIN", "control_plane.domain"),
    ("FLYTE_IMAGEBUILDER_TASK_DOMAIN", "build.domain"),
    ("PORT", "server.port"),
];

/// Lays the platform's variables over the defaults; an empty one counts as unset.
pub(super) fn apply(tree: &mut Node, environment: &Environment) {
    for (variable, key) in KEYS {
        if let Some(value) = environment.filled(variable) {
            put(
                tree,
                key,
                plain(key, value),
                Origin::Variable(variable.to_owned()),
            );
        }
    }
    for name in super::run_environment::INHERITED {
        if let Some(value) = environment.filled(name) {
            let path = ["run_environment".to_owned(), name.to_owned()];
            let value = Value::Outside(value.to_owned());
            let origin = Origin::Variable(name.to_owned());
            tree.set(&path, Node { value, origin });
        }
    }
}

/// Python programs write `True` and `1` where YAML has `true`.
fn plain<'a>(key: &str, value: &'a str) -> &'a str {
    let is_switch = key.starts_with("control_plane.insecure");
    match value.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" if is_switch => "true",
        "false" | "0" | "no" if is_switch => "false",
        _ => value,
    }
}
