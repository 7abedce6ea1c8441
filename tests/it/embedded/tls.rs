//! TLS on the port that speaks plain HTTP, too.

use std::{fs, os::unix::fs::PermissionsExt, sync::Arc};

use flyte_webhook::embedded::{Certificate, Options, certificate};
use tempfile::TempDir;

use super::bench::{ControlPlane, options};

async fn start() -> (ControlPlane, Certificate) {
    let directory = Arc::new(TempDir::new().unwrap());
    let certificate = Certificate::of(directory.path()).unwrap();
    let options = Options {
        tls: Some(certificate.clone()),
        ..options(directory.path(), 4)
    };
    let control_plane = ControlPlane::start_with(directory, options).await;
    (control_plane, certificate)
}

fn client(trusted: &[&Certificate]) -> reqwest::Client {
    let certificates = trusted.iter().map(|certificate| {
        let pem = fs::read(certificate.file()).unwrap();
        reqwest::Certificate::from_pem(&pem).unwrap()
    });
    reqwest::Client::builder()
        .no_proxy()
        .tls_certs_only(certificates)
        .build()
        .unwrap()
}

#[tokio::test]
async fn tls_and_plain_http_are_spoken_on_one_port() {
    let (control_plane, certificate) = start().await;
    let port = control_plane.address.port();
    for origin in ["https://127.0.0.1", "https://localhost", "http://127.0.0.1"] {
        let url = format!("{origin}:{port}/healthz");
        let answer = client(&[&certificate]).get(url).send().await.unwrap();
        assert_eq!(answer.text().await.unwrap(), "ok", "{origin}");
    }
}

#[tokio::test]
async fn who_does_not_trust_the_certificate_does_not_connect() {
    let (control_plane, _) = start().await;
    let other = TempDir::new().unwrap();
    let other = Certificate::of(other.path()).unwrap();
    let url = format!("https://127.0.0.1:{}/healthz", control_plane.address.port());
    let refused = client(&[&other]).get(&url).send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
}

#[tokio::test]
async fn without_a_certificate_tls_is_not_spoken() {
    let control_plane = ControlPlane::start().await;
    let directory = TempDir::new().unwrap();
    let certificate = Certificate::of(directory.path()).unwrap();
    let url = format!("https://127.0.0.1:{}/healthz", control_plane.address.port());
    let refused = client(&[&certificate]).get(&url).send().await.unwrap_err();
    assert!(refused.is_connect(), "{refused:?}");
}

#[test]
fn a_certificate_stays_and_its_key_is_its_owners() {
    let directory = TempDir::new().unwrap();
    let first = Certificate::of(directory.path()).unwrap();
    let bytes = fs::read(first.file()).unwrap();
    let again = Certificate::of(directory.path()).unwrap();
    assert_eq!(fs::read(again.file()).unwrap(), bytes);
    let key = directory.path().join("tls/key.pem");
    let mode = fs::metadata(key).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn what_is_no_certificate_and_what_has_no_place_are_refused() {
    let directory = TempDir::new().unwrap();
    let file = Certificate::of(directory.path()).unwrap().file().to_owned();
    fs::write(&file, "nonsense").unwrap();
    let refused = Certificate::of(directory.path()).err().unwrap();
    assert!(
        matches!(refused, certificate::Error::Read { .. }),
        "{refused}"
    );
    let refused = Certificate::of(&file).err().unwrap();
    assert!(
        matches!(refused, certificate::Error::Write { .. }),
        "{refused}"
    );
}
