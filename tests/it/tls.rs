//! TLS at the ports.

use std::{fs, net::SocketAddr, path::Path, sync::Arc, time::Duration};

use flyte_webhook::embedded::Certificate;
use reqwest::Client;
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{
    TlsConnector,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::aws_lc_rs,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

use crate::{
    admin::{HASH, KEY},
    harness::{Answer, TestApp},
    program,
};

const NOWHERE: &str = "http://127.0.0.1:9";

/// A certificate of its own in a folder of its own.
pub(crate) struct Made(TempDir);

impl Made {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Certificate::of(folder.path()).unwrap();
        Self(folder)
    }

    pub(crate) fn file(&self, name: &str) -> String {
        let path = self.0.path().join("tls").join(name);
        path.to_str().unwrap().to_owned()
    }

    /// The section of the configuration.
    pub(crate) fn section(&self) -> String {
        let (cert, key) = (self.file("ca.pem"), self.file("key.pem"));
        format!("tls: {{cert_file: {cert}, key_file: {key}}}")
    }

    /// A client that believes this certificate and no other.
    pub(crate) fn client(&self) -> Client {
        let pem = fs::read(self.file("ca.pem")).unwrap();
        let certificate = reqwest::Certificate::from_pem(&pem).unwrap();
        let builder = Client::builder().no_proxy();
        builder.tls_certs_only([certificate]).build().unwrap()
    }

    /// What is agreed on with a client that speaks all of these.
    pub(crate) async fn agreed(&self, address: SocketAddr, protocols: &[&str]) -> Option<Vec<u8>> {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(self.file("ca.pem")).unwrap();
        roots.add(certificate).unwrap();
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let words = protocols.iter().map(|it| it.as_bytes().to_vec());
        config.alpn_protocols = words.collect();
        let stream = TcpStream::connect(address).await.unwrap();
        let name = ServerName::try_from("localhost").unwrap();
        let connected = TlsConnector::from(Arc::new(config))
            .connect(name, stream)
            .await;
        let connected = connected.unwrap();
        connected.get_ref().1.alpn_protocol().map(<[u8]>::to_vec)
    }
}

async fn health(client: &Client, app: &TestApp) -> Answer {
    let url = format!("https://localhost:{}/health", app.address.port());
    Answer::of(client.get(url)).await
}

#[tokio::test]
async fn a_port_with_a_certificate_speaks_tls_and_tells_browsers_to_keep_to_it() {
    let made = Made::new();
    let app = TestApp::against(NOWHERE, &format!("server: {{{}}}\n", made.section())).await;
    let answer = health(&made.client(), &app).await;
    assert_eq!(answer.status, 200);
    let strict = answer.header("strict-transport-security");
    assert_eq!(strict, "max-age=31536000");
    let plain = TestApp::against(NOWHERE, "{}\n").await;
    let answer = Answer::of(plain.client.get(plain.url("/health"))).await;
    assert_eq!(answer.header("strict-transport-security"), "");
}

#[tokio::test]
async fn http_2_is_agreed_on_only_where_it_is_configured() {
    let made = Made::new();
    let both = ["h2", "http/1.1"];
    for (h2c, expected) in [(false, b"http/1.1".as_slice()), (true, b"h2")] {
        let yaml = format!("server: {{h2c: {h2c}, {}}}\n", made.section());
        let app = TestApp::against(NOWHERE, &yaml).await;
        let agreed = made.agreed(app.address, &both).await;
        assert_eq!(agreed.as_deref(), Some(expected));
        assert_eq!(made.agreed(app.address, &[]).await, None);
    }
}

