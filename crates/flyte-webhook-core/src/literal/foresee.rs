//! Whether a value may fit a type of which only the kind is known.

use flyte_idl::flyteidl2::core::{__buffa::oneof::literal_type, LiteralType};

use super::{
    error::{Error, Reason},
    from_json,
};
use crate::json::Value;

/// How deep unions are looked into; the SDK flattens them.
const DEEPEST: usize = 4;

/// Why no value like these fits a type, whatever else it says; nothing where one may.
pub fn misfit(literal_type: &LiteralType, samples: &[Value]) -> Option<Error> {
    if may_fit(literal_type, samples, DEEPEST) {
        return None;
    }
    let errors = from_json(literal_type, samples.first()?).err()?;
    errors.into_iter().next()
}

fn may_fit(literal_type: &LiteralType, samples: &[Value], depth: usize) -> bool {
    if let Some(literal_type::Type::UnionType(union)) = &literal_type.r#type {
        let mut variants = union.variants.iter();
        return depth == 0 || variants.any(|variant| may_fit(variant, samples, depth - 1));
    }
    samples
        .iter()
        .any(|sample| match from_json(literal_type, sample) {
            Ok(_) => true,
            Err(errors) => !errors.iter().any(|error| is_of_the_kind(error, sample)),
        })
}

/// Whether it is the kind that does not fit, and not what a value says.
fn is_of_the_kind(error: &Error, sample: &Value) -> bool {
    if !error.loc().is_empty() {
        return false;
    }
    // Which text it is decides of these alone whether it fits.
    let is_text = sample.as_str().is_some();
    matches!(error.reason(), Reason::Enum { .. } if !is_text)
        || matches!(
            error.reason(),
            Reason::Integer
                | Reason::IntegerFraction
                | Reason::Number
                | Reason::String
                | Reason::Boolean
                | Reason::Null
                | Reason::List
                | Reason::Dict
                | Reason::DatetimeType
                | Reason::DurationType
                | Reason::Uri
                | Reason::Pickled
                | Reason::Unsupported { .. }
        )
}
