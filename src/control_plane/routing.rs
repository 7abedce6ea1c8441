//! Which cluster holds the data of a project or of a run, and its images.
//!
//! The control plane may name another endpoint for calls that move data. The
//! caller's credentials follow there, so the endpoint must pass [`permitted`]
//! and the egress guard, whatever the control plane says.

use std::time::Duration;

use connectrpc::client::ClientConfig;
use flyte_idl::flyteidl2::{
    cluster::{
        __buffa::oneof::select_cluster_request::Resource, ClusterServiceClient,
        SelectClusterRequest, select_cluster_request::Operation,
    },
    dataproxy::DataProxyServiceClient,
    imagebuilder::ImageServiceClient,
};
use flyte_webhook_core::url_guard::UrlGuard;
use http::{Uri, uri::Authority};
use moka::future::Cache;
use url::Url;

use super::{
    Call, Error,
    transport::{self, Transport},
};
use crate::egress;

/// How many answers are kept, and for how long: an endpoint changes rarely, but
/// runs are many.
const CACHED_ANSWERS: u64 = 10_000;
const CACHED_FOR: Duration = Duration::from_mins(5);

/// The connection to the configured control plane, from which those to its
/// clusters are made.
pub(super) struct Session {
    pub(super) endpoint: Url,
    pub(super) transport: Transport,
    /// The transport for endpoints that came as data.
    pub(super) guarded: Transport,
    pub(super) config: ClientConfig,
    /// The hosts beside the endpoint's own that may receive credentials.
    pub(super) trusted: UrlGuard,
    pub(super) max_response_bytes: usize,
}

/// Finds the cluster to ask.
pub(super) struct Routing {
    clusters: ClusterServiceClient<Transport>,
    home: DataProxyServiceClient<Transport>,
    home_images: ImageServiceClient<Transport>,
    session: Session,
    guard: egress::Guard,
    /// `None` where the session's own endpoint is meant.
    answers: Cache<CacheKey, Option<Uri>>,
}

/// An answer is kept for one caller only: it may depend on who asks.
#[derive(Clone, PartialEq, Eq, Hash)]
struct CacheKey {
    caller: [u8; 32],
    operation: i32,
    resource: Vec<u8>,
}

impl Routing {
    pub(super) fn new(
        clusters: ClusterServiceClient<Transport>,
        session: Session,
        guard: egress::Guard,
    ) -> Self {
        let answers = Cache::builder()
            .max_capacity(CACHED_ANSWERS)
            .time_to_live(CACHED_FOR)
            .build();
        Self {
            clusters,
            home: DataProxyServiceClient::new(session.transport.clone(), session.config.clone()),
            home_images: ImageServiceClient::new(session.transport.clone(), session.config.clone()),
            session,
            guard,
            answers,
        }
    }

    /// The data proxy for an operation on a resource.
    pub(super) async fn data_proxy(
        &self,
        call: Call<'_>,
        operation: Operation,
        resource: impl Into<Resource>,
    ) -> Result<DataProxyServiceClient<Transport>, Error> {
        let endpoint = self.endpoint(call, operation, resource.into()).await?;
        Ok(endpoint.map_or_else(
            || self.home.clone(),
            |endpoint| {
                let config = self.away(call, endpoint);
                DataProxyServiceClient::new(self.session.guarded.clone(), config)
            },
        ))
    }

    /// The service of images for an operation on a resource.
    pub(super) async fn images(
        &self,
        call: Call<'_>,
        operation: Operation,
        resource: impl Into<Resource>,
    ) -> Result<ImageServiceClient<Transport>, Error> {
        let endpoint = self.endpoint(call, operation, resource.into()).await?;
        Ok(endpoint.map_or_else(
            || self.home_images.clone(),
            |endpoint| {
                let config = self.away(call, endpoint);
                ImageServiceClient::new(self.session.guarded.clone(), config)
            },
        ))
    }

    /// Where to ask, `None` where that is the session's own endpoint.
    async fn endpoint(
        &self,
        call: Call<'_>,
        operation: Operation,
        resource: Resource,
    ) -> Result<Option<Uri>, Error> {
        let request = SelectClusterRequest {
            resource: Some(resource),
            operation: operation.into(),
            ..Default::default()
        };
        let key = CacheKey {
            caller: call.caller.cache_key(),
            operation: operation as i32,
            resource: buffa::Message::encode_to_vec(&request),
        };
        if let Some(endpoint) = self.answers.get(&key).await {
            return Ok(endpoint);
        }
        let endpoint = self.select(call, request).await?;
        self.answers.insert(key, endpoint.clone()).await;
        Ok(endpoint)
    }

