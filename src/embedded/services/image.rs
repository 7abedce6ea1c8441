//! Images that a builder has made.

use connectrpc::{ConnectError, RequestContext, Response, ServiceRequest, ServiceResult};
use flyte_idl::flyteidl2::imagebuilder::{
    GetImageRequest, GetImageResponse, Image, ImageIdentifier, ImageService,
};

use super::State;
use crate::embedded::{
    store::{RunKey, images::ImageRow},
    wire,
};

pub(super) struct Images(pub(super) State);

impl ImageService for Images {
    async fn get_image(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, GetImageRequest>,
    ) -> ServiceResult<GetImageResponse> {
        let request = request.to_owned_message();
        let (place, name) = (&request.project_id, &request.id.name);
        let found = self.0.store.image(&place.name, &place.domain, name).await?;
        let row = found
            .ok_or_else(|| ConnectError::not_found(format!("image {name:?} has not been built")))?;
        Response::ok(GetImageResponse {
            image: image(row).into(),
            ..Default::default()
        })
    }
}

fn image(row: ImageRow) -> Image {
    let run = RunKey {
        project: row.project,
        domain: row.domain,
        run: row.run,
    };
    Image {
        id: ImageIdentifier {
            name: row.name,
            ..Default::default()
        }
        .into(),
        fqin: row.address,
        build_run: wire::run_id(&run).into(),
        ..Default::default()
    }
}
