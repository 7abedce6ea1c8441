//! What this server itself is called and where it answers: it never acts on
//! itself, under whatever name it is asked to.

use std::net::{IpAddr, SocketAddr};

use url::{Host, Url};

use crate::id::{AppId, Scope};

/// This server, as an app among apps.
#[derive(Debug, Clone)]
pub struct Own {
    name: String,
    scope: Scope,
    labels: Vec<String>,
    hosts: Vec<(String, u16)>,
    listener: Option<SocketAddr>,
}

impl Own {
    /// The app of this name in this project and domain.
    pub fn new(name: &str, scope: &Scope) -> Self {
        let label = format!("{name}-{}-{}", scope.project, scope.domain);
        Self {
            name: name.to_owned(),
            scope: scope.clone(),
            labels: vec![label.to_ascii_lowercase()],
            hosts: Vec::new(),
            listener: None,
        }
    }

    /// Adds the name of the platform's service, the first label of all its hosts.
    #[must_use]
    pub fn with_service(mut self, service: &str) -> Self {
        self.labels.push(service.to_ascii_lowercase());
        self
    }

    /// Adds an address where callers reach this server.
    #[must_use]
    pub fn with_url(mut self, url: &Url) -> Self {
        if let Some(host) = url.host_str() {
            self.hosts.push((bare(host), port(url)));
        }
        self
    }

    /// Adds the address that this server listens on.
    #[must_use]
    pub fn with_listener(mut self, address: SocketAddr) -> Self {
        self.listener = Some(address);
        self
    }

    /// Whether this is the server's own app: the same name in another project
    /// or domain is another app.
    pub fn is_app(&self, id: &AppId) -> bool {
        id.name.as_str() == self.name
            && id.project == self.scope.project
            && id.domain == self.scope.domain
    }

    /// Whether this server is who answers at a URL, as far as its text tells.
    pub fn answers_at(&self, url: &Url) -> bool {
        let Some(host) = url.host() else {
            return false;
        };
        let text = bare(&host.to_string());
        let is_known = |(own, at): &(String, u16)| *own == text && *at == port(url);
        self.hosts.iter().any(is_known) || self.is_service(&host) || self.listens_at(&host, url)
    }

    fn is_service(&self, host: &Host<&str>) -> bool {
        let Host::Domain(name) = host else {
            return false;
        };
        let first = name.split('.').next().unwrap_or_default();
        self.labels.iter().any(|label| label == first)
    }

    fn listens_at(&self, host: &Host<&str>, url: &Url) -> bool {
        let Some(listener) = self.listener else {
            return false;
        };
        let address = match host {
            Host::Ipv4(address) => IpAddr::V4(*address),
            Host::Ipv6(address) => address.to_canonical(),
            Host::Domain(name) if is_localhost(name) => IpAddr::from([127, 0, 0, 1]),
            Host::Domain(_) => return false,
        };
        let ip = listener.ip().to_canonical();
        let is_here = address == ip
            // This address, as a target, is the machine itself.
            || address.is_unspecified() && (ip.is_loopback() || ip.is_unspecified())
            || address.is_loopback() && ip.is_unspecified()
            || is_localhost_name(host) && ip.is_loopback();
        is_here && url.port_or_known_default() == Some(listener.port())
    }
}

/// A host without the dot that stands for the root.
fn bare(host: &str) -> String {
    host.trim_end_matches('.').to_ascii_lowercase()
}

/// The ports of http and https count as one: both lead to the same server.
fn port(url: &Url) -> u16 {
    match url.port_or_known_default() {
        Some(80) | None => 443,
        Some(port) => port,
    }
}

fn is_localhost(name: &str) -> bool {
    let name = bare(name);
    name == "localhost" || name.ends_with(".localhost")
}

fn is_localhost_name(host: &Host<&str>) -> bool {
    matches!(host, Host::Domain(name) if is_localhost(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{AppName, Domain, Project};

    fn own() -> Own {
        let scope = Scope {
            org: None,
            project: Project::parse("Site").unwrap(),
            domain: Domain::parse("production").unwrap(),
        };
        Own::new("hook", &scope)
            .with_service("hook-long-4f2a")
            .with_url(&"https://hooks.example.com".parse().unwrap())
            .with_url(&"http://10.1.2.3:9000/prefix".parse().unwrap())
    }

    fn app(domain: &str, project: &str, name: &str) -> AppId {
        AppId {
            domain: Domain::parse(domain).unwrap(),
            project: Project::parse(project).unwrap(),
            name: AppName::parse(name).unwrap(),
        }
    }

    #[test]
    fn only_the_whole_triple_is_this_app() {
        assert!(own().is_app(&app("production", "Site", "hook")));
        assert!(!own().is_app(&app("staging", "Site", "hook")));
        assert!(!own().is_app(&app("production", "site", "hook")));
        assert!(!own().is_app(&app("production", "Site", "HOOK")));
    }

    #[test]
    fn the_own_address_is_known_in_every_spelling() {
        let listening = own().with_listener("0.0.0.0:8080".parse().unwrap());
        for url in [
            "https://hooks.example.com",
            "http://hooks.example.com",
            "https://HOOKS.example.com./x",
            "https://hooks.example.com:443/",
            "https://hooks%2Eexample.com",
            "http://10.1.2.3:9000",
            "http://0xa.1.2.3:9000",
            "http://167838211:9000",
            "http://hook-site-production.example.com",
            "http://hook-site-production.flyte.svc.cluster.local",
            "http://HOOK-site-production:8081",
            "http://hook-long-4f2a.localhost:30081",
            "http://127.0.0.1:8080",
            "http://127.9.9.9:8080",
            "http://2130706433:8080",
            "http://0.0.0.0:8080",
            "http://localhost:8080",
            "http://a.localhost.:8080",
            "http://[::1]:8080",
            "http://[::]:8080",
            "http://[::ffff:127.0.0.1]:8080",
        ] {
            assert!(listening.answers_at(&url.parse().unwrap()), "{url}");
        }
    }

    #[test]
    fn neighbours_are_not_this_server() {
        let listening = own().with_listener("127.0.0.1:8080".parse().unwrap());
        for url in [
            "https://hooks.example.com:8443",
            "https://hooks.example.com.evil.com",
            "https://xhooks.example.com",
            "http://10.1.2.3",
            "http://10.1.2.4:9000",
            "http://hook-site-staging.example.com",
            "http://x.hook-site-production.example.com",
            "http://127.0.0.1:8081",
            "http://127.0.0.2:8080",
            "http://10.1.2.3:8080",
        ] {
            assert!(!listening.answers_at(&url.parse().unwrap()), "{url}");
        }
        assert!(listening.answers_at(&"http://localhost:8080".parse().unwrap()));
    }
}
