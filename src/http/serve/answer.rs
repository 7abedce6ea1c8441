//! Has the middleware and the router answer what comes on a connection.

use std::{
    convert::Infallible,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{body::Body, extract::ConnectInfo};
use bytes::Bytes;
use http::{HeaderValue, Request, Response, header::CONNECTION};
use http_body::{Frame, SizeHint};
use hyper::body::Incoming;

use super::{
    activity::{Activity, InFlight},
    connection::Served,
    edge::Edge,
    front,
};

/// What answers on one connection.
#[derive(Clone)]
pub(super) struct Answerer {
    pub(super) served: Arc<Served>,
    pub(super) edge: Arc<Edge>,
    pub(super) activity: Arc<Activity>,
    pub(super) peer: SocketAddr,
}

impl Answerer {
    /// The answer, which is in flight until its body is written or given up.
    pub(super) async fn answer(
        self,
        request: Request<Incoming>,
        in_flight: InFlight,
    ) -> Result<Response<Counted>, Infallible> {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(self.peer));
        if front::is_stand_in(&request)
            && let Some(refusal) = self.activity.refusal()
        {
            request.extensions_mut().insert(refusal);
        }
        // That of now: this request is answered by it whatever replaces it.
        let service = self.served.site().service.clone();
        let mut response = service.run(Box::new(request)).await;
        // HTTP/2 has frames for it, and hyper leaves the header out there.
        if self.served.drain.draining().is_on() {
            let close = HeaderValue::from_static("close");
            response.headers_mut().insert(CONNECTION, close);
        }
        Ok(response.map(|body| Counted {
            body,
            _in_flight: in_flight,
        }))
    }
}

/// The body of an answer, which counts as in flight for as long as it is there.
pub(super) struct Counted {
    body: Body,
    _in_flight: InFlight,
}

impl http_body::Body for Counted {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
