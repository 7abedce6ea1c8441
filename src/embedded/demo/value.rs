//! Literals of the demo tasks, made and read.

use flyte_idl::flyteidl2::core::__buffa::oneof::{literal, primitive, scalar};
use flyte_idl::flyteidl2::core::{
    Binary, Literal, LiteralCollection, LiteralMap, Primitive, Scalar,
};
use flyte_idl::flyteidl2::task::NamedLiteral;

use super::Error;

pub(super) use primitive::Value;

/// A literal of a primitive.
pub(super) fn primitive(value: Value) -> Literal {
    scalar(
        Primitive {
            value: Some(value),
            ..Default::default()
        }
        .into(),
    )
}

pub(super) fn string(value: &str) -> Literal {
    primitive(Value::StringValue(value.to_owned()))
}

pub(super) fn list(items: Vec<Literal>) -> Literal {
    let list = LiteralCollection {
        literals: items,
        ..Default::default()
    };
    Literal {
        value: Some(list.into()),
        ..Default::default()
    }
}

pub(super) fn map(entries: impl IntoIterator<Item = (String, Literal)>) -> Literal {
    let map = LiteralMap {
        literals: entries.into_iter().collect(),
        ..Default::default()
    };
    Literal {
        value: Some(map.into()),
        ..Default::default()
    }
}

/// An empty dictionary, which travels as msgpack.
pub(super) fn empty_object() -> Literal {
    let binary = Binary {
        value: vec![0x80],
        tag: "msgpack".to_owned(),
        ..Default::default()
    };
    scalar(binary.into())
}

fn scalar(value: scalar::Value) -> Literal {
    let scalar = Scalar {
        value: Some(value),
        ..Default::default()
    };
    Literal {
        value: Some(scalar.into()),
        ..Default::default()
    }
}

/// The inputs of a run.
#[derive(Clone, Copy)]
pub(in crate::embedded) struct Inputs<'a>(pub(in crate::embedded) &'a [NamedLiteral]);

impl<'a> Inputs<'a> {
    pub(in crate::embedded) fn string(self, name: &'static str) -> Result<&'a str, Error> {
        match self.primitive(name) {
            Some(Value::StringValue(value)) => Ok(value),
            _ => Err(Error::Input {
                name,
                expected: "a string",
            }),
        }
    }

    pub(super) fn integer(self, name: &'static str) -> Result<i64, Error> {
        match self.primitive(name) {
            Some(Value::Integer(value)) => Ok(*value),
            _ => Err(Error::Input {
                name,
                expected: "an integer",
            }),
        }
    }

    pub(super) fn float(self, name: &'static str) -> Result<f64, Error> {
        match self.primitive(name) {
            Some(Value::FloatValue(value)) => Ok(*value),
            _ => Err(Error::Input {
                name,
                expected: "a float",
            }),
        }
    }

    pub(super) fn literal(self, name: &'static str) -> Result<Literal, Error> {
        let found = self.0.iter().find(|input| input.name == name);
        let found = found.ok_or(Error::Input {
            name,
            expected: "given",
        })?;
        Ok(Literal::clone(&found.value))
    }

    fn primitive(self, name: &str) -> Option<&'a Value> {
        let input = self.0.iter().find(|input| input.name == name)?;
        primitive_of(&input.value)
    }
}

/// The text that a literal is.
pub(in crate::embedded) fn text(literal: &Literal) -> Option<&str> {
    if let Value::StringValue(text) = primitive_of(literal)? {
        return Some(text);
    }
    None
}

fn primitive_of(literal: &Literal) -> Option<&Value> {
    let Some(literal::Value::Scalar(scalar)) = &literal.value else {
        return None;
    };
    let Some(scalar::Value::Primitive(primitive)) = &scalar.value else {
        return None;
    };
    primitive.value.as_ref()
}
