//! Keeps other sites from acting with a browser's cookie.
//!
//! A browser adds its cookies to whatever a page sends; a bearer token is only
//! ever put there on purpose. So what changes something by a cookie alone has
//! to come from a page of this server, or from no browser at all.

use std::sync::Arc;

use http::{
    HeaderMap, HeaderName, HeaderValue,
    header::{HOST, ORIGIN},
};
use url::Url;

use super::chain::Request;
use crate::{config::Cors, control_plane::Caller, http::Problem};

/// Whether a page of the same origin sent the request. Browsers do not send it
/// over plain HTTP.
const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Answers 403 to what another site sent with a cookie alone.
pub fn cross_site(
    (public_url, cors): &(Option<Arc<Url>>, Arc<Cors>),
    request: &mut Request,
) -> Result<(), Problem> {
    let by_cookie = request
        .extensions()
        .get::<Caller>()
        .is_some_and(Caller::has_only_a_cookie);
    let refused = by_cookie
        && !request.method().is_safe()
        && !is_trusted(request.headers(), cors)
        && is_foreign(request.headers(), public_url.as_deref());
    if refused {
        return Err(Problem::CrossSite);
    }
    Ok(())
}

/// Answers 403 to what another site's page sent to an administrator's route: a
/// browser adds the password of Basic by itself, too.
pub fn admin_cross_site(
    public_url: &Option<Arc<Url>>,
    request: &mut Request,
) -> Result<(), Problem> {
    let foreign = is_foreign(request.headers(), public_url.as_deref());
    if foreign && !request.method().is_safe() {
        return Err(Problem::AdminCrossSite);
    }
    Ok(())
}

/// Whether a page of this origin was allowed to act by a cookie.
fn is_trusted(headers: &HeaderMap, cors: &Cors) -> bool {
    let origin = headers.get(ORIGIN);
    origin.is_some_and(|origin| cors.trusts(origin))
}

/// Whether a browser says that another origin sent this, in either header.
fn is_foreign(headers: &HeaderMap, public_url: Option<&Url>) -> bool {
    let site = headers.get(SEC_FETCH_SITE);
    let origin = headers.get(ORIGIN);
    site.is_some_and(|site| site != "same-origin" && site != "none")
        || origin.is_some_and(|origin| !is_own(origin, headers.get(HOST), public_url))
}

/// Whether an origin is the configured one or the one that was asked. A proxy
/// may have taken TLS off, so the asked one's scheme is only known where it is
/// configured.
fn is_own(origin: &HeaderValue, host: Option<&HeaderValue>, public_url: Option<&Url>) -> bool {
    let Some(origin) = origin.to_str().ok().and_then(|text| Url::parse(text).ok()) else {
        return false;
    };
    if let Some(public_url) = public_url.filter(|url| url.host() == origin.host()) {
        return public_url.origin() == origin.origin();
    }
    let asked = host.and_then(|host| {
        let host = host.to_str().ok()?;
        Url::parse(&format!("{}://{host}", origin.scheme())).ok()
    });
    asked.is_some_and(|own| own.origin().is_tuple() && own.origin() == origin.origin())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_browser_that_names_another_origin_is_foreign() {
        let public: Url = "https://hooks.example.com/prefix".parse().unwrap();
        let cases = [
            (None, None, false),
            (None, Some("same-origin"), false),
            (None, Some("none"), false),
            (None, Some("same-site"), true),
            (None, Some("cross-site"), true),
            (None, Some(""), true),
            (Some("http://10.0.0.1:8080"), Some("same-origin"), false),
            (Some("https://10.0.0.1:8080"), None, false),
            (Some("https://hooks.example.com"), Some("same-site"), true),
            (
                Some("https://hooks.example.com"),
                Some("same-origin"),
                false,
            ),
            (Some("http://10.0.0.1:8080"), Some("cross-site"), true),
            (Some("http://hooks.example.com"), None, true),
            (Some("http://10.0.0.1:8081"), None, true),
            (Some("http://10.0.0.1.evil.com:8080"), None, true),
            (Some("https://evil.com"), Some("same-origin"), true),
            (Some("null"), None, true),
            (Some("file:///"), None, true),
            (Some(""), None, true),
        ];
        for (origin, site, expected) in cases {
            let mut headers = HeaderMap::new();
            headers.insert(HOST, HeaderValue::from_static("10.0.0.1:8080"));
            for (name, value) in [(ORIGIN, origin), (SEC_FETCH_SITE, site)] {
                if let Some(value) = value {
                    headers.insert(name, HeaderValue::from_static(value));
                }
            }
            assert_eq!(
                is_foreign(&headers, Some(&public)),
                expected,
                "{origin:?} {site:?}"
            );
        }
    }
}
