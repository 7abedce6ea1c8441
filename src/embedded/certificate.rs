//! The control plane's certificate: made here, kept in the data directory, so
//! that a client has to be told of it once.

use std::{
    fs::{self, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::{Path, PathBuf},
    sync::Arc,
};

use rcgen::CertifiedKey;
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        self, ServerConfig,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// Names under which clients on this machine find the control plane.
const NAMES: [&str; 4] = ["localhost", "127.0.0.1", "::1", "host.docker.internal"];

/// A certificate and its key, ready to serve.
#[derive(Clone)]
pub struct Certificate {
    file: PathBuf,
    config: Arc<ServerConfig>,
}

/// Why there is no certificate.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// It cannot be written.
    #[error("cannot write {}; choose a data directory that you may write to", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It cannot be made.
    #[error("a certificate cannot be made")]
    Make(#[from] rcgen::Error),
    /// What is there is none.
    #[error("{} is no certificate with its key; remove the directory", path.display())]
    Read {
        /// The directory of both.
        path: PathBuf,
        /// What is wrong with them.
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not fit.
    #[error("certificate and key cannot be used; remove the directory `tls` of the data directory")]
    Use(#[from] rustls::Error),
}

impl Certificate {
    /// The one of a data directory, made where there is none.
    pub fn of(data_dir: &Path) -> Result<Self, Error> {
        let directory = data_dir.join("tls");
        let (file, key) = (directory.join("ca.pem"), directory.join("key.pem"));
        if !(file.is_file() && key.is_file()) {
            make(&directory, &file, &key)?;
        }
        let read = |source| Error::Read {
            path: directory.clone(),
            source,
        };
        let chain = vec![CertificateDer::from_pem_file(&file).map_err(read)?];
        let key = PrivateKeyDer::from_pem_file(&key).map_err(read)?;
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(chain, key)?;
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        Ok(Self {
            file: file.canonicalize().unwrap_or(file),
            config: Arc::new(config),
        })
    }

    /// The PEM file that clients are to trust.
    pub fn file(&self) -> &Path {
        &self.file
    }

    pub(super) fn acceptor(&self) -> TlsAcceptor {
        TlsAcceptor::from(Arc::clone(&self.config))
    }
}

/// The key first: a certificate without one is not used.
fn make(directory: &Path, file: &Path, key: &Path) -> Result<(), Error> {
    let names = NAMES.map(str::to_owned).to_vec();
    let CertifiedKey { cert, signing_key } = rcgen::generate_simple_self_signed(names)?;
    let cannot = |path: &Path| {
        let path = path.to_owned();
        move |source| Error::Write { path, source }
    };
    fs::create_dir_all(directory).map_err(cannot(directory))?;
    private(key, &signing_key.serialize_pem()).map_err(cannot(key))?;
    fs::write(file, cert.pem()).map_err(cannot(file))
}

/// Nobody else on the machine may read it, whatever was there before.
fn private(path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)?;
    file.set_permissions(Permissions::from_mode(0o600))?;
    file.write_all(text.as_bytes())
}
