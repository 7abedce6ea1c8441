//! ReDoc, where the build has it: it comes from npm, which a build need not
//! have.

// PAGE and ASSETS, written by the build script: what it found decides.
include!(concat!(env!("OUT_DIR"), "/redoc.rs"));

/// A file of ReDoc.
pub(super) struct Asset {
    name: &'static str,
    pub(super) media_type: &'static str,
    /// Its bytes, compressed.
    pub(super) gzip: &'static [u8],
}

/// The file of this name, below the documentation page.
pub(super) fn asset(name: &str) -> Option<&'static Asset> {
    ASSETS.iter().find(|asset| asset.name == name)
}
