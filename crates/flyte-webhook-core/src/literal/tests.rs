mod bounds;
mod foresee;
mod hostile;
mod inputs;
mod outputs;
mod recorded;
mod round_trip;
mod struct_schema;
mod times;

use flyte_idl::flyteidl2::core::{
    __buffa::oneof::literal_type::Type, EnumType, LiteralType, SimpleType, TypeStructure, UnionType,
};

use crate::json::{Limits, Value, parse};

/// A value from its JSON text.
fn json(text: &str) -> Value {
    parse(text.as_bytes(), &Limits::default()).unwrap()
}

fn of(r#type: Type) -> LiteralType {
    LiteralType {
        r#type: Some(r#type),
        ..LiteralType::default()
    }
}

fn simple(simple: SimpleType) -> LiteralType {
    of(Type::Simple(simple.into()))
}

fn list(item: LiteralType) -> LiteralType {
    of(Type::CollectionType(Box::new(item)))
}

fn map(item: LiteralType) -> LiteralType {
    of(Type::MapValueType(Box::new(item)))
}

fn union(variants: Vec<LiteralType>) -> LiteralType {
    of(Type::UnionType(Box::new(UnionType {
        variants,
        ..UnionType::default()
    })))
}

fn optional(inner: LiteralType) -> LiteralType {
    union(vec![inner, simple(SimpleType::NONE)])
}

fn enumeration(values: &[&str]) -> LiteralType {
    let values = values.iter().map(|&value| value.to_owned()).collect();
    of(Type::EnumType(Box::new(EnumType {
        values,
        ..EnumType::default()
    })))
}

/// A struct type with this JSON Schema.
fn structure(tag: &str, schema: serde_json::Value) -> LiteralType {
    let structure = TypeStructure {
        tag: tag.to_owned(),
        ..TypeStructure::default()
    };
    LiteralType {
        metadata: serde_json::from_value::<buffa_types::google::protobuf::Struct>(schema)
            .unwrap()
            .into(),
        structure: structure.into(),
        ..simple(SimpleType::STRUCT)
    }
}

fn dataclass(schema: serde_json::Value) -> LiteralType {
    structure("Object-Dataclass-Transformer", schema)
}

fn pydantic(schema: serde_json::Value) -> LiteralType {
    structure("Pydantic Transformer", schema)
}
