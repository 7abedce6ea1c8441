//! The server as its users meet it: the whole stack on a port of its own, in
//! front of an embedded control plane on another.

use std::{future::Future, io::Write, net::SocketAddr, path::Path, sync::Arc};

use flyte_webhook::{
    app::{App, Lasting, Listeners, Replacer},
    config::{self, Config, Environment, Sources},
    egress::Lookup,
    embedded,
    metrics::Metrics,
};
use nix::sys::resource::{Resource, getrlimit, setrlimit};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::{Value, json};
use tempfile::{NamedTempFile, TempDir};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

/// A bearer token that the embedded control plane takes.
pub(crate) const TOKEN: &str = "Bearer test-token-0123456789";

/// A running server; stops when it is dropped.
pub(crate) struct TestApp {
    pub(crate) address: SocketAddr,
    /// The administrators' port, if the configuration has one.
    pub(crate) admin: Option<SocketAddr>,
    pub(crate) control_plane: Option<SocketAddr>,
    pub(crate) client: Client,
    lasting: Lasting,
    replacer: Replacer,
    _data: TempDir,
}

impl TestApp {
    /// A server with the default configuration.
    pub(crate) async fn start() -> Self {
        Self::with("{}\n").await
    }

    /// A server with this configuration, in front of an embedded control plane.
    pub(crate) async fn with(yaml: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let shutdown = CancellationToken::new();
        let control_plane = embedded(data.path(), shutdown.clone()).await;
        let address = control_plane.address();
        let config = config(&format!("http://{address}"), yaml);
        let listeners = listeners(free_port().await, &config).await;
        let mut app = Self::serve(listeners, &config, data, shutdown).await;
        app.control_plane = Some(address);
        app
    }

    /// The same with a way of the test's own to find the addresses of apps.
    pub(crate) async fn resolving_by(lookup: Arc<dyn Lookup>, yaml: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let shutdown = CancellationToken::new();
        let control_plane = embedded(data.path(), shutdown.clone()).await.address();
        let config = config(&format!("http://{control_plane}"), yaml);
        let lasting = Lasting::new(shutdown);
        let app = App::resolving_by(&config, &lasting, lookup).unwrap();
        let mut app = Self::run(app, lasting, free_port().await.into(), data);
        app.control_plane = Some(control_plane);
        app
    }

    /// A server in front of whatever listens at this endpoint.
    pub(crate) async fn against(endpoint: &str, yaml: &str) -> Self {
        Self::at(free_port().await, endpoint, yaml).await
    }

    /// The same at a listener of the test's own.
    pub(crate) async fn at(listener: TcpListener, endpoint: &str, yaml: &str) -> Self {
        let data = tempfile::tempdir().unwrap();
        let config = config(endpoint, yaml);
        let listeners = listeners(listener, &config).await;
        Self::serve(listeners, &config, data, CancellationToken::new()).await
    }

    async fn serve(
        listeners: Listeners,
        config: &Config,
        data: TempDir,
        shutdown: CancellationToken,
    ) -> Self {
        let (lasting, background) = Lasting::open(config, shutdown).await.unwrap();
        spawn(background.run(lasting.shutdown.clone()));
        let app = App::new(config, &lasting).unwrap();
        Self::run(app, lasting, listeners, data)
    }

    fn run(app: App, lasting: Lasting, listeners: Listeners, data: TempDir) -> Self {
        let address = listeners.main.local_addr().unwrap();
        let admin = listeners.admin.as_ref().map(|it| it.local_addr().unwrap());
        let (replacer, replacements) = Replacer::new();
        spawn(async move {
            let served = app.serve_until_replaced(listeners, replacements).await;
            served.unwrap();
        });
        Self {
            address,
            admin,
            control_plane: None,
            client: client(),
            lasting,
            replacer,
            _data: data,
        }
    }

    /// Serves by another configuration from now on, in front of the same embedded
    /// control plane.
    pub(crate) async fn reconfigure(&self, yaml: &str) {
        let control_plane = self.control_plane.expect("an embedded control plane");
        let config = config(&format!("http://{control_plane}"), yaml);
        let app = App::new(&config, &self.lasting).unwrap();
        self.replacer.replace(app).await;
    }

