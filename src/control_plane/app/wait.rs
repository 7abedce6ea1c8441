//! Waiting until an app has started or stopped.

use std::time::{Duration, Instant};

use connectrpc::ErrorCode;
use flyte_idl::flyteidl2::app::{
    self as idl,
    __buffa::oneof::{watch_request::Target, watch_response::Event},
    WatchRequest,
};

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
    /// Waits until an app that was told to is there, and gives its state then.
    pub async fn wait_for_app(
        &self,
        caller: &Caller,
        app: App,
        goal: AppGoal,
        limit: Duration,
    ) -> Result<App, Error> {
        if app.is(goal) {
            return Ok(app);
        }
        let ends = Instant::now() + limit;
        let waited = tokio::time::timeout(limit, self.follow_app(caller, &app, goal, ends)).await;
        waited.unwrap_or(Err(Error::Timeout))
    }

    /// Watches, again and again, and looks in between: a stream that ends or
    /// breaks says nothing about the app.
    async fn follow_app(
        &self,
        caller: &Caller,
        app: &App,
        goal: AppGoal,
        ends: Instant,
    ) -> Result<App, Error> {
        loop {
            match self.watch(Call { caller, ends }, app, goal).await {
                Ok(Some(app)) => return Ok(app),
                Ok(None) => {}
                Err(Error::ControlPlane(error)) if is_cut(&error) => {}
                Err(error) => return Err(error),
            }
            tokio::time::sleep(PAUSE).await;
            match self.get_app(caller, &app.id).await {
                Ok(app) if app.is(goal) => return Ok(app),
                Err(error) if !is_passing(&error) => return Err(error.into()),
                Ok(_) | Err(_) => {}
            }
        }
    }

    /// One watch: the app when it is there, `None` when the stream ends first.
    async fn watch(&self, call: Call<'_>, app: &App, goal: AppGoal) -> Result<Option<App>, Error> {
        let request = WatchRequest {
            target: Some(Target::AppId(Box::new(self.app_identifier(&app.id)))),
            ..Default::default()
        };
        let scrubbed = |error| control_plane::Error::new(error, call.caller);
        let mut events = call
            .once(async |options| self.app.watch_with_options(request, options).await)
            .await?;
        while let Some(event) = events.message().await.map_err(scrubbed)? {
            let Some((news, app)) = read(event.to_owned_message().event, &app.id) else {
                continue;
            };
            if app.is(goal) {
                return Ok(Some(app));
            }
            // What was there before the request took effect is no failure of it.
            if news && (app.has_failed() || goal == AppGoal::Active && app.is_deactivated()) {
                return Err(Error::Failed);
            }
        }
        Ok(None)
    }
}

/// The app of an event, if it is the one asked for, and whether it is news: the
/// first event only shows how things stand.
fn read(event: Option<Event>, id: &super::AppId) -> Option<(bool, App)> {
    let (news, app): (bool, Option<idl::App>) = match event? {
        Event::CreateEvent(event) => (false, event.app.into_option()),
        Event::UpdateEvent(event) => (true, event.updated_app.into_option()),
        Event::DeleteEvent(_) => return None,
    };
    Some((news, App::verified(id, app?).ok()?))
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
