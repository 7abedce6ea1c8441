//! Images that a builder has made.

use connectrpc::ErrorCode;
use flyte_idl::flyteidl2::{
    cluster::select_cluster_request::Operation,
    imagebuilder::{GetImageRequest, ImageIdentifier},
};
use flyte_webhook_core::id::Scope;

use super::{Caller, ControlPlane, Error};

impl ControlPlane {
    /// The full address of an image, by name and tag; `None` where it is not
    /// there, or the control plane keeps no images.
    pub async fn image(
        &self,
        caller: &Caller,
        scope: &Scope,
        image: &str,
    ) -> Result<Option<String>, Error> {
        match self.find_image(caller, scope, image).await {
            Ok(address) => Ok(Some(address)),
            Err(error) if is_absent(&error) => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn find_image(
        &self,
        caller: &Caller,
        scope: &Scope,
        image: &str,
    ) -> Result<String, Error> {
        let call = self.call(caller);
        let project = self.project(&scope.domain, &scope.project);
        let images = self
            .routing
            .images(call, Operation::OPERATION_GET_IMAGE, project.clone())
            .await?;
        let request = GetImageRequest {
            id: ImageIdentifier {
                name: image.to_owned(),
                ..Default::default()
            }
            .into(),
            organization: self.org.clone(),
            project_id: project.into(),
            ..Default::default()
        };
        let found = call
            .repeatable(|options| images.get_image_with_options(request.clone(), options))
            .await?
            .into_owned()
            .image
            .into_option()
            .filter(|found| !found.fqin.is_empty())
            .ok_or(Error::incomplete("no address of the image"))?;
        if found.id.is_set() && found.id.name != image {
            return Err(Error::Mismatched("image"));
        }
        Ok(found.fqin)
    }
}

/// The open-source control plane has no service for images.
fn is_absent(error: &Error) -> bool {
    let unknown = matches!(
        error,
        Error::Answered {
            code: ErrorCode::Unimplemented,
            ..
        }
    );
    unknown || error.is_not_found()
}
