//! `POST /app/{name}/call`

mod answer;
mod request;

use axum::extract::State;

use self::{
    answer::PassedOn,
    request::{CallBody, CallQuery},
};
use super::{super::run::ScopeQuery, look_up, permitted};
use crate::{
    control_plane::Caller,
    http::{
        ApiState, AppProblem, Problem,
        extract::{AppPath, QueryAndBody},
        layer::loop_guard::Hops,
    },
};

/// Calls another app and passes on what it answers.
///
/// JSON is passed on as it is, anything else as `{"response": text}`, both with
/// status 200; an app's error with the app's own status. Redirects are reported,
/// not followed. The caller's credentials are not sent, unless
/// `call_app.apps` says so for this app.
#[utoipa::path(
    post,
    path = "/app/{name}/call",
    params(
        ("name" = String, Path, description = "The app's name", example = "demo-echo"),
        ("path" = String, Query, description = "The path below the app's endpoint, without dot segments", max_length = 2048, example = "/hello"),
        ("method" = Option<String>, Query, description = "The HTTP method, one of `call_app.methods`; absent: GET", example = "POST"),
        ScopeQuery,
    ),
    request_body(content = CallBody, description = "What goes along with the call"),
    responses((
        status = 200,
        body = serde_json::Value,
        description = "The app's JSON, or its text as `response`",
    ))
)]
pub async fn call_app(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    AppPath(name): AppPath,
    hops: Hops,
    QueryAndBody(query, body): QueryAndBody<CallQuery, CallBody>,
) -> Result<PassedOn, Problem> {
    let method = query.method(api.app_client.methods())?;
    let permit = permitted(&api, query.scope, name, "call")?;
    let app = look_up(&api, &caller, &permit).await?;
    let call = body.call(query.path, method, &hops);
    let answer = api.app_client.call(&caller, &api.own, &app, call).await;
    let answer = answer.map_err(|source| AppProblem::Call {
        name: app.id().name.to_string(),
        path: query.written,
        source,
    })?;
    Ok(PassedOn::new(answer)?)
}