#[tokio::test]
async fn who_speaks_no_tls_or_nothing_is_let_go_without_an_answer() {
    let made = Made::new();
    let yaml = format!("server: {{head_timeout: 300ms, {}}}\n", made.section());
    let app = TestApp::against(NOWHERE, &yaml).await;
    for said in [
        b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n".as_slice(),
        b"",
        // The beginning of a handshake.
        b"\x16\x03\x01\x02\x00\x01",
    ] {
        let mut stream = TcpStream::connect(app.address).await.unwrap();
        stream.write_all(said).await.unwrap();
        let mut answer = Vec::new();
        let read = stream.read_to_end(&mut answer);
        let read = timeout(Duration::from_secs(10), read).await;
        assert!(read.is_ok(), "{said:?} is not let go");
        assert!(!answer.starts_with(b"HTTP"), "{answer:?}");
    }
    assert_eq!(health(&made.client(), &app).await.status, 200);
}

#[tokio::test]
async fn another_certificate_is_shown_from_then_on_and_open_connections_stay() {
    let (first, second) = (Made::new(), Made::new());
    let app = TestApp::with(&format!("server: {{{}}}\n", first.section())).await;
    let kept = first.client();
    assert_eq!(health(&kept, &app).await.status, 200);
    app.reconfigure(&format!("server: {{{}}}\n", second.section()))
        .await;
    assert_eq!(
        health(&kept, &app).await.status,
        200,
        "on the open connection"
    );
    assert_eq!(health(&second.client(), &app).await.status, 200);
    let url = format!("https://localhost:{}/health", app.address.port());
    assert!(
        first.client().get(url).send().await.is_err(),
        "a new connection"
    );
}

#[tokio::test]
async fn the_administrators_port_has_a_certificate_of_its_own() {
    let made = Made::new();
    let yaml = format!(
        "admin: {{host: 127.0.0.1, port: 0, tokens: [{{id: a, hash: {HASH}}}], {}}}\n",
        made.section()
    );
    let app = TestApp::against(NOWHERE, &yaml).await;
    let url = format!(
        "https://localhost:{}/api/nothing",
        app.admin.unwrap().port()
    );
    let answer = Answer::of(made.client().get(url).bearer_auth(KEY)).await;
    assert_eq!(answer.status, 404, "{}", answer.text);
    assert_eq!(
        answer.header("strict-transport-security"),
        "max-age=31536000"
    );
    let main = Answer::of(app.client.get(app.url("/health"))).await;
    assert_eq!(main.status, 200);
}

#[tokio::test]
async fn a_certificate_that_cannot_be_used_ends_the_program_at_once() {
    let (one, other) = (Made::new(), Made::new());
    let (cert, key, foreign) = (
        one.file("ca.pem"),
        one.file("key.pem"),
        other.file("key.pem"),
    );
    for (section, cert, key, says) in [
        (
            "server",
            &cert,
            &foreign,
            "server.tls.key_file: is not the key of the certificate",
        ),
        (
            "admin",
            &cert,
            &foreign,
            "admin.tls.key_file: is not the key of the certificate",
        ),
        (
            "server",
            &key,
            &key,
            "server.tls.cert_file: names a file without a PEM certificate",
        ),
        (
            "server",
            &cert,
            &cert,
            "server.tls.key_file: names a file without a PEM key",
        ),
        (
            "server",
            &"nowhere".to_owned(),
            &key,
            "server.tls.cert_file: names a file that cannot",
        ),
        (
            "server",
            &cert,
            &"nowhere".to_owned(),
            "server.tls.key_file: names a file that cannot",
        ),
    ] {
        let yaml = format!("{section}: {{tls: {{cert_file: {cert}, key_file: {key}}}}}\n");
        let (code, said) = refused(&yaml).await;
        assert_eq!(code, Some(78), "{said}");
        assert!(
            said.contains("bad.yaml:1:") && said.contains(says),
            "{said}"
        );
    }
}

async fn refused(yaml: &str) -> (Option<i32>, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bad.yaml");
    fs::write(&file, yaml).unwrap();
    let mut command = program::command(NOWHERE);
    let output = command.arg("--config").arg(Path::new(&file)).output().await;
    let output = output.unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}
