//! The secrets that tasks may use, and where each may go.

use std::collections::BTreeMap;

use flyte_webhook_core::{json::Value, template, url_guard::UrlGuard};
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use super::error::Error;
use crate::config::ConnectorSecret;

/// The configured secrets.
pub(super) struct Secrets(Vec<(ConnectorSecret, UrlGuard)>);

impl Secrets {
    pub(super) fn new(secrets: &[ConnectorSecret]) -> Self {
        let with_hosts = |secret: &ConnectorSecret| {
            let hosts = UrlGuard::new(secret.hosts.clone());
            (secret.clone(), hosts)
        };
        Self(secrets.iter().map(with_hosts).collect())
    }

    /// What a task may use: what its template names of the configured secrets, and
    /// of those that the engine sent along. The configured come first, so that no
    /// task puts another in the place of one.
    pub(super) fn of_task(
        &self,
        template: &Value,
        sent_along: &BTreeMap<String, SecretString>,
    ) -> BTreeMap<String, SecretString> {
        let value = |name: &String| {
            let configured = self.find(name).map(|(secret, _)| &secret.value);
            configured.or_else(|| sent_along.get(name)).cloned()
        };
        let named = template::secrets(template).into_iter();
        named
            .filter_map(|name| value(&name).map(|value| (name, value)))
            .collect()
    }

    /// Whether all of these may go where a URL leads. Those that the engine sent
    /// along are for the task to use as it likes.
    pub(super) fn check(
        &self,
        used: &BTreeMap<String, SecretString>,
        url: &Url,
    ) -> Result<(), Error> {
        let mut configured = used.keys().filter_map(|name| self.find(name));
        let refused = configured.find(|(_, hosts)| !hosts.names(url));
        match refused {
            Some((secret, _)) => Err(Error::SecretHost {
                name: secret.name.clone(),
            }),
            None => Ok(()),
        }
    }

    /// Whether all of these may follow a redirect: not into clear text, nor to another
    /// host those that the engine sent along, whose hosts nobody names.
    pub(super) fn check_redirect(
        &self,
        used: &BTreeMap<String, SecretString>,
        from: &Url,
        to: &Url,
    ) -> Result<(), Error> {
        let is_plain = from.scheme() == "https" && to.scheme() != "https";
        let is_elsewhere = from.host() != to.host();
        let is_refused = |name: &&String| is_plain || is_elsewhere && self.find(name).is_none();
        match used.keys().find(is_refused) {
            Some(name) => Err(Error::SecretRedirect { name: name.clone() }),
            None => Ok(()),
        }
    }

    fn find(&self, name: &str) -> Option<&(ConnectorSecret, UrlGuard)> {
        self.0.iter().find(|(secret, _)| secret.name == name)
    }
}

/// The text of a secret that a URL may begin with.
pub(super) fn text<'a>(secrets: &'a BTreeMap<String, SecretString>, name: &str) -> Option<&'a str> {
    secrets.get(name).map(ExposeSecret::expose_secret)
}
