//! Files, directories and dataframes: a URI, or an object around one.

use buffa::Message;
use flyte_idl::flyteidl2::core::{
    __buffa::oneof::scalar as oneof, Blob, BlobMetadata, BlobType, Literal, StructuredDataset,
    StructuredDatasetMetadata, StructuredDatasetType, blob_type::BlobDimensionality,
};
use serde_json::{Value as Json, json};

use super::{
    error::{Error, Errors, Reason, Segment, refuse},
    scalar,
    walk::Walk,
};
use crate::{json::Value, nearest::nearest};

/// The members that an object around a URI may have.
const MEMBERS: [&str; 6] = ["uri", "path", "format", "hash", "name", "dimensionality"];

/// What a caller says about a file.
#[derive(Default)]
struct Reference {
    uri: String,
    format: Option<String>,
    hash: Option<String>,
}

/// Converts to a file or directory, whichever the interface says.
pub(super) fn file(declared: &BlobType, value: &Value, walk: Walk<'_>) -> Result<Literal, Errors> {
    let dimensionality = match declared.dimensionality.as_known() {
        Some(BlobDimensionality::MULTIPART) => "MULTIPART",
        Some(BlobDimensionality::SINGLE) | None => "SINGLE",
    };
    let reference = Reference::parse(value, Some(dimensionality), walk)?;
    walk.bulk_in(declared.format.len(), value)?;
    let mut blob_type = declared.clone();
    blob_type.format = format(&declared.format, &reference, value)?;
    let metadata = BlobMetadata {
        r#type: blob_type.into(),
        ..BlobMetadata::default()
    };
    let blob = Blob {
        uri: reference.uri,
        metadata: metadata.into(),
        ..Blob::default()
    };
    let literal = scalar::literal(oneof::Value::Blob(Box::new(blob)));
    Ok(Literal {
        hash: reference.hash.unwrap_or_default(),
        ..literal
    })
}

/// Converts to a dataframe.
pub(super) fn dataset(
    declared: &StructuredDatasetType,
    value: &Value,
    walk: Walk<'_>,
) -> Result<Literal, Errors> {
    let reference = Reference::parse(value, None, walk)?;
    walk.bulk_in(declared.encoded_len() as usize, value)?;
    let mut dataset_type = declared.clone();
    dataset_type.format = format(&declared.format, &reference, value)?;
    let metadata = StructuredDatasetMetadata {
        structured_dataset_type: dataset_type.into(),
        ..StructuredDatasetMetadata::default()
    };
    let dataset = StructuredDataset {
        uri: reference.uri,
        metadata: metadata.into(),
        ..StructuredDataset::default()
    };
    let literal = scalar::literal(oneof::Value::StructuredDataset(Box::new(dataset)));
    Ok(Literal {
        hash: reference.hash.unwrap_or_default(),
        ..literal
    })
}

/// The format of the interface, or the caller's where it leaves that open.
fn format(declared: &str, reference: &Reference, value: &Value) -> Result<String, Errors> {
    match &reference.format {
        Some(given) if declared.is_empty() => Ok(given.clone()),
        Some(given) if !given.is_empty() && given != declared => at(
            "format",
            Reason::Enum {
                expected: format!("'{declared}'"),
            },
            value,
        ),
        Some(_) | None => Ok(declared.to_owned()),
    }
}

impl Reference {
    fn parse(value: &Value, dimensionality: Option<&str>, walk: Walk<'_>) -> Result<Self, Errors> {
        // The reference wants objects of its own, which no JSON is.
        if walk.strict {
            return refuse(Reason::Uri, value);
        }
        match value.as_str() {
            Some(uri) if !uri.is_empty() => {
                walk.bulk_in(uri.len(), value)?;
                let uri = uri.to_owned();
                Ok(Self {
                    uri,
                    ..Self::default()
                })
            }
            Some(_) => refuse(Reason::Uri, value),
            None => Self::parse_object(value, dimensionality, walk),
        }
    }

    fn parse_object(
        value: &Value,
        dimensionality: Option<&str>,
        walk: Walk<'_>,
    ) -> Result<Self, Errors> {
        let text = |name| text(value, name, walk);
        let Some(members) = value.as_object() else {
            return refuse(Reason::Uri, value);
        };
        if let Some(name) = members
            .keys()
            .find(|name| !MEMBERS.contains(&name.as_str()))
        {
            let nearest = nearest(name, MEMBERS).map(str::to_owned);
            return at(name, Reason::Extra { nearest }, value);
        }
        let uri = match (text("uri")?, text("path")?) {
            (Some(uri), None) | (None, Some(uri)) if !uri.is_empty() => uri,
            (Some(uri), Some(path)) if uri == path && !uri.is_empty() => uri,
            _ => return refuse(Reason::Uri, value),
        };
        if let (Some(given), Some(declared)) = (text("dimensionality")?, dimensionality)
            && given != declared
        {
            let expected = format!("'{declared}'");
            return at("dimensionality", Reason::Enum { expected }, value);
        }
        text("name")?;
        let (format, hash) = (text("format")?, text("hash")?);
        Ok(Self { uri, format, hash })
    }
}

/// A member that is a text, or null, or absent.
fn text(value: &Value, name: &str, walk: Walk<'_>) -> Result<Option<String>, Errors> {
    match value.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => {
            walk.bulk_in(text.len(), value)?;
            Ok(Some(text.to_string()))
        }
        Some(_) => at(name, Reason::String, value),
    }
}

fn at<T>(name: &str, reason: Reason, value: &Value) -> Result<T, Errors> {
    let part = value.get(name).unwrap_or(value);
    Err(vec![Error::about(reason, part).within(Segment::key(name))])
}

/// A file or directory as the reference shows one.
pub(super) fn file_to_json(blob: &Blob, hash: &str) -> Json {
    json!({
        "path": blob.uri,
        "name": last_component(&blob.uri),
        "format": blob.metadata.r#type.format,
        "hash": (!hash.is_empty()).then_some(hash),
    })
}

/// A dataframe as the reference shows one.
pub(super) fn dataset_to_json(dataset: &StructuredDataset) -> Json {
    let format = &dataset.metadata.structured_dataset_type.format;
    json!({ "uri": dataset.uri, "format": format })
}

/// What a path or URI ends in.
pub(super) fn last_component(uri: &str) -> &str {
    let uri = uri.trim_end_matches('/');
    uri.rsplit('/').next().unwrap_or(uri)
}