    async fn select(
        &self,
        call: Call<'_>,
        request: SelectClusterRequest,
    ) -> Result<Option<Uri>, Error> {
        let named = call
            .repeatable(|options| {
                self.clusters
                    .select_cluster_with_options(request.clone(), options)
            })
            .await?
            .into_owned()
            .cluster_endpoint;
        let Some(endpoint) = elsewhere(&self.session.endpoint, &named)? else {
            return Ok(None);
        };
        self.guard.check(&endpoint)?;
        permitted(&self.session.endpoint, &endpoint, &self.session.trusted)?;
        // Not every URL is a URI: some hosts have characters that no URI has.
        let uri = endpoint.as_str().parse();
        Ok(Some(uri.map_err(|_no_uri| egress::Error::NoUrl)?))
    }

    fn away(&self, call: Call<'_>, endpoint: Uri) -> ClientConfig {
        let address = endpoint.authority().map_or("", Authority::as_str);
        call.caller.trail().calls(&address.into());
        transport::config(endpoint, self.session.max_response_bytes)
    }
}

/// The endpoint that was named, `None` where it is the session's own.
///
/// Host and port are compared, not the scheme: behind a proxy that ends TLS the
/// control plane names itself by plain http.
fn elsewhere(session: &Url, named: &str) -> Result<Option<Url>, egress::Error> {
    if named.is_empty() {
        return Ok(None);
    }
    let text = match named.strip_prefix("dns:///") {
        Some(authority) => format!("{}://{authority}", session.scheme()),
        None if named.contains("://") => named.to_owned(),
        None => format!("{}://{named}", session.scheme()),
    };
    let endpoint = Url::parse(&text).map_err(|_unparsable| egress::Error::NoUrl)?;
    if endpoint.path() != "/" || endpoint.query().is_some() || endpoint.fragment().is_some() {
        return Err(egress::Error::NoUrl);
    }
    let same_host = endpoint.host() == session.host();
    let same_port = endpoint.port_or_known_default() == session.port_or_known_default()
        || endpoint.port().is_none() && session.port().is_none();
    Ok((!(same_host && same_port)).then_some(endpoint))
}

/// Whether the caller's credentials may go to an endpoint: one that the
/// configuration names, or one below the control plane's own host. Siblings do
/// not count: nobody can tell which suffixes strangers share.
fn permitted(session: &Url, endpoint: &Url, trusted: &UrlGuard) -> Result<(), egress::Error> {
    let host = endpoint.host_str().unwrap_or_default();
    let secure = endpoint.scheme() == "https" || session.scheme() == "http";
    let is_below = session.domain().is_some_and(|own| {
        let above = host.strip_suffix(own);
        above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
    });
    if secure && (is_below || trusted.names(endpoint)) {
        return Ok(());
    }
    Err(egress::Error::NotAllowed {
        host: host.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn the_own_endpoint_is_known_in_every_spelling() {
        let session = url("https://flyte.example.com");
        for named in [
            "",
            "flyte.example.com",
            "dns:///flyte.example.com",
            "http://flyte.example.com",
            "https://FLYTE.example.com:443/",
        ] {
            assert_eq!(elsewhere(&session, named).unwrap(), None, "{named}");
        }
        let other = elsewhere(&session, "dp.example.com:8443").unwrap();
        assert_eq!(other, Some(url("https://dp.example.com:8443")));
    }

    #[test]
    fn credentials_stay_with_the_control_plane_and_the_hosts_that_are_named() {
        let trusted = UrlGuard::new(vec![".dataplane.example.com".parse().unwrap()]);
        let session = url("https://acme.hosted.example.com");
        let may = |endpoint: &str| permitted(&session, &url(endpoint), &trusted).is_ok();
        for endpoint in [
            "https://a.acme.hosted.example.com",
            "https://acme.hosted.example.com:8443",
            "https://eu.dataplane.example.com",
        ] {
            assert!(may(endpoint), "{endpoint}");
        }
        for endpoint in [
            "http://a.acme.hosted.example.com",
            "http://eu.dataplane.example.com",
            "https://dp.hosted.example.com",
            "https://example.com",
            "https://evil.com",
            "https://acme.hosted.example.com.evil.com",
            "https://evilacme.hosted.example.com",
            "https://10.0.0.1",
        ] {
            assert!(!may(endpoint), "{endpoint}");
        }
    }

    #[test]
    fn an_endpoint_is_an_origin() {
        let session = url("https://flyte.example.com");
        for named in [
            "https://dp.flyte.example.com/path",
            "https://dp.flyte.example.com?x",
            "https://dp.flyte.example.com#x",
            "https://",
        ] {
            assert!(elsewhere(&session, named).is_err(), "{named}");
        }
    }
}
