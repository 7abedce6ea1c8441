//! What a caller says about the image.

use flyte_webhook_core::{
    image::{BaseImage, FlyteVersion, ImageName, Package, PythonVersion, Recipe},
    json::Object,
};
use utoipa::ToSchema;

use crate::{
    config::Build,
    http::{
        Violation,
        extract::{Content, FromBody, FromQuery, QueryReader, text_list},
    },
};

/// Everything but the packages.
pub struct BuildQuery {
    base: Option<BaseImage>,
    python: Option<PythonVersion>,
    flyte: Option<FlyteVersion>,
    name: Option<ImageName>,
    /// The name as it was written.
    pub(super) written_name: Option<String>,
    pre: bool,
}

impl FromQuery for BuildQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            base: filled(query, "base_image", BaseImage::parse),
            python: query
                .parsed("python_version", PythonVersion::parse)
                .flatten(),
            flyte: filled(query, "flyte_version", FlyteVersion::parse),
            name: filled(query, "name", ImageName::parse),
            written_name: query.text("name"),
            pre: query.switch("pre"),
        }
    }
}

/// A text for which an empty one is none.
fn filled<T, E: std::fmt::Display>(
    query: &mut QueryReader,
    name: &str,
    parse: fn(&str) -> Result<T, E>,
) -> Option<T> {
    let optional = |text: &str| {
        Some(text)
            .filter(|it| !it.is_empty())
            .map(parse)
            .transpose()
    };
    query.parsed(name, optional).flatten()
}

impl BuildQuery {
    /// The image that is meant.
    pub(super) fn recipe(&self, body: &BuildBody, defaults: &Build) -> Recipe {
        Recipe {
            base: self.base.clone(),
            python: self.python.unwrap_or(defaults.python),
            flyte: self.flyte.clone().unwrap_or_else(|| defaults.flyte.clone()),
            name: self.name.clone(),
            apt: body.apt_packages.clone().unwrap_or_default(),
            pip: body.pip_packages.clone().unwrap_or_default(),
            pre: self.pre,
        }
    }
}

/// What to install.
#[derive(ToSchema)]
pub struct BuildBody {
    /// Python's packages, as pip takes them.
    #[schema(value_type = Option<Vec<String>>, example = json!(["httpx"]))]
    pip_packages: Option<Vec<Package>>,
    /// Debian's packages.
    #[schema(value_type = Option<Vec<String>>, example = json!(["git"]))]
    apt_packages: Option<Vec<Package>>,
    /// Taken for the sake of existing clients; the builder chooses the platforms.
    #[expect(dead_code, reason = "read to be checked and documented")]
    platform: Option<Vec<String>>,
}

impl FromBody for BuildBody {
    fn from_body(body: Content, violations: &mut Vec<Violation>) -> Self {
        let names = ["pip_packages", "apt_packages", "platform"];
        let mut members = body.members(&names, violations);
        let any = |text: &str| Ok::<_, std::fmt::Error>(text.to_owned());
        Self {
            pip_packages: packages(&mut members, "pip_packages", violations),
            apt_packages: packages(&mut members, "apt_packages", violations),
            platform: members
                .shift_remove("platform")
                .and_then(|value| text_list(value, Some("platform"), any, violations)),
        }
    }
}

fn packages(
    members: &mut Object,
    name: &str,
    violations: &mut Vec<Violation>,
) -> Option<Vec<Package>> {
    let value = members.shift_remove(name)?;
    text_list(value, Some(name), Package::parse, violations)
}

impl BuildBody {
    /// Python's packages as they were written.
    pub(super) fn pip_packages(&self) -> Option<Vec<String>> {
        self.pip_packages.as_deref().map(texts)
    }

    /// Debian's packages as they were written.
    pub(super) fn apt_packages(&self) -> Option<Vec<String>> {
        self.apt_packages.as_deref().map(texts)
    }
}

fn texts(packages: &[Package]) -> Vec<String> {
    packages.iter().map(ToString::to_string).collect()
}
