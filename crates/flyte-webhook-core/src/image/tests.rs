//! Against what the Python SDK makes of the same arguments, recorded by
//! `tests/vectors/images.py`; then what must not become part of an image.

use buffa::Message;
use data_encoding::HEXLOWER;
use serde::Deserialize;

use super::*;

const RECORDED: &str = include_str!("../../tests/vectors/images.json");

#[derive(Debug, Deserialize)]
struct Case {
    base_image: Option<String>,
    python_version: Option<String>,
    flyte_version: Option<String>,
    name: Option<String>,
    apt_packages: Option<Vec<String>>,
    pip_packages: Option<Vec<String>>,
    pre: bool,
    image: Option<String>,
    spec: Option<String>,
}

impl Case {
    fn recipe(&self) -> Recipe {
        let packages = |packages: &Option<Vec<String>>| {
            let packages = packages.iter().flatten();
            packages.map(|it| Package::parse(it).unwrap()).collect()
        };
        let python = self.python_version.as_deref();
        let name = self.name.as_deref().filter(|name| !name.is_empty());
        Recipe {
            base: self
                .base_image
                .as_deref()
                .map(|it| BaseImage::parse(it).unwrap()),
            python: python.unwrap_or("3.12").parse().unwrap(),
            flyte: self
                .flyte_version
                .as_deref()
                .unwrap_or("2.12.1")
                .parse()
                .unwrap(),
            name: name.map(|it| ImageName::parse(it).unwrap()),
            apt: packages(&self.apt_packages),
            pip: packages(&self.pip_packages),
            pre: self.pre,
        }
    }
}

#[test]
fn the_same_arguments_make_the_image_that_the_sdk_makes() {
    let cases: Vec<Case> = serde_json::from_str(RECORDED).unwrap();
    assert!(cases.len() > 150, "{} cases", cases.len());
    for case in cases {
        let recipe = case.recipe();
        let built = recipe.changes_anything();
        let image = built.then(|| recipe.image());
        let spec = built.then(|| HEXLOWER.encode(&recipe.spec().encode_to_vec()));
        assert_eq!(
            (image, spec),
            (case.image.clone(), case.spec.clone()),
            "{case:?}"
        );
    }
}

#[test]
fn a_name_is_one_part_of_a_repositorys_path() {
    for text in [
        "",
        "A",
        "a/b",
        "evil.example.com/a",
        "a:b",
        "a@sha256",
        "a b",
        "-a",
        "a-",
        "a..b",
        "a._b",
        "..",
        "é",
        "a\n",
        &"a".repeat(129),
    ] {
        assert_eq!(ImageName::parse(text), Err(Error::Name), "{text:?}");
    }
    for text in ["a", "0", "a-b_c.d", &"a".repeat(128)] {
        assert_eq!(ImageName::parse(text).unwrap().as_str(), text);
    }
}

#[test]
fn nothing_breaks_out_of_its_line_of_the_build_file() {
    for text in [
        "",
        "a\nRUN b",
        "a b",
        "a\tb",
        "\u{a0}",
        "é",
        &"a".repeat(256),
    ] {
        assert_eq!(BaseImage::parse(text), Err(Error::Base), "{text:?}");
    }
    for text in [
        "",
        " ",
        "a\nRUN b",
        "a\r",
        "a\0",
        "\u{85}",
        &"a".repeat(256),
    ] {
        assert_eq!(Package::parse(text), Err(Error::Package), "{text:?}");
    }
    for text in [
        "", "v", "vv1", "x", "1/2", "1:2", "1 2", "1+2", "é1", "-1", ".1",
    ] {
        assert_eq!(FlyteVersion::parse(text), Err(Error::Flyte), "{text:?}");
    }
}

#[test]
fn a_version_of_python_has_two_numbers() {
    for (text, version) in [
        ("3.12", Some("3.12")),
        ("3.12.4", Some("3.12")),
        ("3.9.x", Some("3.9")),
        ("2.7", Some("2.7")),
        ("", None),
        ("3", None),
        ("x", None),
    ] {
        let parsed = PythonVersion::parse(text).unwrap();
        assert_eq!(
            parsed.map(|it| it.to_string()).as_deref(),
            version,
            "{text:?}"
        );
    }
    for text in [
        ".", "3.", "3.x", "x.3", "+3.1", "3.-1", "3. 1", "3.1_0", "3.256", "٣.1",
    ] {
        assert_eq!(PythonVersion::parse(text), Err(Error::Python), "{text:?}");
    }
    assert_eq!("3".parse::<PythonVersion>(), Err(Error::Python));
}
