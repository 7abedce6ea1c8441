//! What a caller says about the call.

use flyte_webhook_core::{app_url::CallPath, json::Object, python};
use http::Method;
use utoipa::ToSchema;

use crate::{
    app_client::AppCall,
    http::{
        Problem, Violation,
        endpoints::run::ScopeQuery,
        extract::{Content, FromBody, FromQuery, QueryReader, object_member},
        layer::loop_guard::Hops,
    },
};

/// Which app, which path, which method.
pub struct CallQuery {
    pub(super) scope: ScopeQuery,
    /// The path as it was written.
    pub(super) written: String,
    pub(super) path: CallPath,
    method: Method,
}

impl FromQuery for CallQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            path: query.required("path", CallPath::parse).unwrap_or_default(),
            written: query.text("path").unwrap_or_default(),
            method: query.parsed("method", method).unwrap_or_default(),
            scope: ScopeQuery::from_query(query),
        }
    }
}

impl CallQuery {
    /// The method, if it is one of the configured.
    pub(super) fn method(&self, allowed: &[Method]) -> Result<Method, Problem> {
        if allowed.contains(&self.method) {
            return Ok(self.method.clone());
        }
        let words: Vec<&str> = allowed.iter().map(Method::as_str).collect();
        let violation = Violation::query_not_among("method", self.method.as_str(), &words);
        Err(Problem::Invalid(vec![violation]))
    }
}

fn method(text: &str) -> Result<Method, &'static str> {
    Method::from_bytes(text.to_ascii_uppercase().as_bytes())
        .map_err(|_no_token| "is no HTTP method; write one such as GET")
}

/// What goes along with the call.
#[derive(ToSchema)]
pub struct CallBody {
    /// The JSON body for POST, PUT and PATCH; not sent where it is empty.
    #[schema(value_type = Option<Object>, example = json!({"name": "Ada"}))]
    payload: Option<Object>,
    /// Added to the query, each value as Python prints it.
    #[schema(value_type = Option<Object>, example = json!({"page": 2}))]
    query_params: Option<Object>,
}

impl FromBody for CallBody {
    fn from_body(body: Content, violations: &mut Vec<Violation>) -> Self {
        let mut members = body.members(&["payload", "query_params"], violations);
        Self {
            payload: object_member(&mut members, "payload", violations),
            query_params: object_member(&mut members, "query_params", violations),
        }
    }
}

impl CallBody {
    /// The call to make.
    pub(super) fn call(self, path: CallPath, method: Method, hops: &Hops) -> AppCall {
        let takes_body = matches!(method, Method::POST | Method::PUT | Method::PATCH);
        let payload = self.payload.filter(|it| takes_body && !it.is_empty());
        AppCall {
            path,
            method,
            query: python::urlencode(&self.query_params.unwrap_or_default()),
            body: payload.as_ref().map(python::json),
            hops: hops.header(),
        }
    }
}
