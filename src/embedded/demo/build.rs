//! `build-image`: stands in for the image builder. It checks what it is asked
//! to build and builds nothing, since tasks here are processes without an image.

use std::path::Path;

use flyte_idl::flyteidl2::{
    core::SimpleType, imagebuilder::ImageSpec, task::NamedLiteral, task::TaskSpec,
};

use super::{
    Error,
    interface::{self, Signature, Type},
    returned,
    value::{Inputs, string},
};
use crate::embedded::objects;

/// Where clients look for the image builder.
pub(in crate::embedded) const PROJECT: &str = "system";
pub(in crate::embedded) const DOMAIN: &str = "production";
pub(in crate::embedded) const TASK: &str = "build-image";

/// The input that holds name and tag of the image.
pub(in crate::embedded) const TARGET: &str = "target_image";

/// A host that cannot exist, for an image that does not.
const HOST: &str = "not-built.invalid";

/// The task as it is registered.
pub(in crate::embedded) fn task(org: &str) -> TaskSpec {
    let summary = "Checks the description of an image, and builds nothing.";
    Signature::new(TASK, summary)
        .without_environment()
        .required("spec", interface::STRING)
        .required("context", Type::Optional(SimpleType::String))
        .required(TARGET, interface::STRING)
        .output(interface::STRING)
        .spec(PROJECT, DOMAIN, org)
}

pub(super) async fn run(inputs: Inputs<'_>) -> Result<Vec<NamedLiteral>, Error> {
    let spec = read(inputs.string("spec")?).await.map_err(Error::Image)?;
    let invalid = |name, expected| Error::Input { name, expected };
    if spec.base_image.is_empty() {
        return Err(invalid("spec", "a description that names a base image"));
    }
    let target = inputs.string(TARGET)?;
    if !target.contains(':') {
        return Err(invalid(TARGET, "a name and a tag"));
    }
    Ok(returned(string(&format!("{HOST}/{target}"))))
}

async fn read(uri: &str) -> Result<ImageSpec, objects::Error> {
    objects::read_message(Path::new(objects::path(uri)?)).await
}
