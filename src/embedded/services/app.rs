//! Apps: deployed, started, stopped and followed, as the Go server does it.

use buffa::Message;
use connectrpc::{
    ConnectError, RequestContext, Response, ServiceRequest, ServiceResult, ServiceStream,
};
use flyte_idl::flyteidl2::app::{
    self as idl,
    __buffa::oneof::{
        get_request::Identifier as GetBy, list_request::FilterBy, spec::AppPayload,
        watch_request::Target,
    },
    AppService, CreateRequest, CreateResponse, DeleteRequest, DeleteResponse, GetRequest,
    GetResponse, Identifier, LeaseRequest, LeaseResponse, ListRequest, ListResponse, UpdateRequest,
    UpdateResponse, UpdateStatusRequest, UpdateStatusResponse, WatchRequest, WatchResponse,
    spec::DesiredState,
};

use super::{State, scope::check_project, unimplemented};
use crate::embedded::{
    apps::Phase,
    faults,
    store::{
        self,
        apps::{AppKey, AppRow},
    },
};

mod status;
mod watch;

pub(super) struct AppDeployments(pub(super) State);

impl AppService for AppDeployments {
    /// An app that exists is deployed anew.
    async fn create(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, CreateRequest>,
    ) -> ServiceResult<CreateResponse> {
        let app = request.to_owned_message().app.into_option();
        let app = app.unwrap_or_default();
        let id = &app.metadata.id;
        check_project(&self.0, &id.project, &id.domain).await?;
        let key = key(id);
        Response::ok(CreateResponse {
            app: deploy(&self.0, key, app).await?.into(),
            ..Default::default()
        })
    }

    async fn get(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, GetRequest>,
    ) -> ServiceResult<GetResponse> {
        let Some(GetBy::AppId(id)) = request.to_owned_message().identifier else {
            return Err(ConnectError::invalid_argument("app_id is required"));
        };
        let row = find(&self.0, &context, &id).await?;
        let mut app = shown(&self.0, &row).await?;
        if let Some(url) = faults::app_endpoint(context.extensions()) {
            url.clone_into(
                &mut app
                    .status
                    .get_or_insert_default()
                    .ingress
                    .get_or_insert_default()
                    .public_url,
            );
        }
        Response::ok(GetResponse {
            app: app.into(),
            ..Default::default()
        })
    }

    async fn update(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, UpdateRequest>,
    ) -> ServiceResult<UpdateResponse> {
        let mut app = request
            .to_owned_message()
            .app
            .into_option()
            .unwrap_or_default();
        let row = find(&self.0, &context, &app.metadata.id).await?;
        // Whoever asked by another name does not rename the app.
        let stored = idl::App::decode_from_slice(&row.app).map_err(store::Error::from)?;
        app.metadata.get_or_insert_default().id = stored.metadata.id.clone();
        Response::ok(UpdateResponse {
            app: deploy(&self.0, row.key(), app).await?.into(),
            ..Default::default()
        })
    }

    async fn update_status(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, UpdateStatusRequest>,
    ) -> ServiceResult<UpdateStatusResponse> {
        Err(unimplemented("operators that report the status of apps"))
    }

    async fn delete(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, DeleteRequest>,
    ) -> ServiceResult<DeleteResponse> {
        let id = request.to_owned_message().app_id;
        let row = find(&self.0, &context, &id).await?;
        self.0.store.delete_app(&row.key()).await?;
        self.0.apps.stop(row.key()).await;
        Response::ok(DeleteResponse::default())
    }

    async fn list(
        &self,
        _: RequestContext,
        request: ServiceRequest<'_, ListRequest>,
    ) -> ServiceResult<ListResponse> {
        let request = request.to_owned_message();
        let Some(FilterBy::Project(id)) = &request.filter_by else {
            return Err(unimplemented("lists of apps but by project"));
        };
        let scope = [
            ("project", id.name.as_str()),
            ("domain", id.domain.as_str()),
        ];
        let page = self.0.store.apps(&scope, &request.request).await?;
        let mut apps = Vec::with_capacity(page.rows.len());
        for row in &page.rows {
            apps.push(shown(&self.0, row).await?);
        }
        Response::ok(ListResponse {
            apps,
            token: page.token,
            ..Default::default()
        })
    }

    async fn watch(
        &self,
        context: RequestContext,
        request: ServiceRequest<'_, WatchRequest>,
    ) -> ServiceResult<ServiceStream<WatchResponse>> {
        let Some(Target::AppId(id)) = request.to_owned_message().target else {
            return Err(unimplemented("watches of apps but by app_id"));
        };
        let row = find(&self.0, &context, &id).await?;
        Response::ok(watch::follow(&self.0, row.key()))
    }

    async fn lease(
        &self,
        _: RequestContext,
        _: ServiceRequest<'_, LeaseRequest>,
    ) -> ServiceResult<ServiceStream<LeaseResponse>> {
        Err(unimplemented("operators that lease apps"))
    }
}

/// The key of an app; its org is dropped, as in the Go server.
pub(super) fn key(id: &Identifier) -> AppKey {
    AppKey {
        project: id.project.clone(),
        domain: id.domain.clone(),
        name: id.name.clone(),
    }
}

/// Starts what is stored, and says how it is then.
pub(super) async fn start(state: &State, row: &AppRow) -> Result<Phase, store::Error> {
    let app = idl::App::decode_from_slice(&row.app)?;
    Ok(
        match app.spec.into_option().and_then(|spec| spec.app_payload) {
            Some(AppPayload::Container(container)) => state.apps.run(row.key(), *container).await,
            _ => Phase::default(),
        },
    )
}

async fn deploy(state: &State, key: AppKey, mut app: idl::App) -> Result<idl::App, ConnectError> {
    if key.name.is_empty() {
        return Err(ConnectError::invalid_argument("metadata.id needs a name"));
    }
    let Some(AppPayload::Container(_)) = &app.spec.app_payload else {
        return Err(ConnectError::invalid_argument(
            "spec.container is required; the embedded control plane runs no pods",
        ));
    };
    let stopped = app.spec.desired_state == DesiredState::Stopped;
    app.status.take();
    let row = state
        .store
        .put_app(&key, app.encode_to_vec(), stopped)
        .await?;
    // How it is at once, whatever comes of it in the meantime.
    let phase = if stopped {
        state.apps.stop(key).await
    } else {
        start(state, &row).await?
    };
    with_status(&row, &phase)
}

async fn find(
    state: &State,
    context: &RequestContext,
    id: &Identifier,
) -> Result<AppRow, ConnectError> {
    let key = key(id);
    let found = if faults::joins_app_names(context.extensions()) {
        state.store.app_by_joined_name(&key).await?
    } else {
        state.store.app(&key).await?
    };
    found.ok_or_else(|| {
        let AppKey {
            project,
            domain,
            name,
        } = key;
        ConnectError::not_found(format!("app {name:?} in {project:?}, {domain:?} not found"))
    })
}

/// The app with its status.
async fn shown(state: &State, row: &AppRow) -> Result<idl::App, ConnectError> {
    let phase = state.apps.phase(&row.key()).await;
    with_status(row, &phase)
}

fn with_status(row: &AppRow, phase: &Phase) -> Result<idl::App, ConnectError> {
    let mut app = idl::App::decode_from_slice(&row.app).map_err(store::Error::from)?;
    app.status = status::of(row, phase).into();
    Ok(app)
}
