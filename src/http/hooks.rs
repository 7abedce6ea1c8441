//! The routes of hooks. Deliveries prove by their signature alone where they are
//! from, so that these paths need no credentials; all else about them is as it is
//! about any request.

mod rates;
mod receive;

use std::sync::Arc;

use axum::{Router, routing::post};
use flyte_webhook_core::hook::headers::Headers;
use http::HeaderMap;

pub use self::rates::HookRates;
use super::{
    Api, ApiState, Problem,
    layer::{measure::named, request_id::RequestId},
};

/// What deliveries are counted under, those to a hook's own path, too.
const TEMPLATE: &str = "/webhook/{hook}";

/// The methods of a hook's path.
const ALLOW: &str = "POST";

/// The paths of all hooks.
pub(super) fn routes(api: &Api) -> Router<ApiState> {
    let hooks = api.hooks.all().iter();
    let paths = hooks.flat_map(|hook| hook.paths().map(|path| (Arc::clone(hook), path)));
    paths.fold(Router::new(), |router, (hook, path)| {
        let receive = async move |state, RequestId(id), request| {
            receive::receive(state, &hook, id, request).await
        };
        let refuse = async || Problem::Method(ALLOW);
        router.route(&path, named(TEMPLATE, post(receive).fallback(refuse)))
    })
}

/// The headers of a delivery.
fn headers(headers: &HeaderMap) -> Headers {
    let pairs = headers.iter();
    pairs
        .map(|(name, value)| (name.as_str(), value.as_bytes()))
        .collect()
}
