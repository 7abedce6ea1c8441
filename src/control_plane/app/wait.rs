//! Waiting until an app has started or stopped.

use std::time::{Duration, Instant};

use connectrpc::ErrorCode;
use flyte_idl::flyteidl2::app::{
    __buffa::oneof::{watch_request::Target, watch_response::Event},
    WatchRequest,
};

use flyte_webhook_core::id::AppId;

use super::{App, AppGoal};
use crate::control_plane::{self, Call, Caller, ControlPlane};

/// How long to wait before a watch that broke off is begun again.
const PAUSE: Duration = Duration::from_secs(1);

/// Why an app did not come to where it should.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
    /// It failed to start, or was stopped meanwhile.
    #[error("the app's deployment has failed")]
    Failed,
    /// It did not get there in time.
    #[error("the app did not get there in time")]
    Timeout,
    /// The control plane did not say.
    #[error(transparent)]
    ControlPlane(#[from] control_plane::Error),
}

impl ControlPlane {
    /// Waits until an app that was told to is there, and gives its state then;
    /// `before` is how it was before it was told.
    pub async fn wait_for_app(
        &self,
        caller: &Caller,
        before: &App,
        updated: App,
        goal: AppGoal,
        limit: Duration,
    ) -> Result<App, Error> {
        if updated.is(goal) {
            return Ok(updated);
        }
        let ends = Instant::now() + limit;
        let waited = tokio::time::timeout(limit, self.follow_app(caller, before, goal, ends)).await;
        waited.unwrap_or(Err(Error::Timeout))
    }

    /// Watches, again and again, and looks in between: a stream that ends or
    /// breaks says nothing about the app.
    async fn follow_app(
        &self,
        caller: &Caller,
        before: &App,
        goal: AppGoal,
        ends: Instant,
    ) -> Result<App, Error> {
        loop {
            match self
                .watch(self.call_until(caller, ends), before, goal)
                .await
            {
                Ok(Some(app)) => return Ok(app),
                Ok(None) => {}
                Err(Error::ControlPlane(error)) if is_cut(&error) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(PAUSE).await;
            match self.get_app(caller, &before.id).await {
                Ok(app) => {
                    if let Some(ended) = judge(before, app, goal) {
                        return ended;
                    }
                }
                Err(error) if is_passing(&error) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// One watch: the app when it is there, `None` when the stream ends first.
    async fn watch(
        &self,
        call: Call<'_>,
        before: &App,
        goal: AppGoal,
    ) -> Result<Option<App>, Error> {
        let request = WatchRequest {
            target: Some(Target::AppId(Box::new(self.app_identifier(&before.id)))),
            ..Default::default()
        };
        let scrubbed = |error| control_plane::Error::new(error, call.caller);
        let mut events = call
            .once(async |options| self.app.watch_with_options(request, options).await)
            .await?;
        while let Some(event) = events.message().await.map_err(scrubbed)? {
            let app = read(event.to_owned_message().event, &before.id);
            if let Some(ended) = app.and_then(|app| judge(before, app, goal)) {
                return ended.map(Some);
            }
        }
        Ok(None)
    }
}

/// The app of an event, if it is the one asked for.
fn read(event: Option<Event>, id: &AppId) -> Option<App> {
    let app = match event? {
        Event::CreateEvent(event) => event.app,
        Event::UpdateEvent(event) => event.updated_app,
        Event::DeleteEvent(_) => return None,
    };
    App::verified(id, app.into_option()?).ok()
}

/// Whether the waiting is over. A control plane may go on for a while to show
/// how things were, which is no failure of what was asked.
fn judge(before: &App, app: App, goal: AppGoal) -> Option<Result<App, Error>> {
    if app.is(goal) {
        return Some(Ok(app));
    }
    let is_news = app.newest_condition() != before.newest_condition();
    let gave_up = app.has_failed() || goal == AppGoal::Active && app.is_deactivated();
    (is_news && gave_up).then_some(Err(Error::Failed))
}

/// Whether a watch ended for a reason that a look, or another watch, may get
/// around: a connection that broke, a server that knows no watches.
fn is_cut(error: &control_plane::Error) -> bool {
    use control_plane::Error::{Answered, Malformed, Timeout};
    let code = ErrorCode::Unimplemented;
    error.is_unavailable()
        || matches!(error, Malformed { .. } | Timeout)
        || matches!(error, Answered { code: answered, .. } if *answered == code)
}

/// Whether the next look may succeed.
fn is_passing(error: &control_plane::Error) -> bool {
    error.is_unavailable() || matches!(error, control_plane::Error::Timeout)
}
