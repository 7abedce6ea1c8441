use super::{Failure, Mapped, Outcome, Part, Rule, Skip};
use crate::{
    hook::expression::{Error, Expression, Purpose, Subject},
    id::{Domain, Project, TaskId, TaskName},
    json::{self, Document, Limits},
    policy::Permit,
};

fn rule(when: Option<&str>, inputs: &[(&str, &str)], key: Option<&str>) -> Rule {
    let compile = |source: &str, purpose| Expression::compile(source, purpose).unwrap();
    let input =
        |(name, source): &(&str, &str)| ((*name).to_owned(), compile(source, Purpose::Input));
    Rule {
        when: when.map(|source| compile(source, Purpose::Condition)),
        task: Permit::configured(TaskId {
            domain: Domain::parse("production").unwrap(),
            project: Project::parse("site").unwrap(),
            name: TaskName::parse("deploy").unwrap(),
        }),
        version: None,
        inputs: inputs.iter().map(input).collect(),
        key: key.map(|source| compile(source, Purpose::Key)),
    }
}

fn applied(rule: &Rule, payload: &str) -> Outcome {
    let payload = Document::parse(payload.as_bytes(), &Limits::default()).unwrap();
    let subject = Subject::new([("type", Some("push"))], payload.root());
    rule.apply(&subject, "id")
}

fn failed(part: Part, error: Error) -> Outcome {
    Outcome::Failed(Failure { part, error })
}

#[test]
fn a_rule_that_does_not_apply_says_why() {
    let when = Some("payload.ref == 'refs/heads/main'");
    let apply = |payload| applied(&rule(when, &[], None), payload);
    assert_eq!(
        apply(r#"{"ref": "x"}"#),
        Outcome::Skipped(Skip::ConditionFalse)
    );
    assert_eq!(apply("{}"), Outcome::Skipped(Skip::ConditionMissing));
    let loops = Some("payload.l.all(a, a == 1)");
    let long = format!(r#"{{"l": [{}1]}}"#, "1,".repeat(2_000));
    let outcome = applied(&rule(loops, &[], None), &long);
    assert_eq!(outcome, failed(Part::When, Error::TooLarge));
}

#[test]
fn inputs_and_key_are_mapped_or_the_part_is_named_that_cannot_be() {
    let inputs = [("commit", "payload.after"), ("kind", "event.type + '!'")];
    let payload = r#"{"after": "f00", "n": [1]}"#;
    let Outcome::Launch(Mapped { inputs: found, key }) =
        applied(&rule(None, &inputs, None), payload)
    else {
        panic!("the rule applies");
    };
    let found = serde_json::to_string(&json::Value::Object(found)).unwrap();
    assert_eq!(
        (found.as_str(), key.as_str()),
        (r#"{"commit":"f00","kind":"push!"}"#, "id")
    );
    let keyed = applied(&rule(None, &[], Some("payload.after")), payload);
    assert!(matches!(keyed, Outcome::Launch(Mapped { key, .. }) if key == "f00"));
    let missing = applied(&rule(None, &inputs, None), "{}");
    assert_eq!(
        missing,
        failed(Part::Input("commit".to_owned()), Error::Missing)
    );
    let no_key = applied(&rule(None, &[], Some("payload.n")), payload);
    assert_eq!(no_key, failed(Part::Key, Error::Type));
}
