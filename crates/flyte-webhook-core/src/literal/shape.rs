//! A literal type, compiled for walking values.

use flyte_idl::flyteidl2::core::{
    __buffa::oneof::literal_type::Type, BlobType, LiteralType, SimpleType, StructuredDatasetType,
};

use super::error::Reason;
use super::{schema::Schema, walk::Walk};

/// How deep types may nest, as deep as bodies.
const DEPTH: usize = 64;

/// The blob format of pickled values.
pub(super) const PICKLE: &str = "PythonPickle";

/// What a value of a type looks like.
pub(super) enum Shape<'a> {
    None,
    Integer,
    Float,
    String,
    Boolean,
    Datetime,
    Duration,
    /// A dictionary with nothing known about its members.
    Dict,
    /// A dataclass, a pydantic model, a tuple.
    Record(Schema),
    /// Only Python can make and read it.
    Pickled,
    Error,
    Schema,
    Unset,
    List(Box<Shape<'a>>),
    Map(Box<Shape<'a>>),
    Blob(&'a BlobType),
    Dataset(&'a StructuredDatasetType),
    Enum(&'a [String]),
    Union(Vec<Variant<'a>>),
}

/// One of the types of a union, with the type as the interface has it.
pub(super) struct Variant<'a> {
    pub(super) shape: Shape<'a>,
    pub(super) literal_type: &'a LiteralType,
}

impl<'a> Shape<'a> {
    pub(super) fn of(literal_type: &'a LiteralType, walk: Walk<'_>) -> Result<Self, Reason> {
        Self::nested(literal_type, 0, walk)
    }

    fn nested(literal_type: &'a LiteralType, depth: usize, walk: Walk<'_>) -> Result<Self, Reason> {
        if depth >= DEPTH {
            return Err(Reason::TooDeep);
        }
        walk.charge(1)?;
        let inner = |it| Self::nested(it, depth + 1, walk);
        Ok(match &literal_type.r#type {
            Some(Type::Simple(simple)) => match simple.as_known() {
                Some(simple) => Self::simple(simple, literal_type, walk)?,
                None => Self::Unset,
            },
            Some(Type::CollectionType(item)) => Self::List(Box::new(inner(item)?)),
            Some(Type::MapValueType(value)) => Self::Map(Box::new(inner(value)?)),
            Some(Type::Blob(blob)) if blob.format == PICKLE => Self::Pickled,
            Some(Type::Blob(blob)) => Self::Blob(blob),
            Some(Type::StructuredDatasetType(dataset)) => Self::Dataset(dataset),
            Some(Type::EnumType(it)) => Self::Enum(&it.values),
            Some(Type::UnionType(union)) => {
                let variants: Result<_, Reason> = union
                    .variants
                    .iter()
                    .map(|literal_type| {
                        Ok(Variant {
                            shape: inner(literal_type)?,
                            literal_type,
                        })
                    })
                    .collect();
                Self::union(variants?)
            }
            Some(Type::Schema(_)) => Self::Schema,
            None => Self::Unset,
        })
    }

    fn simple(
        simple: SimpleType,
        literal_type: &LiteralType,
        walk: Walk<'_>,
    ) -> Result<Self, Reason> {
        Ok(match simple {
            SimpleType::NONE => Self::None,
            SimpleType::INTEGER => Self::Integer,
            SimpleType::FLOAT => Self::Float,
            SimpleType::STRING => Self::String,
            SimpleType::BOOLEAN => Self::Boolean,
            SimpleType::DATETIME => Self::Datetime,
            SimpleType::DURATION => Self::Duration,
            SimpleType::BINARY => Self::Pickled,
            SimpleType::ERROR => Self::Error,
            SimpleType::STRUCT => match literal_type.metadata.as_option() {
                Some(metadata) => Schema::compile(metadata, &literal_type.structure.tag, walk)?
                    .map_or(Self::Dict, Self::Record),
                None => Self::Dict,
            },
        })
    }

    /// The SDK spells a pickled type as a union of the two places its bytes can be in.
    fn union(mut variants: Vec<Variant<'a>>) -> Self {
        let pickled = |variant: &Variant<'_>| matches!(variant.shape, Shape::Pickled);
        if !variants.is_empty() && variants.iter().all(pickled) {
            return Self::Pickled;
        }
        // A union of one type is that type, also in the literal.
        match variants.pop() {
            Some(only) if variants.is_empty() => only.shape,
            last => {
                variants.extend(last);
                Self::Union(variants)
            }
        }
    }

    /// The type of a union that a literal without a type of its own must have.
    pub(super) fn of_bare_literal(&self, walk: Walk<'_>) -> Result<&Self, Reason> {
        let Self::Union(variants) = self else {
            return Ok(self);
        };
        walk.bulk(variants.len())?;
        let mut others = variants
            .iter()
            .filter(|it| !matches!(it.shape, Shape::None));
        match (others.next(), others.next()) {
            (Some(only), None) => Ok(&only.shape),
            _ => Ok(self),
        }
    }

    /// The name of the type in errors.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::None => "null",
            Self::Integer => "integer",
            Self::Float => "number",
            Self::String => "string",
            Self::Boolean => "boolean",
            Self::Datetime => "datetime",
            Self::Duration => "duration",
            Self::Dict => "dictionary",
            Self::Record(_) => "object",
            Self::Pickled => "pickled value",
            Self::Error => "error",
            Self::Schema => "schema",
            Self::Unset => "unset",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Blob(_) => "file or directory",
            Self::Dataset(_) => "structured dataset",
            Self::Enum(_) => "enum",
            Self::Union(_) => "union",
        }
    }
}
