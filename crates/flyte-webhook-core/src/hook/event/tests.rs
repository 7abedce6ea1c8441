use super::*;

#[test]
fn a_type_is_qualified_by_its_action() {
    let event = |action: Option<&str>| Event {
        event_type: "issues".to_owned(),
        action: action.map(str::to_owned),
        ..Event::default()
    };
    assert_eq!(event(Some("opened")).qualified_type(), "issues.opened");
    assert_eq!(event(None).qualified_type(), "issues");
    assert_eq!(event(Some("")).qualified_type(), "issues");
}
