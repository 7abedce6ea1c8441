//! What a finished task left: `error.pb`, else `outputs.pb`.

use std::io;
use std::path::{Path, PathBuf};

use buffa::Message;
use flyte_idl::flyteidl2::core::__buffa::oneof::{literal, primitive, scalar};
use flyte_idl::flyteidl2::core::container_error::Kind;
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_idl::flyteidl2::core::{ContainerError, ErrorDocument, TypedInterface};
use flyte_idl::flyteidl2::task::{NamedLiteral, Outputs};
use tokio::fs;

use super::Failure;
use crate::embedded::file;

/// What the SDK itself takes for outputs that travel inline.
const SIZE_LIMIT: u64 = 10 * 1024 * 1024;
const MESSAGE_LIMIT: usize = 64 * 1024;
/// A word, which stands in lists and in other programs' messages.
const CODE_LIMIT: usize = 200;

/// Why what a task left cannot be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error(
        "the location `{uri}` is not on this machine's disk; the embedded control plane takes absolute paths and `file://` URLs"
    )]
    NotLocal { uri: String },
    #[error("`{name}` cannot be read or written: {source}")]
    Io { name: String, source: io::Error },
    #[error("`{name}` is no regular file")]
    NoFile { name: String },
    #[error(
        "`{name}` has more than {SIZE_LIMIT} bytes, the limit; return a File or a Dir for large data"
    )]
    TooLarge { name: String },
    #[error("`{name}` is not what a task writes there: {source}")]
    Malformed {
        name: String,
        source: buffa::DecodeError,
    },
    #[error(
        "the task ended without an error and wrote no `outputs.pb` to its output prefix, but its interface declares {declared}; write the file or return a value"
    )]
    NoOutputs { declared: String },
    #[error("the task's `outputs.pb` does not hold {missing}, which its interface declares")]
    MissingOutputs { missing: String },
}

/// The directory that the task writes its results to.
#[derive(Debug)]
pub(super) struct Results(PathBuf);

impl Results {
    /// Empties the directory: an attempt must not be credited with what another left.
    pub(super) async fn prepare(uri: &str) -> Result<Self, Error> {
        let results = Self(local_path(uri)?);
        create(&results.0).await?;
        for name in ["error.pb", "outputs.pb"] {
            match fs::remove_file(results.0.join(name)).await {
                Err(source) if source.kind() != io::ErrorKind::NotFound => {
                    return Err(io_error(name, source));
                }
                Ok(()) | Err(_) => {}
            }
        }
        Ok(results)
    }

    /// The error that the task reported, if it did.
    pub(super) async fn failure(&self) -> Result<Option<Failure>, Error> {
        let document: Option<ErrorDocument> = self.read("error.pb").await?;
        Ok(document.map(|document| reported(&document.error)))
    }

    /// The outputs, all that `interface` declares among them.
    pub(super) async fn outputs(
        &self,
        interface: &TypedInterface,
    ) -> Result<Vec<NamedLiteral>, Error> {
        let declared: Vec<&str> = interface
            .outputs
            .variables
            .iter()
            .map(|entry| entry.key.as_str())
            .collect();
        let Some(outputs) = self.read::<Outputs>("outputs.pb").await? else {
            return match declared.as_slice() {
                [] => Ok(Vec::new()),
                names => Err(Error::NoOutputs {
                    declared: quoted(names),
                }),
            };
        };
        let literals = outputs.literals;
        let absent = |name: &&str| !literals.iter().any(|literal| literal.name == *name);
        let missing: Vec<&str> = declared.into_iter().filter(absent).collect();
        if missing.is_empty() {
            return Ok(literals);
        }
        Err(Error::MissingOutputs {
            missing: quoted(&missing),
        })
    }

    /// Writes outputs as a task would, for those that run inside the server.
    pub(super) async fn write(&self, outputs: &[NamedLiteral]) -> Result<(), Error> {
        let outputs = Outputs {
            literals: outputs.to_vec(),
            ..Default::default()
        };
        let written = fs::write(self.0.join("outputs.pb"), outputs.encode_to_vec()).await;
        written.map_err(|source| io_error("outputs.pb", source))
    }

    async fn read<M: Message>(&self, name: &str) -> Result<Option<M>, Error> {
        let path = self.0.join(name);
        let bytes = match file::read_bounded(&path, SIZE_LIMIT).await {
            Ok(bytes) => bytes,
            Err(error) if error.is_missing() => return Ok(None),
            Err(error) => return Err(unread(name, error)),
        };
        let decoded = M::decode_from_slice(&bytes);
        decoded.map(Some).map_err(|source| Error::Malformed {
            name: name.to_owned(),
            source,
        })
    }
}

/// Creates a directory and those above it.
pub(super) async fn create(directory: &Path) -> Result<(), Error> {
    let created = fs::create_dir_all(directory).await;
    created.map_err(|source| io_error(&directory.display().to_string(), source))
}

/// The path of a location in either of its forms.
pub(super) fn local_path(uri: &str) -> Result<PathBuf, Error> {
    let path = Path::new(uri.strip_prefix("file://").unwrap_or(uri));
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    Err(Error::NotLocal {
        uri: uri.to_owned(),
    })
}

/// The text of a primitive input, as it stands in a command line.
pub(super) fn text(inputs: &[NamedLiteral], name: &str) -> Option<String> {
    let input = inputs.iter().find(|input| input.name == name)?;
    let Some(literal::Value::Scalar(scalar)) = &input.value.value else {
        return None;
    };
    let Some(scalar::Value::Primitive(primitive)) = &scalar.value else {
        return None;
    };
    match primitive.value.as_ref()? {
        primitive::Value::Integer(value) => Some(value.to_string()),
        primitive::Value::FloatValue(value) => Some(value.to_string()),
        primitive::Value::StringValue(value) => Some(value.clone()),
        primitive::Value::Boolean(value) => Some(value.to_string()),
        primitive::Value::Datetime(_) | primitive::Value::Duration(_) => None,
    }
}

fn reported(error: &ContainerError) -> Failure {
    let code = if error.code.is_empty() {
        "Unknown"
    } else {
        &error.code
    };
    Failure {
        code: shortened(code, CODE_LIMIT).to_owned(),
        message: shortened(&error.message, MESSAGE_LIMIT).to_owned(),
        kind: error.origin.as_known().unwrap_or(ErrorKind::Unknown),
        recoverable: error.kind == Kind::Recoverable,
    }
}

fn shortened(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

fn quoted(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}

fn unread(name: &str, error: file::Error) -> Error {
    let name = name.to_owned();
    match error {
        file::Error::Io(source) => Error::Io { name, source },
        file::Error::NotRegular => Error::NoFile { name },
        file::Error::Large { .. } => Error::TooLarge { name },
    }
}

fn io_error(name: &str, source: io::Error) -> Error {
    Error::Io {
        name: name.to_owned(),
        source,
    }
}
