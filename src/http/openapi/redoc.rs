//! ReDoc, where the build has it: it comes from npm, which a build need not
//! have.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};

// PAGE and ASSETS, written by the build script: what it found decides.
include!(concat!(env!("OUT_DIR"), "/redoc.rs"));

/// A file of ReDoc, compressed.
struct Asset {
    name: &'static str,
    media_type: &'static str,
    gzip: &'static [u8],
}

/// The answer with a file of ReDoc, below the documentation page.
pub(super) fn asset(name: &str) -> Option<Response> {
    let asset = ASSETS.iter().find(|asset| asset.name == name)?;
    let headers = [
        (CONTENT_TYPE, asset.media_type),
        (CONTENT_ENCODING, "gzip"),
        (CACHE_CONTROL, "max-age=3600"),
    ];
    Some((headers, asset.gzip).into_response())
}
