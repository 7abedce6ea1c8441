//! Which type of a union a value is meant for.

use buffa::Message;
use flyte_idl::flyteidl2::core::{__buffa::oneof::scalar as oneof, Literal, Union};

use super::{
    error::{Errors, Reason, alternatives, refuse},
    input::convert,
    scalar,
    shape::{Shape, Variant},
    walk::Walk,
};
use crate::json::Value;

/// Converts a value to the one type of the union that it fits.
pub(super) fn from_json(
    variants: &[Variant<'_>],
    value: &Value,
    walk: Walk<'_>,
) -> Result<Literal, Errors> {
    walk.bulk_in(variants.len(), value)?;
    let (variant, literal) = choose(variants, value, walk)?;
    // Every value of a list of unions carries its type.
    walk.bulk_in(variant.literal_type.encoded_len() as usize, value)?;
    let union = Union {
        value: literal.into(),
        r#type: variant.literal_type.clone().into(),
        ..Union::default()
    };
    Ok(scalar::literal(oneof::Value::Union(Box::new(union))))
}

fn choose<'a>(
    variants: &'a [Variant<'a>],
    value: &Value,
    walk: Walk<'_>,
) -> Result<(&'a Variant<'a>, Literal), Errors> {
    if variants.is_empty() {
        return refuse(
            Reason::Unsupported {
                name: "union of no types",
            },
            value,
        );
    }
    // A value whose kind is named is of that type, whatever else it could be.
    let exact = variants
        .iter()
        .find(|variant| is_exactly(&variant.shape, value));
    let mut others = variants
        .iter()
        .filter(|variant| !matches!(variant.shape, Shape::None));
    let only = others.next().filter(|_| others.next().is_none());
    if let Some(variant) = exact.or(only) {
        return convert(&variant.shape, value, walk).map(|literal| (variant, literal));
    }
    // What the reference accepts keeps its meaning beside what is accepted here only.
    if !walk.strict
        && let Some(found) = single(variants, value, walk.strict())?
    {
        return Ok(found);
    }
    match single(variants, value, walk)? {
        Some(found) => Ok(found),
        None => refuse(
            Reason::Union {
                expected: names(variants.iter()),
            },
            value,
        ),
    }
}

/// The type of the union that a value converts to, if there is just one.
fn single<'a>(
    variants: &'a [Variant<'a>],
    value: &Value,
    walk: Walk<'_>,
) -> Result<Option<(&'a Variant<'a>, Literal)>, Errors> {
    let mut first = None;
    // Of the others only the names are told, so that one value is never held many times.
    let mut others = Vec::new();
    for variant in variants {
        match convert(&variant.shape, value, walk) {
            Ok(literal) if first.is_none() => first = Some((variant, literal)),
            Ok(_) => others.push(variant),
            Err(errors) if errors.iter().any(|it| it.reason().is_fatal()) => return Err(errors),
            Err(_) => {}
        }
    }
    match first {
        Some((variant, _)) if !others.is_empty() => {
            let candidates = names([variant].into_iter().chain(others));
            refuse(Reason::Ambiguous { candidates }, value)
        }
        single => Ok(single),
    }
}

/// Whether the type is the one that Python would read this JSON as.
fn is_exactly(shape: &Shape<'_>, value: &Value) -> bool {
    matches!(
        (shape, value),
        (Shape::None, Value::Null)
            | (Shape::Boolean, Value::Bool(_))
            | (Shape::Integer, Value::Int(_) | Value::BigInt(_))
            | (Shape::Float, Value::Float(_))
            | (Shape::String, Value::String(_))
            | (Shape::Dict, Value::Object(_))
    )
}

fn names<'a>(variants: impl Iterator<Item = &'a Variant<'a>>) -> String {
    alternatives(variants.map(|variant| variant.shape.name()))
}
