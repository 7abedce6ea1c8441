//! The middleware as one service.
//!
//! axum's own `from_fn` clones all that is below a layer for each request; here the
//! layers share it, so that a request costs each layer the same wherever it stands.

use std::{
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use futures::{
    FutureExt,
    future::{self, BoxFuture},
};
use tower::{Layer, Service, util::ServiceExt};

use crate::http::Problem;

/// A request on its way through the layers: in a box, since it is large, and each of
/// them moves it a few times.
pub type Request = Box<Unboxed>;

type Unboxed = axum::extract::Request;

/// Layers, outermost first.
#[derive(Clone, Default)]
pub struct Chain(Vec<Arc<dyn Fn(Next) -> Next + Send + Sync>>);

/// What is below a layer, the router at last.
#[derive(Clone)]
pub struct Next(Arc<dyn Below>);

impl Chain {
    /// Adds a function as the innermost layer, with what it needs for each request.
    #[must_use]
    pub fn with<S, F, A>(mut self, state: S, layer: F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(State<S>, Request, Next) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        self.0.push(Arc::new(move |next| {
            let (state, layer) = (state.clone(), layer.clone());
            Next(Arc::new(Link { state, layer, next }))
        }));
        self
    }

    /// Adds a function that needs nothing else.
    #[must_use]
    pub fn then<F, A>(self, layer: F) -> Self
    where
        F: Fn(Request, Next) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        self.with((), move |State(()), request, next| layer(request, next))
    }

    /// Adds a function that lets a request on, as it came or changed, or says why not. It
    /// costs a request no future of its own.
    #[must_use]
    pub fn check<S, F>(mut self, state: S, judge: F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(&S, &mut Request) -> Result<(), Problem> + Clone + Send + Sync + 'static,
    {
        self.0.push(Arc::new(move |next| {
            let (state, judge) = (state.clone(), judge.clone());
            Next(Arc::new(Check { state, judge, next }))
        }));
        self
    }

    /// Adds the function where there is something that it needs.
    #[must_use]
    pub fn with_any<S, F, A>(self, state: Option<S>, layer: F) -> Self
    where
        S: Clone + Send + Sync + 'static,
        F: Fn(State<S>, Request, Next) -> A + Clone + Send + Sync + 'static,
        A: Future<Output = Response> + Send + 'static,
    {
        match state {
            Some(state) => self.with(state, layer),
            None => self,
        }
    }

    /// Adds a layer of tower's as the innermost, where there is one.
    #[must_use]
    pub fn tower_any<L>(mut self, layer: Option<L>) -> Self
    where
        L: Layer<Next> + Send + Sync + 'static,
        L::Service: Service<Unboxed, Error = Infallible> + Clone + Send + Sync + 'static,
        <L::Service as Service<Unboxed>>::Response: IntoResponse,
        <L::Service as Service<Unboxed>>::Future: Send,
    {
        if let Some(layer) = layer {
            self.0
                .push(Arc::new(move |next| Next::new(layer.layer(next))));
        }
        self
    }
}

impl<S> Layer<S> for Chain
where
    S: Service<Unboxed, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    type Service = Next;

    fn layer(&self, inner: S) -> Next {
        let layers = self.0.iter().rev();
        layers.fold(Next::new(inner), |next, add| add(next))
    }
}

impl Next {
    /// The service at the bottom.
    pub fn new<S>(service: S) -> Self
    where
        S: Service<Unboxed, Error = Infallible> + Clone + Send + Sync + 'static,
        S::Response: IntoResponse,
        S::Future: Send,
    {
        Self(Arc::new(Bottom(service)))
    }

    /// Has the request answered.
    pub fn run(self, request: Request) -> BoxFuture<'static, Response> {
        self.0.answer(request)
    }
}

impl Service<Unboxed> for Next {
    type Response = Response;
    type Error = Infallible;
    type Future =
        future::Map<BoxFuture<'static, Response>, fn(Response) -> Result<Response, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Unboxed) -> Self::Future {
        self.0.answer(Box::new(request)).map(Ok)
    }
}

/// A layer with what is below it, or the service at the bottom.
trait Below: Send + Sync {
    fn answer(&self, request: Request) -> BoxFuture<'static, Response>;
}

struct Link<S, F> {
    state: S,
    layer: F,
    next: Next,
}

impl<S, F, A> Below for Link<S, F>
where
    S: Clone + Send + Sync,
    F: Fn(State<S>, Request, Next) -> A + Send + Sync,
    A: Future<Output = Response> + Send + 'static,
{
    fn answer(&self, request: Request) -> BoxFuture<'static, Response> {
        let state = State(self.state.clone());
        Box::pin((self.layer)(state, request, self.next.clone()))
    }
}

struct Check<S, F> {
    state: S,
    judge: F,
    next: Next,
}

impl<S, F> Below for Check<S, F>
where
    S: Send + Sync,
    F: Fn(&S, &mut Request) -> Result<(), Problem> + Send + Sync,
{
    fn answer(&self, mut request: Request) -> BoxFuture<'static, Response> {
        match (self.judge)(&self.state, &mut request) {
            Ok(()) => self.next.0.answer(request),
            Err(problem) => Box::pin(future::ready(problem.into_response())),
        }
    }
}

struct Bottom<S>(S);

impl<S> Below for Bottom<S>
where
    S: Service<Unboxed, Error = Infallible> + Clone + Send + Sync + 'static,
    S::Response: IntoResponse,
    S::Future: Send,
{
    fn answer(&self, request: Request) -> BoxFuture<'static, Response> {
        let answering = self.0.clone().oneshot(*request);
        Box::pin(async {
            match answering.await {
                Ok(response) => response.into_response(),
            }
        })
    }
}
