use super::*;

/// `operationId` by method and path, from the document the reference serves.
const REFERENCE: &str = include_str!("../../tests/vectors/operations.json");

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn groups(names: &[&str]) -> Result<EndpointSet, Error> {
    EndpointSet::resolve(Some(&words(names)), None)
}

fn endpoints(names: &[&str]) -> Result<EndpointSet, Error> {
    EndpointSet::resolve(None, Some(&words(names)))
}

#[test]
fn routes_and_operation_ids_are_those_of_the_reference() {
    let reference: serde_json::Value = serde_json::from_str(REFERENCE).unwrap();
    let ours: serde_json::Map<_, _> = Endpoint::ALL
        .into_iter()
        .filter(|it| !it.is_opt_in())
        .map(|it| {
            let route = format!("{} {}", it.method().as_str(), it.path());
            (route, it.operation_id().into())
        })
        .collect();
    assert_eq!(serde_json::Value::Object(ours), reference);
}

#[test]
fn groups_have_the_sizes_of_the_reference() {
    let size = |group: Group| groups(&[group.name()]).unwrap().len();
    assert_eq!(Group::ALL.map(size), [2, 2, 3, 4, 2, 1, 4]);
    assert_eq!(EndpointSet::resolve(None, None).unwrap().len(), 18);
    assert_eq!(groups(&["all", "core"]).unwrap().len(), 18);
    assert!(groups(&[]).unwrap().is_empty());
    assert!(endpoints(&[]).unwrap().is_empty());
}

#[test]
fn starting_triggers_is_on_only_by_name() {
    for set in [
        EndpointSet::resolve(None, None),
        groups(&["all"]),
        groups(&["trigger"]),
    ] {
        assert!(!set.unwrap().contains(Endpoint::RunTrigger));
    }
    let set = endpoints(&["run_trigger"]).unwrap();
    assert_eq!(set.iter().collect::<Vec<_>>(), [Endpoint::RunTrigger]);
}

#[test]
fn a_word_that_chooses_nothing_is_an_error_that_says_what_to_write() {
    assert_eq!(EndpointSet::resolve(Some(&[]), Some(&[])), Err(Error::Both));
    let said = |result: Result<EndpointSet, Error>| result.unwrap_err().to_string();
    assert_eq!(
        said(groups(&["taks"])),
        "unknown endpoint group \"taks\", did you mean \"task\"?; \
         valid groups: all, core, task, run, app, trigger, build, prefetch"
    );
    assert_eq!(
        said(endpoints(&["task"])),
        "\"task\" is a group of endpoints: write it under endpoint_groups"
    );
    assert_eq!(
        endpoints(&["Health"]),
        Err(Error::UnknownEndpoint {
            name: "Health".to_owned(),
            nearest: Some("health")
        })
    );
    assert!(said(endpoints(&["zzz"])).starts_with(
        "unknown endpoint \"zzz\"; valid endpoints: health, me, run_task, get_task, "
    ));
}

#[test]
fn only_health_answers_without_credentials() {
    let public: Vec<_> = Endpoint::ALL
        .into_iter()
        .filter(|it| it.is_public())
        .collect();
    assert_eq!(public, [Endpoint::Health]);
}
