//! Which requests are signed, and with what.

use std::sync::Arc;

use flyte_webhook_core::{hook::sign::Signer, url_guard::UrlGuard};
use http::{HeaderMap, HeaderName, HeaderValue};
use jiff::Timestamp;
use url::Url;

use crate::config::Signing;

/// The keys and the hosts that each is for.
pub(super) struct Signers(Vec<(UrlGuard, Arc<Signer>)>);

impl Signers {
    pub(super) fn new(signing: &[Signing]) -> Self {
        let signer = |signing: &Signing| {
            let hosts = UrlGuard::new(signing.hosts.clone());
            (hosts, Arc::clone(&signing.signer))
        };
        Self(signing.iter().map(signer).collect())
    }

    /// Whether requests to this URL are signed.
    pub(super) fn sign_for(&self, url: &Url) -> bool {
        self.find(url).is_some()
    }

    /// Puts a signature among the headers of a request to this URL, if it gets one.
    pub(super) fn sign(
        &self,
        url: &Url,
        id: &str,
        now: Timestamp,
        body: &[u8],
        headers: &mut HeaderMap,
    ) {
        let signed = self.find(url).map(|signer| signer.headers(id, now, body));
        for (name, value) in signed.into_iter().flatten() {
            let name = HeaderName::try_from(name).expect("a scheme names headers");
            let value = HeaderValue::try_from(value).expect("a signature is ASCII");
            headers.insert(name, value);
        }
    }

    fn find(&self, url: &Url) -> Option<&Signer> {
        let found = self.0.iter().find(|(hosts, _)| hosts.names(url));
        found.map(|(_, signer)| &**signer)
    }
}
