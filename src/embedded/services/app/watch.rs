//! An app that is followed: first how it is, then what becomes of it.

use connectrpc::{ConnectError, ServiceStream};
use flyte_idl::flyteidl2::app::{
    __buffa::oneof::watch_response::Event, App, CreateEvent, UpdateEvent, WatchResponse,
};
use futures::{StreamExt, stream};

use super::shown;
use crate::embedded::{
    services::{
        State,
        watch::{Reading, follow_on, reading},
    },
    store::apps::AppKey,
};

pub(super) fn follow(state: &State, key: AppKey) -> ServiceStream<WatchResponse> {
    let (owned, wanted) = (state.clone(), key.clone());
    let apps = follow_on(
        state.apps.changes(),
        &state.shutdown,
        move |changed: &AppKey| *changed == wanted,
        move || {
            let (state, key) = (owned.clone(), key.clone());
            reading(async move { read(&state, &key).await })
        },
    );
    let events = apps
        .zip(stream::iter(0_u64..))
        .flat_map(|(app, index)| stream::iter(events(app, index == 0)));
    Box::pin(events)
}

async fn read(state: &State, key: &AppKey) -> Result<Reading<App>, ConnectError> {
    let row = state.store.app(key).await?;
    let row = row.ok_or_else(|| ConnectError::not_found("the app was deleted"))?;
    let value = shown(state, &row).await?;
    Ok(Reading { value, last: false })
}

/// What is said of a reading. The first is said twice: the Go server's status
/// settles in several steps, and the SDK hears nothing but updates, so that it
/// would wait for ever for what happened before it began to watch.
fn events(app: Result<App, ConnectError>, first: bool) -> Vec<Result<WatchResponse, ConnectError>> {
    let app = match app {
        Ok(app) => app,
        Err(error) => return vec![Err(error)],
    };
    let snapshot = first.then(|| {
        let app = app.clone().into();
        Event::CreateEvent(Box::new(CreateEvent {
            app,
            ..Default::default()
        }))
    });
    let update = Event::UpdateEvent(Box::new(UpdateEvent {
        updated_app: app.into(),
        ..Default::default()
    }));
    let said = snapshot.into_iter().chain([update]);
    said.map(|event| {
        Ok(WatchResponse {
            event: Some(event),
            ..Default::default()
        })
    })
    .collect()
}
