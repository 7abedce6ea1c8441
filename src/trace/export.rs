//! Sends spans to a collector, by OTLP over HTTP with protobuf.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use bytes::Bytes;
use http::{
    HeaderMap, HeaderValue, StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use opentelemetry_proto::tonic::resource::v1::Resource;
use secrecy::ExposeSecret;
use tokio::{
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;
use url::Url;

use super::{otlp, span::Finished};
use crate::{causes::causes, config, metrics::Metrics};

/// How many spans are sent at once, and how long the first of them waits for more.
const BATCH: usize = 512;
const DELAY: Duration = Duration::from_secs(1);

/// How often a batch is sent that the collector may take later, and after what
/// time; each is twice as long as the one before. Meanwhile the queue fills up.
const TRIES: u32 = 4;
const FIRST_PAUSE: Duration = Duration::from_millis(500);
const LONGEST_PAUSE: Duration = Duration::from_secs(10);

/// How long the last spans may take when the server stops.
const FLUSH: Duration = Duration::from_secs(5);

/// The task that sends spans.
pub struct Exporter {
    client: reqwest::Client,
    endpoint: Url,
    headers: HeaderMap,
    resource: Resource,
    spans: mpsc::Receiver<Finished>,
    metrics: Metrics,
    is_failing: bool,
}

/// Why the exporter could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// The file of certificates cannot be read.
    #[error("telemetry.traces.ca_file: {} cannot be read", path.display())]
    CaFile {
        /// The configured file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// TLS cannot be set up, usually for a certificate that is none.
    #[error("the HTTP client of the collector of traces cannot be set up")]
    Http(#[from] reqwest::Error),
}

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
enum Error {
    /// No answer came; the URL is left out.
    #[error("the collector could not be reached")]
    Unreachable(#[source] reqwest::Error),
    /// The collector does not want it, or not now.
    #[error("the collector answered {status}")]
    Refused {
        status: StatusCode,
        retry_after: Option<Duration>,
    },
}

impl Error {
    /// After what time it may be taken, if ever.
    fn retry_in(&self, pause: Duration) -> Option<Duration> {
        match self {
            Self::Unreachable(_) => Some(pause),
            Self::Refused {
                status:
                    StatusCode::TOO_MANY_REQUESTS
                    | StatusCode::BAD_GATEWAY
                    | StatusCode::SERVICE_UNAVAILABLE
                    | StatusCode::GATEWAY_TIMEOUT,
                retry_after,
            } => Some(retry_after.unwrap_or(pause).min(LONGEST_PAUSE)),
            Self::Refused { .. } => None,
        }
    }
}

impl Exporter {
    pub(super) fn new(
        collector: &config::Collector,
        spans: mpsc::Receiver<Finished>,
        metrics: Metrics,
    ) -> Result<Self, SetupError> {
        // A redirect or a proxy from the environment would carry the headers,
        // which may hold a key, to a host that nobody configured.
        let mut client = reqwest::Client::builder()
            .user_agent(concat!("flyte-webhook/", env!("CARGO_PKG_VERSION")))
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .referer(false)
            .timeout(collector.timeout);
        if let Some(path) = &collector.ca_file {
            client = client.tls_certs_merge(certificates(path)?);
        }
        let protobuf = HeaderValue::from_static("application/x-protobuf");
        let mut headers = HeaderMap::from_iter([(CONTENT_TYPE, protobuf)]);
        for (name, secret) in &collector.headers {
            let value = HeaderValue::try_from(secret.expose_secret());
            let mut value = value.expect("the configuration takes values of headers only");
            value.set_sensitive(true);
            headers.insert(name.clone(), value);
        }
        Ok(Self {
            client: client.build()?,
            endpoint: collector.endpoint.clone(),
            headers,
            resource: otlp::resource(&collector.resource),
            spans,
            metrics,
            is_failing: false,
        })
    }

    /// Sends spans until `stop`, then what is left as far as there is time.
    pub async fn run(self, stop: CancellationToken) {
        let over = async {
            stop.cancelled().await;
            sleep(FLUSH).await;
        };
        tokio::select! {
            () = self.work(&stop) => {}
            () = over => tracing::warn!("Stopped before the last spans were sent"),
        }
    }

    async fn work(mut self, stop: &CancellationToken) {
        let mut batch = Vec::with_capacity(BATCH);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return self.flush(&mut batch, stop).await,
                more = self.collect(&mut batch) => if !more {
                    return;
                },
            }
            self.send(&mut batch, stop).await;
        }
    }

    /// Waits for spans, and then a while for more; whether there will be any.
    async fn collect(&mut self, batch: &mut Vec<Finished>) -> bool {
        if batch.is_empty() && self.spans.recv_many(batch, BATCH).await == 0 {
            return false;
        }
        let fill = async {
            while batch.len() < BATCH {
                let room = BATCH - batch.len();
                if self.spans.recv_many(batch, room).await == 0 {
                    return;
                }
            }
        };
        // Over: what there is goes.
        let _ = timeout(DELAY, fill).await;
        true
    }

    async fn flush(&mut self, batch: &mut Vec<Finished>, stop: &CancellationToken) {
        loop {
            while batch.len() < BATCH
                && let Ok(span) = self.spans.try_recv()
            {
                batch.push(span);
            }
            if batch.is_empty() {
                return;
            }
            self.send(batch, stop).await;
        }
    }

    /// Sends a batch, again where it may be taken later. When the server stops there
    /// is one more try.
    async fn send(&mut self, batch: &mut Vec<Finished>, stop: &CancellationToken) {
        let count = batch.len() as u64;
        let body = Bytes::from(otlp::encode(&self.resource, batch));
        let mut pause = FIRST_PAUSE;
        for tried in 1.. {
            let error = match self.post(body.clone()).await {
                Ok(()) => return self.sent(count),
                Err(error) => error,
            };
            let may_retry = tried < TRIES && !stop.is_cancelled();
            match error.retry_in(pause).filter(|_| may_retry) {
                Some(pause) => tokio::select! {
                    () = sleep(pause) => {}
                    () = stop.cancelled() => {}
                },
                None => return self.failed(count, &error),
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    async fn post(&self, body: Bytes) -> Result<(), Error> {
        let request = self
            .client
            .post(self.endpoint.clone())
            .headers(self.headers.clone())
            .body(body);
        let answer = request.send().await;
        let answer = answer.map_err(|error| Error::Unreachable(error.without_url()))?;
        let status = answer.status();
        if status.is_success() {
            return Ok(());
        }
        let seconds = answer.headers().get(RETRY_AFTER);
        let seconds = seconds.and_then(|value| value.to_str().ok()?.parse().ok());
        Err(Error::Refused {
            status,
            retry_after: seconds.map(Duration::from_secs),
        })
    }

    fn sent(&mut self, count: u64) {
        self.metrics.spans("exported", count);
        if std::mem::take(&mut self.is_failing) {
            tracing::info!("Spans are sent again");
        }
    }

    /// Told once, not for every batch.
    fn failed(&mut self, count: u64, error: &Error) {
        self.metrics.spans("failed", count);
        if !std::mem::replace(&mut self.is_failing, true) {
            let causes = causes(error);
            tracing::warn!(
                error.message = causes,
                "Spans cannot be sent to the collector of traces: {causes}"
            );
        }
    }
}

fn certificates(path: &Path) -> Result<Vec<reqwest::Certificate>, SetupError> {
    let unreadable = |source| SetupError::CaFile {
        path: path.to_owned(),
        source,
    };
    let pem = std::fs::read(path).map_err(unreadable)?;
    Ok(reqwest::Certificate::from_pem_bundle(&pem)?)
}
