//! A proxy in front of a control plane, and of an app of it, that writes down every call.

use std::{fs::File, io::Write, sync::Arc};

use base64::{Engine, prelude::BASE64_STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response, Uri, header};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};

use crate::{canned::replaced, serve};

/// What the paths of a control plane begin with.
const SERVICES: &str = "/flyteidl2.";

/// A call and its answer.
#[derive(Serialize, Deserialize)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    request: String,
    response: String,
}

impl Call {
    pub(crate) fn request(&self) -> anyhow::Result<Vec<u8>> {
        Ok(BASE64_STANDARD.decode(&self.request)?)
    }

    pub(crate) fn response(&self) -> anyhow::Result<Vec<u8>> {
        Ok(BASE64_STANDARD.decode(&self.response)?)
    }
}

struct Proxy {
    client: Client<HttpConnector, Full<Bytes>>,
    address: String,
    upstream: String,
    app: String,
    calls: UnboundedSender<Call>,
}

pub(crate) async fn run(
    address: &str,
    upstream: &str,
    app: &str,
    file: &str,
    tls: &str,
) -> anyhow::Result<()> {
    let mut file = File::create(file)?;
    let (calls, mut written) = unbounded_channel::<Call>();
    tokio::spawn(async move {
        while let Some(call) = written.recv().await {
            let line = serde_json::to_string(&call).unwrap_or_default();
            let _ = writeln!(file, "{line}").and_then(|()| file.flush());
        }
    });
    let proxy = Arc::new(Proxy {
        client: Client::builder(TokioExecutor::new()).build_http(),
        address: address.to_owned(),
        upstream: upstream.to_owned(),
        app: app.to_owned(),
        calls,
    });
    serve::forever(address, tls, move |request| {
        let proxy = proxy.clone();
        async move {
            let failed = Response::builder().status(502);
            let answered = proxy.pass(request).await;
            answered.unwrap_or_else(|_| failed.body(Full::default()).unwrap_or_default())
        }
    })
    .await
}

impl Proxy {
    async fn pass(&self, request: Request<Bytes>) -> anyhow::Result<Response<Full<Bytes>>> {
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let target = parts.uri.path_and_query().map_or("/", |it| it.as_str());
        let is_control_plane = path.starts_with(SERVICES);
        let asked = if is_control_plane {
            &self.upstream
        } else {
            &self.app
        };
        parts.uri = format!("http://{asked}{target}").parse::<Uri>()?;
        parts.version = hyper::Version::HTTP_11;
        parts.headers.remove(header::HOST);
        let asked = Request::from_parts(parts, Full::new(body.clone()));
        let (mut head, answer) = self.client.request(asked).await?.into_parts();
        let answer = answer.collect().await?.to_bytes();
        // The next calls come here, too.
        let upstreams = [&self.upstream, &self.app].into_iter();
        let answer = upstreams.fold(answer.to_vec(), |answer, upstream| {
            replaced(&answer, upstream.as_bytes(), self.address.as_bytes())
        });
        head.headers.remove(header::TRANSFER_ENCODING);
        let text = |value: &header::HeaderValue| value.to_str().unwrap_or_default().to_owned();
        self.calls.send(Call {
            path,
            status: head.status.as_u16(),
            headers: (head.headers.iter())
                .map(|(name, value)| (name.as_str().to_owned(), text(value)))
                .filter(|(name, _)| name != "content-length" && name != "date")
                .collect(),
            request: BASE64_STANDARD.encode(&body),
            response: BASE64_STANDARD.encode(&answer),
        })?;
        Ok(Response::from_parts(head, Full::new(answer.into())))
    }
}
