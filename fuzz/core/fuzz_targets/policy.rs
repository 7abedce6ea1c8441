//! Any allowlist and anything that is asked for: what an entry spells out is let
//! through, and nothing else.
//!
//! The first line is asked for, as `domain/project/name`; each further one is an
//! entry.
#![no_main]

use flyte_webhook_core::{
    id::{AppId, AppName, Domain, Project, Scope, TaskId, TaskName, TriggerId, TriggerName},
    policy::{Lists, Policy},
};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut lines = text.split('\n').map(str::to_owned);
    let asked = lines.next().unwrap_or_default();
    let entries: Vec<String> = lines.collect();
    let &[domain, project, name] = asked.split('/').collect::<Vec<_>>().as_slice() else {
        return;
    };
    if let Ok(id) = TaskId::parse(domain, project, name) {
        task(&entries, &id);
    }
    if let (Ok(domain), Ok(project), Ok(name)) = (
        Domain::parse(domain),
        Project::parse(project),
        AppName::parse(name),
    ) {
        app(
            &entries,
            &AppId {
                domain,
                project,
                name,
            },
        );
    }
    if let (Ok(task), Ok(name)) = (TaskName::parse(project), TriggerName::parse(name)) {
        trigger(&entries, &TriggerId { task, name });
    }
});

fn task(entries: &[String], id: &TaskId) {
    let TaskId {
        domain,
        project,
        name,
    } = id;
    let spellings = [
        name.to_string(),
        format!("{project}/{name}"),
        format!("{domain}/{project}/{name}"),
    ];
    let lists = Lists {
        tasks: Some(entries),
        ..Lists::default()
    };
    if let Some(policy) = parsed(lists, entries) {
        let permit = policy.task(id);
        assert_eq!(permit.is_ok(), names(entries, &spellings));
        assert!(permit.is_ok_and(|it| it.get() == id) || !names(entries, &spellings));
        assert!(policy.restricts_tasks());
    }
}

fn app(entries: &[String], id: &AppId) {
    let AppId {
        domain,
        project,
        name,
    } = id;
    let mut spellings = vec![
        format!("{project}/{name}"),
        format!("{domain}/{project}/{name}"),
    ];
    if (domain.as_str(), project.as_str()) == ("d", "p") {
        spellings.push(name.to_string());
    }
    let lists = Lists {
        apps: Some(entries),
        ..Lists::default()
    };
    if let Some(policy) = parsed(lists, entries) {
        assert_eq!(policy.app(id).is_ok(), names(entries, &spellings));
    }
}

fn trigger(entries: &[String], id: &TriggerId) {
    let spellings = [id.name.to_string(), format!("{}/{}", id.task, id.name)];
    let lists = Lists {
        triggers: Some(entries),
        ..Lists::default()
    };
    if let Some(policy) = parsed(lists, entries) {
        assert_eq!(policy.trigger(id).is_ok(), names(entries, &spellings));
    }
}

/// The policy of these lists in `d` and `p`; a refusal points at an entry.
fn parsed(lists: Lists<'_>, entries: &[String]) -> Option<Policy> {
    let own = Scope {
        org: None,
        project: Project::parse("p").expect("a name"),
        domain: Domain::parse("d").expect("a name"),
    };
    match Policy::parse(lists, &own) {
        Ok(policy) => Some(policy),
        Err(error) => {
            assert_eq!(entries.get(error.index), Some(&error.entry));
            assert_eq!(error.to_string().lines().count(), 1);
            None
        }
    }
}

fn names(entries: &[String], spellings: &[String]) -> bool {
    entries.iter().any(|entry| spellings.contains(entry))
}