    /// The URL of a path.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A request without credentials.
    pub(crate) fn anonymous(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path))
    }

    /// A GET with credentials.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.anonymous(Method::GET, path);
        Answer::of(request.header("authorization", TOKEN)).await
    }

    /// A POST with credentials and a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        let request = self.anonymous(Method::POST, path).json(body);
        Answer::of(request.header("authorization", TOKEN)).await
    }

    /// Starts a run of a built-in task and gives its name.
    pub(crate) async fn start_run(&self, task: &str, inputs: &Value) -> String {
        let path = format!("/run-task/development/flytesnacks/{task}");
        let answer = self.post(&path, inputs).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
        answer.body["name"].as_str().unwrap().to_owned()
    }

    /// Asks until a run has ended; gives its last state.
    pub(crate) async fn ended(&self, run: &str) -> Value {
        for _ in 0..2_000 {
            let answer = self.get(&format!("/run/{run}")).await;
            assert_eq!(answer.status, 200, "{}", answer.body);
            if answer.body["done"] == true {
                return answer.body;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("run {run} did not end");
    }

    /// Puts fault rules into force at the control plane, in place of all others.
    pub(crate) async fn faults(&self, rules: &Value) {
        let url = self.dev("faults");
        let set = self.client.put(url).json(&json!({ "rules": rules }));
        let answer = Answer::of(set).await;
        assert_eq!(answer.status, 200, "{}", answer.body);
    }

    /// What the control plane has received.
    pub(crate) async fn received(&self) -> Value {
        Answer::of(self.client.get(self.dev("requests"))).await.body
    }

    /// Forgets what the control plane has received.
    pub(crate) async fn forget(&self) {
        let forgotten = self.client.delete(self.dev("requests")).send().await;
        assert!(forgotten.unwrap().status().is_success());
    }

    /// Asks the control plane itself, in Connect's JSON.
    pub(crate) async fn upstream(&self, method: &str, request: &Value) -> Value {
        let control_plane = self.control_plane.expect("an embedded control plane");
        let url = format!("http://{control_plane}/flyteidl2.{method}");
        let request = self.client.post(url).json(request);
        let answer = Answer::of(request.header("authorization", TOKEN)).await;
        assert_eq!(answer.status, 200, "{method}: {}", answer.text);
        answer.body
    }

    /// What it counts.
    pub(crate) fn metrics(&self) -> &Metrics {
        &self.lasting.metrics
    }

    /// Tells the server, and its control plane, to stop.
    pub(crate) fn stop(&self) {
        self.lasting.shutdown.cancel();
    }

    fn dev(&self, what: &str) -> String {
        let control_plane = self.control_plane.expect("an embedded control plane");
        format!("http://{control_plane}/_dev/{what}")
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.lasting.shutdown.cancel();
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    /// The body as JSON, null where it is none.
    pub(crate) body: Value,
}

impl Answer {
    /// Sends a request and reads its answer.
    pub(crate) async fn of(request: RequestBuilder) -> Self {
        Self::read(request.send().await.unwrap()).await
    }

    pub(crate) async fn read(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.unwrap();
        let body = serde_json::from_str(&text).unwrap_or_default();
        Self {
            status,
            headers,
            text,
            body,
        }
    }

    /// The value of a header, empty where it is absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

/// A configuration for an endpoint, with further keys.
pub(crate) fn config(endpoint: &str, yaml: &str) -> Config {
    let mut file = NamedTempFile::with_suffix(".yaml").unwrap();
    file.write_all(yaml.as_bytes()).unwrap();
    let sources = Sources {
        file: Some(file.path().to_owned()),
        defaults: vec![
            ("control_plane.endpoint", endpoint.to_owned()),
            ("control_plane.project", "flytesnacks".to_owned()),
            ("control_plane.domain", "development".to_owned()),
            ("server.drain_delay", "0s".to_owned()),
        ],
        environment: Environment::default(),
        ..Sources::default()
    };
    let loaded = config::load(&sources).unwrap_or_else(|problems| panic!("{problems}"));
    loaded.config
}

/// An embedded control plane.
pub(crate) async fn embedded(data: &Path, shutdown: CancellationToken) -> embedded::Handle {
    let options = embedded::Options {
        listen: SocketAddr::from(([127, 0, 0, 1], 0)),
        data_dir: data.join("control-plane"),
        concurrency: 4,
        tls: None,
        connector: None,
        faults: Vec::new(),
        now: jiff::Timestamp::now,
        host: embedded::HostEnvironment::default(),
    };
    embedded::start(options, shutdown).await.unwrap()
}

/// A port of the test's own, and one for administrators if the configuration has one.
async fn listeners(main: TcpListener, config: &Config) -> Listeners {
    let admin = match config.admin.listener() {
        Some(address) => Some(TcpListener::bind(address).await.unwrap()),
        None => None,
    };
    Listeners { main, admin }
}

async fn free_port() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.unwrap()
}

/// A client that does nothing on its own.
pub(crate) fn client() -> Client {
    Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
}

/// Raises the number of files that this process may have open to what the
/// system permits: a thousand connections have three thousand ends here.
pub(crate) fn allow_many_connections() {
    let files = Resource::RLIMIT_NOFILE;
    let (_, most) = getrlimit(files).unwrap();
    setrlimit(files, most, most).unwrap();
}

/// Sends bytes as they are and reads until the server closes.
pub(crate) async fn raw(app: &TestApp, request: &str) -> String {
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

/// Runs beside the test until the test's runtime ends.
#[expect(clippy::disallowed_methods, reason = "ends with the test's runtime")]
pub(crate) fn spawn<T: Send + 'static>(
    task: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    tokio::spawn(task)
}
