//! Container images, as the image builder is asked for them.
//!
//! The tag follows the SDK's formula, so that an image which a Python program
//! has built is found here, and the other way round.

mod part;
#[cfg(test)]
mod tests;

use data_encoding::HEXLOWER;
use flyte_idl::flyteidl2::imagebuilder::{
    __buffa::oneof::layer::Layer as Kind, AptPackages, ImageSpec, Layer, PipOptions, PipPackages,
};
use md5::{Digest, Md5};

pub use part::{BaseImage, Error, FlyteVersion, ImageName, Package, PythonVersion};

/// Where the images are that Flyte publishes for every release of its SDK.
const FLYTE_IMAGE: &str = "ghcr.io/flyteorg/flyte";

/// The name of an image that was given none.
const DEFAULT_NAME: &str = "flyte";

/// What goes into an image.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipe {
    /// The image to start from; absent: Flyte's own.
    pub base: Option<BaseImage>,
    /// The version of Python.
    pub python: PythonVersion,
    /// The version of the SDK in Flyte's own image.
    pub flyte: FlyteVersion,
    /// What to call the image.
    pub name: Option<ImageName>,
    /// Debian's packages to install.
    pub apt: Vec<Package>,
    /// Python's packages to install.
    pub pip: Vec<Package>,
    /// Whether these may be releases before the final one.
    pub pre: bool,
}

impl Recipe {
    /// The image that it starts from.
    pub fn base(&self) -> String {
        match &self.base {
            Some(base) => base.to_string(),
            None => format!("{FLYTE_IMAGE}:py{}-v{}", self.python, self.flyte),
        }
    }

    /// Whether there is anything to build: else the base image is the image.
    pub fn changes_anything(&self) -> bool {
        self.name.is_some() || !self.apt.is_empty() || !self.pip.is_empty()
    }

    /// Name and tag of the image. Neither the name nor the order of the
    /// parameters counts for the tag, and nothing stands between the packages.
    pub fn image(&self) -> String {
        let name = self.name.as_ref().map_or(DEFAULT_NAME, ImageName::as_str);
        let mut hash = Md5::new();
        hash.update(self.base());
        for package in &self.apt {
            hash.update(package.as_str());
        }
        if self.pre && !self.pip.is_empty() {
            hash.update("True");
        }
        for package in &self.pip {
            hash.update(package.as_str());
        }
        format!("{name}:{}", HEXLOWER.encode(&hash.finalize()))
    }

    /// The message that the builder reads.
    pub fn spec(&self) -> ImageSpec {
        let apt = (!self.apt.is_empty()).then(|| self.apt_packages().into());
        let pip = (!self.pip.is_empty()).then(|| self.pip_packages().into());
        let layer = |kind: Kind| Layer {
            layer: Some(kind),
            ..Default::default()
        };
        ImageSpec {
            base_image: self.base(),
            python_version: self.python.to_string(),
            layers: [apt, pip].into_iter().flatten().map(layer).collect(),
            ..Default::default()
        }
    }

    fn apt_packages(&self) -> AptPackages {
        AptPackages {
            packages: texts(&self.apt),
            ..Default::default()
        }
    }

    fn pip_packages(&self) -> PipPackages {
        PipPackages {
            packages: texts(&self.pip),
            options: PipOptions {
                pre: self.pre,
                ..Default::default()
            }
            .into(),
            ..Default::default()
        }
    }
}

fn texts(packages: &[Package]) -> Vec<String> {
    packages.iter().map(ToString::to_string).collect()
}
