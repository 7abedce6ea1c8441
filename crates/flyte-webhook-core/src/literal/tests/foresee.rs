//! What is known to fit no type before there is a value.

use flyte_idl::flyteidl2::core::SimpleType;

use super::super::misfit;
use super::{enumeration, list, map, simple, union};
use crate::{hook::expression::Kind, json::Value};

fn kind_misfits(kind: Kind, of: &flyte_idl::flyteidl2::core::LiteralType) -> bool {
    misfit(of, &kind.samples()).is_some()
}

#[test]
fn a_kind_fits_what_any_value_of_it_may_fit() {
    let optional = |kind| union(vec![simple(kind), simple(SimpleType::None)]);
    let either = union(vec![enumeration(&["a"]), simple(SimpleType::Integer)]);
    for (kind, of) in [
        (Kind::Text, simple(SimpleType::String)),
        (Kind::Text, simple(SimpleType::Datetime)),
        (Kind::Text, simple(SimpleType::Duration)),
        (Kind::Text, enumeration(&["red", "green"])),
        (Kind::Text, either),
        (Kind::Integer, simple(SimpleType::Integer)),
        (Kind::Integer, simple(SimpleType::Float)),
        (Kind::Integer, optional(SimpleType::Integer)),
        (Kind::Float, simple(SimpleType::Duration)),
        (Kind::Boolean, simple(SimpleType::Boolean)),
        (Kind::Null, optional(SimpleType::String)),
        (Kind::List, list(simple(SimpleType::Integer))),
        (Kind::Object, map(simple(SimpleType::String))),
    ] {
        assert!(!kind_misfits(kind, &of), "{kind:?} {of:?}");
    }
}

#[test]
fn a_kind_that_no_value_of_can_fit_is_known_to_misfit() {
    let optional = |kind| union(vec![simple(kind), simple(SimpleType::None)]);
    for (kind, of) in [
        (Kind::Text, simple(SimpleType::Integer)),
        (Kind::Text, optional(SimpleType::Integer)),
        (Kind::Text, list(simple(SimpleType::String))),
        (Kind::Integer, simple(SimpleType::String)),
        (Kind::Integer, enumeration(&["1"])),
        (Kind::Integer, simple(SimpleType::Datetime)),
        (Kind::Float, simple(SimpleType::Integer)),
        (Kind::Boolean, simple(SimpleType::Integer)),
        (Kind::Null, simple(SimpleType::String)),
        (Kind::List, map(simple(SimpleType::String))),
        (Kind::Object, list(simple(SimpleType::String))),
        (Kind::Object, simple(SimpleType::String)),
    ] {
        assert!(kind_misfits(kind, &of), "{kind:?} {of:?}");
    }
    assert!(misfit(&simple(SimpleType::String), &[Value::Int(1), Value::Null]).is_some());
}
