//! Who the caller is. Nobody is refused: there is no authorization here.

use connectrpc::{ConnectError, RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl2::auth::{
    AuthMetadataService, GetOAuth2MetadataRequest, GetOAuth2MetadataResponse,
    GetPublicClientConfigRequest, GetPublicClientConfigResponse, IdentityService, UserInfoRequest,
    UserInfoResponse,
};

use super::unimplemented;
use crate::embedded::identity;

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

/// Like a Go server without an external authorization server.
pub(super) struct Metadata;

impl AuthMetadataService for Metadata {
    async fn get_o_auth2_metadata(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, GetOAuth2MetadataRequest>,
    ) -> ServiceResult<GetOAuth2MetadataResponse> {
        Err(unimplemented("authorization server"))
    }

    async fn get_public_client_config(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, GetPublicClientConfigRequest>,
    ) -> ServiceResult<GetPublicClientConfigResponse> {
        Err(unimplemented("authorization server"))
    }
}
