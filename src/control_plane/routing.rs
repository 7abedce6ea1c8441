//! Which cluster holds the data of a project or of a run.
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
};
use moka::future::Cache;
use url::Url;

use super::{Call, Error, transport::Transport};
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
}

/// Finds the data proxy to ask.
pub(super) struct Routing {
    clusters: ClusterServiceClient<Transport>,
    home: DataProxyServiceClient<Transport>,
    session: Session,
    guard: egress::Guard,
    /// `None` where the session's own endpoint is meant.
    answers: Cache<CacheKey, Option<Url>>,
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
        let request = SelectClusterRequest {
            resource: Some(resource.into()),
            operation: operation.into(),
            ..Default::default()
        };
        let key = CacheKey {
            caller: call.caller.cache_key(),
            operation: operation as i32,
            resource: buffa::Message::encode_to_vec(&request),
        };
        let endpoint = if let Some(endpoint) = self.answers.get(&key).await {
            endpoint
        } else {
            let endpoint = self.select(call, request).await?;
            self.answers.insert(key, endpoint.clone()).await;
            endpoint
        };
        Ok(match endpoint {
            None => self.home.clone(),
            Some(endpoint) => self.away(&endpoint),
        })
    }

    async fn select(
        &self,
        call: Call<'_>,
        request: SelectClusterRequest,
    ) -> Result<Option<Url>, Error> {
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
        permitted(&self.session.endpoint, &endpoint, &self.guard)?;
        Ok(Some(endpoint))
    }

    fn away(&self, endpoint: &Url) -> DataProxyServiceClient<Transport> {
        let uri = endpoint.as_str().parse().expect("a checked URL is a URI");
        let config = ClientConfig::new(uri).with_default_max_message_size(
            self.session
                .config
                .default_max_message_size()
                .expect("set where the session is made"),
        );
        DataProxyServiceClient::new(self.session.guarded.clone(), config)
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
    let same_host = endpoint.host() == session.host();
    let same_port = endpoint.port_or_known_default() == session.port_or_known_default()
        || endpoint.port().is_none() && session.port().is_none();
    Ok((!(same_host && same_port)).then_some(endpoint))
}

/// Whether the caller's credentials may go to an endpoint: one that the
/// configuration allows, or one over TLS under the control plane's own domain.
fn permitted(session: &Url, endpoint: &Url, guard: &egress::Guard) -> Result<(), egress::Error> {
    let host = endpoint.host_str().unwrap_or_default();
    if guard.names(endpoint) {
        return Ok(());
    }
    let secure = endpoint.scheme() == "https" || session.scheme() == "http";
    let related = session
        .host_str()
        .and_then(parent_domain)
        .is_some_and(|parent| host.ends_with(&format!(".{parent}")));
    if secure && related {
        return Ok(());
    }
    Err(egress::Error::NotAllowed {
        host: host.to_owned(),
    })
}

/// `b.c` of `a.b.c`, and `a.b` of `a.b` itself: never a top-level domain.
fn parent_domain(host: &str) -> Option<&str> {
    if host.parse::<std::net::IpAddr>().is_ok() || host.starts_with('[') {
        return None;
    }
    match host.split_once('.')? {
        (_, parent) if parent.contains('.') => Some(parent),
        _ => Some(host),
    }
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
    fn credentials_stay_within_the_domain_of_the_control_plane() {
        let guard = egress::Guard::default();
        let session = url("https://acme.hosted.example.com");
        let allowed = [
            "https://dp.hosted.example.com",
            "https://a.acme.hosted.example.com",
        ];
        let refused = [
            "http://dp.hosted.example.com",
            "https://example.com",
            "https://evil.com",
            "https://hosted.example.com.evil.com",
            "https://evilhosted.example.com",
            "https://10.0.0.1",
        ];
        for endpoint in allowed {
            assert!(
                permitted(&session, &url(endpoint), &guard).is_ok(),
                "{endpoint}"
            );
        }
        for endpoint in refused {
            assert!(
                permitted(&session, &url(endpoint), &guard).is_err(),
                "{endpoint}"
            );
        }
        let local = url("http://localhost:8090");
        assert!(permitted(&local, &url("http://other:8090"), &guard).is_err());
        let two_labels = url("https://example.com");
        assert!(permitted(&two_labels, &url("https://dp.example.com"), &guard).is_ok());
        assert!(permitted(&two_labels, &url("https://dp.com"), &guard).is_err());
    }
}
