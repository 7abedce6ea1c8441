//! Who the caller is. Nobody is refused: there is no authorization here.

use connectrpc::{ConnectError, RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl2::auth::{
    AuthMetadataService, GetOAuth2MetadataRequest, GetOAuth2MetadataResponse,
    GetPublicClientConfigRequest, GetPublicClientConfigResponse, IdentityService, UserInfoRequest,
    UserInfoResponse,
};

use super::unimplemented;
use crate::embedded::{
    faults::{self, AuthorizationServer},
    identity,
};

pub(super) struct Identity;

impl IdentityService for Identity {
    async fn user_info(
        &self,
        context: RequestContext,
        _: ServiceRequest<'_, UserInfoRequest>,
    ) -> ServiceResult<UserInfoResponse> {
        let identity = identity::of(context.headers()).ok_or_else(|| {
            ConnectError::unauthenticated("no identity found in the request; send a bearer token")
        })?;
        Response::ok(UserInfoResponse {
            subject: identity.subject,
            name: identity.name,
            preferred_username: identity.preferred_username,
            given_name: identity.given_name,
            family_name: identity.family_name,
            email: identity.email,
            ..Default::default()
        })
    }
}

/// Like a Go server without an external authorization server, unless a fault
/// tells of one.
pub(super) struct Metadata;

impl AuthMetadataService for Metadata {
    async fn get_o_auth2_metadata(
        &self,
        context: RequestContext,
        _: ServiceRequest<'_, GetOAuth2MetadataRequest>,
    ) -> ServiceResult<GetOAuth2MetadataResponse> {
        let server = told(&context)?;
        Response::ok(GetOAuth2MetadataResponse {
            token_endpoint: server.token_endpoint.clone(),
            ..Default::default()
        })
    }

    async fn get_public_client_config(
        &self,
        context: RequestContext,
        _: ServiceRequest<'_, GetPublicClientConfigRequest>,
    ) -> ServiceResult<GetPublicClientConfigResponse> {
        let server = told(&context)?;
        Response::ok(GetPublicClientConfigResponse {
            scopes: server.scopes.clone(),
            audience: server.audience.clone(),
            authorization_metadata_key: server.header.clone(),
            ..Default::default()
        })
    }
}

fn told(context: &RequestContext) -> Result<&AuthorizationServer, ConnectError> {
    let server = faults::authorization_server(context.extensions());
    server.ok_or_else(|| unimplemented("authorization server"))
}
