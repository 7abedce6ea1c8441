//! Takes ReDoc into the binary, where `make redoc` has fetched it.
//!
//! A build without it has a page that says so: Rust alone is enough to build.

use std::{
    env, fs,
    io::{self, Write},
    path::{Path, PathBuf},
};

use flate2::{Compression, write::GzEncoder};

/// Where `make redoc` puts it. Cargo looks at all of this directory, which is
/// there in any case; a file that is not there would be built anew each time.
const BUNDLE: &str = "web/bundle";

/// The files and their media types; the script names its licence.
const FILES: [(&str, &str); 2] = [
    (SCRIPT, "text/javascript"),
    ("redoc.standalone.js.LICENSE.txt", "text/plain"),
];
const SCRIPT: &str = "redoc.standalone.js";

/// A picture that the script would load from its vendor, and one of nothing.
const LOGO: &str = "https://cdn.redoc.ly/redoc/logo-mini.svg";
const NO_LOGO: &str = "data:image/gif;base64,R0lGODlhAQABAAAAACw=";

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={BUNDLE}");
    println!("cargo::rerun-if-changed=build.rs");
    let bundle = Path::new(&variable("CARGO_MANIFEST_DIR")?).join(BUNDLE);
    let out = PathBuf::from(variable("OUT_DIR")?);
    let found = FILES.iter().all(|(name, _)| bundle.join(name).exists());
    let module = if found {
        let assets: io::Result<String> = FILES
            .iter()
            .map(|(name, media_type)| asset(&bundle, &out, name, media_type))
            .collect();
        module("redoc.html", &assets?)?
    } else {
        module("no_redoc.html", "")?
    };
    fs::write(out.join("redoc.rs"), module)
}

/// The constants that `src/http/openapi/redoc.rs` includes.
fn module(page: &str, assets: &str) -> io::Result<String> {
    let root = variable("CARGO_MANIFEST_DIR")?;
    Ok(format!(
        "/// The page of ReDoc, but for its title.\n\
         pub(super) const PAGE: &str = include_str!({:?});\n\
         const ASSETS: &[Asset] = &[{assets}];\n",
        format!("{root}/src/http/openapi/{page}")
    ))
}

/// Compresses a file; gives the constant of it.
fn asset(bundle: &Path, out: &Path, name: &str, media_type: &str) -> io::Result<String> {
    let mut text = fs::read_to_string(bundle.join(name))?;
    if name == SCRIPT {
        if text.matches(LOGO).count() != 1 {
            return Err(io::Error::other(format!(
                "{BUNDLE}/{SCRIPT} does not name {LOGO} once; look what this version loads \
                 from elsewhere, and change build.rs"
            )));
        }
        text = text.replace(LOGO, NO_LOGO);
    }
    let compressed = out.join(format!("{name}.gz"));
    let mut encoder = GzEncoder::new(fs::File::create(&compressed)?, Compression::best());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()?;
    Ok(format!(
        "Asset {{ name: {name:?}, media_type: {media_type:?}, gzip: include_bytes!({compressed:?}) }},"
    ))
}

fn variable(name: &str) -> io::Result<String> {
    env::var(name).map_err(io::Error::other)
}
