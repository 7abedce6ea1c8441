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

#[expect(
    clippy::disallowed_methods,
    reason = "Cargo speaks to build scripts so"
)]
fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed={BUNDLE}");
    println!("cargo::rerun-if-changed=build.rs");
    // Read by a macro, which sees no file that is new.
    println!("cargo::rerun-if-changed=src/embedded/migrations");
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    let is_there = FILES
        .iter()
        .all(|(name, _)| Path::new(BUNDLE).join(name).exists());
    let module = if is_there {
        for (name, _) in FILES {
            compress(name, &out)?;
        }
        let assets: String = FILES.iter().map(asset).collect();
        module("redoc.html", &assets)
    } else {
        module("no_redoc.html", "")
    };
    fs::write(out.join("redoc.rs"), module)
}

/// What `src/http/openapi/redoc.rs` includes.
fn module(page: &str, assets: &str) -> String {
    format!(
        "/// The page of ReDoc, but for its title.\n\
         pub(super) const PAGE: &str =\n    \
         include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/src/http/openapi/{page}\"));\n\
         const ASSETS: &[Asset] = &[\n{assets}];\n"
    )
}

fn asset((name, media_type): &(&str, &str)) -> String {
    format!(
        "    Asset {{\n        \
         name: \"{name}\",\n        \
         media_type: \"{media_type}\",\n        \
         gzip: include_bytes!(concat!(env!(\"OUT_DIR\"), \"/{name}.gz\")),\n    \
         }},\n"
    )
}

fn compress(name: &str, out: &Path) -> io::Result<()> {
    let mut text = fs::read_to_string(Path::new(BUNDLE).join(name))?;
    if name == SCRIPT {
        if text.matches(LOGO).count() != 1 {
            return Err(io::Error::other(format!(
                "{BUNDLE}/{SCRIPT} does not name {LOGO} once; look what this version loads \
                 from elsewhere, and change build.rs"
            )));
        }
        text = text.replace(LOGO, NO_LOGO);
    }
    let file = fs::File::create(out.join(format!("{name}.gz")))?;
    let mut encoder = GzEncoder::new(file, Compression::best());
    encoder.write_all(text.as_bytes())?;
    encoder.finish()?;
    Ok(())
}
