//! The certificate that a port shows: `server.tls`, `admin.tls`.

use std::{fmt, fs, sync::Arc};

use schemars::JsonSchema;
use serde::Deserialize;
use tokio_rustls::rustls::{
    Error,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    sign::CertifiedKey,
};

use super::report::Report;

/// The certificate that a port shows. Without it the port speaks no TLS.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Tls {
    /// A PEM file with the certificate, and after it those that lead to its authority.
    pub cert_file: Option<String>,
    /// A PEM file with the key of the certificate.
    pub key_file: Option<String>,
}

/// A certificate and its key, which nothing shows.
#[derive(Clone)]
pub struct Certificate(Arc<CertifiedKey>);

impl Certificate {
    /// The pair.
    pub fn pair(&self) -> Arc<CertifiedKey> {
        Arc::clone(&self.0)
    }
}

impl fmt::Debug for Certificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Certificate")
    }
}

/// What is wrong is in the report.
pub(super) struct Reported;

/// The key belongs to the certificate.
impl PartialEq for Certificate {
    fn eq(&self, other: &Self) -> bool {
        self.0.cert == other.0.cert
    }
}

impl Eq for Certificate {}

impl Tls {
    /// The certificate of the section at `key`, if it names one.
    pub(super) fn resolve(
        &self,
        key: &str,
        report: &mut Report<'_>,
    ) -> Result<Option<Certificate>, Reported> {
        let (cert_file, key_file) = match (&self.cert_file, &self.key_file) {
            (None, None) => return Ok(None),
            (Some(cert_file), Some(key_file)) => (cert_file, key_file),
            (Some(_), None) => {
                let advice = "is of no use without key_file; write both";
                report.invalid(&format!("{key}.cert_file"), advice);
                return Err(Reported);
            }
            (None, Some(_)) => {
                let advice = "is of no use without cert_file; write both";
                report.invalid(&format!("{key}.key_file"), advice);
                return Err(Reported);
            }
        };
        let read = read_pair(key, cert_file, key_file, report);
        read.map(Some).ok_or(Reported)
    }
}

fn read_pair(
    key: &str,
    cert_file: &str,
    key_file: &str,
    report: &mut Report<'_>,
) -> Option<Certificate> {
    report.reads(cert_file);
    report.reads(key_file);
    let chain = report.keep(&format!("{key}.cert_file"), chain(cert_file));
    let private = report.keep(&format!("{key}.key_file"), private(key_file));
    let pair = CertifiedKey::from_der(chain?, private?, &aws_lc_rs::default_provider());
    let pair = report.keep(
        &format!("{key}.key_file"),
        pair.map_err(|error| advice(&error)),
    )?;
    Some(Certificate(Arc::new(pair)))
}

fn chain(file: &str) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = read(file)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    chain.ok().filter(|chain| !chain.is_empty()).ok_or_else(|| {
        "names a file without a PEM certificate; write the path of one that has some".to_owned()
    })
}

fn private(file: &str) -> Result<PrivateKeyDer<'static>, String> {
    PrivateKeyDer::from_pem_slice(&read(file)?).map_err(|_no_key| {
        "names a file without a PEM key; write the path of one that has an unencrypted one"
            .to_owned()
    })
}

fn read(file: &str) -> Result<Vec<u8>, String> {
    fs::read(file).map_err(|error| {
        let kind = error.kind();
        format!("names a file that cannot be read: {kind}; write the path of a readable PEM file")
    })
}

fn advice(error: &Error) -> &'static str {
    if matches!(error, Error::InconsistentKeys(_)) {
        "is not the key of the certificate in cert_file; write the one that belongs to it"
    } else {
        "and cert_file cannot be used; write an RSA, ECDSA or Ed25519 certificate and its key"
    }
}
