//! Generates messages and services from the committed descriptor set.

use std::{error::Error, fs, path::Path};

use buffa::Message;
use buffa_descriptor::generated::descriptor::FileDescriptorSet;

const SKIPPED: [&str; 3] = ["google/protobuf/", "google/api/", "buf/validate/"];

fn main() -> Result<(), Box<dyn Error>> {
    // Cargo runs this in the package's folder, which may have moved since this was compiled.
    let set = Path::new("flyteidl.binpb");
    let descriptors = FileDescriptorSet::decode_from_slice(&fs::read(set)?)?;
    // Google's well-known types come from buffa-types; the others hold options
    // that annotate the .proto files and occur in no message.
    let files: Vec<String> = descriptors
        .file
        .iter()
        .filter_map(|file| file.name.clone())
        .filter(|name| !SKIPPED.iter().any(|prefix| name.starts_with(prefix)))
        .collect();
    connectrpc_build::Config::new()
        .descriptor_set(set)
        .files(&files)
        .include_file("_connectrpc.rs")
        .compile()?;
    Ok(())
}
