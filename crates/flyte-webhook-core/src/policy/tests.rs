use super::*;
use crate::id::{AppName, Domain, Project, TaskName, TriggerName};

fn own() -> Scope {
    Scope {
        org: None,
        project: Project::parse("site").unwrap(),
        domain: Domain::parse("production").unwrap(),
    }
}

fn strings(entries: &[&str]) -> Vec<String> {
    entries.iter().map(|&entry| entry.to_owned()).collect()
}

fn tasks(entries: &[&str]) -> Result<Policy, Error> {
    let list = strings(entries);
    let lists = Lists {
        tasks: Some(&list),
        ..Lists::default()
    };
    Policy::parse(lists, &own())
}

fn apps(entries: &[&str]) -> Result<Policy, Error> {
    let list = strings(entries);
    let lists = Lists {
        apps: Some(&list),
        ..Lists::default()
    };
    Policy::parse(lists, &own())
}

fn triggers(entries: &[&str]) -> Result<Policy, Error> {
    let list = strings(entries);
    let lists = Lists {
        triggers: Some(&list),
        ..Lists::default()
    };
    Policy::parse(lists, &own())
}

fn task(domain: &str, project: &str, name: &str) -> TaskId {
    TaskId {
        domain: Domain::parse(domain).unwrap(),
        project: Project::parse(project).unwrap(),
        name: TaskName::parse(name).unwrap(),
    }
}

fn app(domain: &str, project: &str, name: &str) -> AppId {
    AppId {
        domain: Domain::parse(domain).unwrap(),
        project: Project::parse(project).unwrap(),
        name: AppName::parse(name).unwrap(),
    }
}

fn trigger(task: &str, name: &str) -> TriggerId {
    TriggerId {
        task: TaskName::parse(task).unwrap(),
        name: TriggerName::parse(name).unwrap(),
    }
}

#[test]
fn an_entry_that_can_never_match_is_refused_with_its_place_and_what_to_write() {
    let hopeless = [
        "", "/t", "t/", "p//t", "/p/t", "d/p/t/", "x/d/p/t", "*", "d/p/*", " t", "t ", "ta?k", "é",
        "..",
    ];
    for entry in hopeless {
        let error = tasks(&["fine", entry]).unwrap_err();
        assert_eq!(
            (error.list, error.index, error.entry.as_str()),
            ("task_allowlist", 1, entry)
        );
        assert!(apps(&[entry]).is_err(), "{entry:?}");
        assert!(triggers(&[entry]).is_err(), "{entry:?}");
    }
    assert_eq!(
        tasks(&["a/b/c/d"]).unwrap_err().to_string(),
        "task_allowlist[0]: \"a/b/c/d\" has 4 parts; \
         write `name`, `project/name` or `domain/project/name`"
    );
    assert_eq!(
        triggers(&["d/t/tr"]).unwrap_err().to_string(),
        "trigger_allowlist[0]: \"d/t/tr\" has 3 parts; write `trigger` or `task/trigger`"
    );
}

#[test]
fn no_list_allows_all_and_an_empty_list_nothing() {
    let open = Policy::parse(Lists::default(), &own()).unwrap();
    assert!(!open.restricts_tasks());
    assert_eq!(
        open.task(&task("d", "p", "t")).unwrap().into_inner(),
        task("d", "p", "t")
    );
    let closed = tasks(&[]).unwrap();
    assert!(closed.restricts_tasks());
    let denied = closed.task(&task("d", "p", "t")).unwrap_err();
    assert_eq!(denied.to_string(), "Task d/p/t is not in the allowlist");
    assert!(closed.app(&app("d", "p", "a")).is_ok());
}

#[test]
fn task_entries_compare_exactly() {
    let matches = |entry: &str, id: &TaskId| tasks(&[entry]).unwrap().task(id).is_ok();
    assert!(matches("t", &task("d", "p", "t")));
    assert!(matches("p/t", &task("anything", "p", "t")));
    assert!(matches("d/p/t", &task("d", "p", "t")));
    for (entry, id) in [
        ("T", task("d", "p", "t")),
        ("t", task("d", "p", "env.t")),
        // Two parts are project and name, never domain and project.
        ("d/p", task("d", "p", "t")),
        ("q/t", task("d", "p", "t")),
        ("e/p/t", task("d", "p", "t")),
        ("d/P/t", task("d", "p", "t")),
    ] {
        assert!(!matches(entry, &id), "{entry} {id}");
    }
}

#[test]
fn a_bare_app_name_means_the_own_project_and_domain() {
    let policy = apps(&["web", "pay/api", "staging/pay/jobs"]).unwrap();
    for allowed in [
        app("production", "site", "web"),
        app("development", "pay", "api"),
        app("staging", "pay", "jobs"),
    ] {
        assert_eq!(policy.app(&allowed).unwrap().get(), &allowed);
    }
    for refused in [
        app("production", "pay", "web"),
        app("staging", "site", "web"),
        app("production", "site", "api"),
        app("production", "pay", "jobs"),
        app("production", "site", "WEB"),
    ] {
        let denied = policy.app(&refused).unwrap_err();
        assert_eq!(
            denied.to_string(),
            format!("App {} is not in the allowlist", refused.name)
        );
    }
}

#[test]
fn trigger_entries_name_a_trigger_or_a_task_and_a_trigger() {
    let policy = triggers(&["nightly", "etl.load/hourly"]).unwrap();
    assert!(policy.trigger(&trigger("any", "nightly")).is_ok());
    assert!(policy.trigger(&trigger("etl.load", "hourly")).is_ok());
    let denied = policy.trigger(&trigger("other", "hourly")).unwrap_err();
    assert_eq!(
        denied.to_string(),
        "Trigger other/hourly is not in the allowlist"
    );
}
