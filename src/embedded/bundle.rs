//! Code bundles that are gone.
//!
//! The SDK remembers which bundles it has uploaded to an endpoint and does not
//! upload them again. After the data directory was replaced, its tasks name
//! files that are no longer there, and fail far from the cause.

use std::path::Path;

use flyte_idl::flyteidl2::core::{TaskTemplate, task_template::Target};

use super::objects;

/// The options of `a0` that name a bundle.
const OPTIONS: [&str; 2] = ["--tgz", "--pkl"];

/// A task whose code bundle is not there.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error(
    "the code bundle {0} is gone: the SDK uploaded it to another data directory and remembers \
     that; delete local-cache/cache.db beside the SDK's config.yaml, or in ~/.flyte without one, \
     and deploy again"
)]
pub(super) struct Missing(String);

/// Refuses a task that names a bundle on this machine which is not there.
pub(super) fn check(template: &TaskTemplate) -> Result<(), Missing> {
    let Some(Target::Container(container)) = &template.target else {
        return Ok(());
    };
    let values = container.args.iter().skip(1);
    let missing = container
        .args
        .iter()
        .zip(values)
        .find(|(option, location)| {
            OPTIONS.contains(&option.as_str())
                && objects::path(location).is_ok_and(|path| !Path::new(path).exists())
        });
    match missing {
        Some((_, location)) => Err(Missing(location.clone())),
        None => Ok(()),
    }
}
