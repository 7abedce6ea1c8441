//! Which operations are served, and about what.

use flyte_webhook_core::{
    endpoint::{self, EndpointSet},
    id::Scope,
    policy::{Lists, Policy},
};

use super::{file::File, node::Value, report::Report};

/// Reads `endpoint_groups` and `endpoints`, reporting every unknown word.
pub(super) fn endpoints(file: &File, report: &mut Report<'_>) -> Option<EndpointSet> {
    let (groups, names) = (file.endpoint_groups.as_deref(), file.endpoints.as_deref());
    if groups.is_some() && names.is_some() {
        report.invalid("endpoints", endpoint::Error::Both);
        return None;
    }
    let resolved = EndpointSet::resolve(groups, names);
    if resolved.is_err() {
        let group = |word: &String| EndpointSet::resolve(Some(std::slice::from_ref(word)), None);
        let name = |word: &String| EndpointSet::resolve(None, Some(std::slice::from_ref(word)));
        words("endpoint_groups", groups, group, report);
        words("endpoints", names, name, report);
    }
    resolved.ok()
}

fn words(
    list: &str,
    words: Option<&[String]>,
    parse: impl Fn(&String) -> Result<EndpointSet, endpoint::Error>,
    report: &mut Report<'_>,
) {
    for (index, word) in words.unwrap_or_default().iter().enumerate() {
        if let Err(error) = parse(word) {
            let key = format!("{list}[{index}]");
            let error = shown(error, report.written(&key));
            report.invalid(&key, error);
        }
    }
}

/// The same error with the word as it is written, which may be `${VAR}`.
fn shown(error: endpoint::Error, value: &Value) -> endpoint::Error {
    use endpoint::Error::{Both, GroupAmongEndpoints, UnknownEndpoint, UnknownGroup};
    let Value::Expanded { written, .. } = value else {
        return error;
    };
    let (name, nearest) = (written.clone(), None);
    match error {
        Both => Both,
        UnknownEndpoint { .. } => UnknownEndpoint { name, nearest },
        UnknownGroup { .. } => UnknownGroup { name, nearest },
        GroupAmongEndpoints { .. } => GroupAmongEndpoints { name },
    }
}

/// Reads the allowlists, reporting the first bad entry of each.
pub(super) fn policy(file: &File, own: &Scope, report: &mut Report<'_>) -> Option<Policy> {
    let lists = Lists {
        tasks: file.task_allowlist.as_deref(),
        apps: file.app_allowlist.as_deref(),
        triggers: file.trigger_allowlist.as_deref(),
    };
    let (none, tasks, apps) = (Lists::default(), lists.tasks, lists.apps);
    let triggers = lists.triggers;
    for one in [
        Lists { tasks, ..none },
        Lists { apps, ..none },
        Lists { triggers, ..none },
    ] {
        if let Err(error) = Policy::parse(one, own) {
            let key = format!("{}[{}]", error.list, error.index);
            // Not the error's own text, which quotes the entry.
            report.invalid(
                &key,
                format_args!("{}; write {}", error.reason, error.formats),
            );
        }
    }
    Policy::parse(lists, own).ok()
}
