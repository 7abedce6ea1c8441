//! What the control plane says of its authorization server.

use flyte_idl::flyteidl2::auth::{GetOAuth2MetadataRequest, GetPublicClientConfigRequest};
use flyte_webhook_core::credential_header::CredentialHeader;
use http::HeaderName;
use url::Url;

use super::Error;
use crate::control_plane::{Call, ControlPlane, Error as CallError};

/// Where tokens are, and how they are asked for and sent.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) token_endpoint: Url,
    /// The scopes, with spaces between; empty where none are asked for.
    pub(super) scope: String,
    /// Empty where none is asked for.
    pub(super) audience: String,
    /// The header in which the control plane expects tokens.
    pub(super) header: HeaderName,
}

impl ControlPlane {
    pub(super) async fn discover(&self, call: Call<'_>) -> Result<Server, Error> {
        let client = &self.tokens.metadata;
        let metadata = call.repeatable(|options| {
            client.get_o_auth2_metadata_with_options(GetOAuth2MetadataRequest::default(), options)
        });
        let config = call.repeatable(|options| {
            let request = GetPublicClientConfigRequest::default();
            client.get_public_client_config_with_options(request, options)
        });
        let (metadata, config) = tokio::try_join!(metadata, config)?;
        let (metadata, config) = (metadata.into_owned(), config.into_owned());
        let header = header(&config.authorization_metadata_key);
        Ok(Server {
            token_endpoint: token_endpoint(&metadata.token_endpoint)?,
            scope: config.scopes.join(" "),
            audience: config.audience,
            header: header.ok_or_else(|| CallError::incomplete("no header for tokens"))?,
        })
    }
}

fn token_endpoint(text: &str) -> Result<Url, Error> {
    let url = Url::parse(text).ok().filter(|url| {
        let is_web = matches!(url.scheme(), "http" | "https") && url.has_host();
        is_web && url.username().is_empty() && url.password().is_none()
    });
    let mut url = url.ok_or_else(|| CallError::incomplete("no address of tokens"))?;
    url.set_fragment(None);
    Ok(url)
}

fn header(name: &str) -> Option<HeaderName> {
    let name = if name.is_empty() {
        "authorization"
    } else {
        name
    };
    let name = CredentialHeader::parse(name).ok()?;
    HeaderName::try_from(name.as_str()).ok()
}
