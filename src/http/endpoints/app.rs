//! Apps: their state, starting, stopping and calling one.

pub mod activate_app;
pub mod call_app;
pub mod deactivate_app;
pub mod get_app;

use flyte_webhook_core::{
    id::{AppId, AppName},
    policy::Permit,
};

use super::{
    super::{
        Api, AppProblem, Problem,
        extract::{FromQuery, QueryReader},
        layer::{deadline::Deadline, load_shed::Place},
    },
    run::ScopeQuery,
};
use crate::control_plane::{App, AppGoal, Caller, Error};

/// Where the app lives, and whether to wait until it is there.
pub struct ChangeQuery {
    scope: ScopeQuery,
    wait: bool,
}

impl FromQuery for ChangeQuery {
    fn from_query(query: &mut QueryReader) -> Self {
        Self {
            scope: ScopeQuery::from_query(query),
            wait: query.switch("wait"),
        }
    }
}

/// The permit for an app, which this server itself is not.
fn permitted(
    api: &Api,
    scope: ScopeQuery,
    name: AppName,
    verb: &'static str,
) -> Result<Permit<AppId>, Problem> {
    let scope = scope.scope(api);
    let id = AppId {
        domain: scope.domain,
        project: scope.project,
        name,
    };
    if api.own.is_app(&id) {
        return Err(AppProblem::Own(verb).into());
    }
    api.policy.app(&id).map_err(Problem::Denied)
}

/// Looks an app up.
async fn look_up(api: &Api, caller: &Caller, app: &Permit<AppId>) -> Result<App, Problem> {
    let found = api.control_plane.app(caller, app).await;
    found.map_err(|error| not_found(error, app.get(), "Looking up the app"))
}

/// A change of an app, as it was asked for.
struct Change<'a> {
    api: &'a Api,
    caller: &'a Caller,
    deadline: &'a Deadline,
    place: &'a Place,
    goal: AppGoal,
    verb: &'static str,
    wait: bool,
}

impl Change<'_> {
    /// Brings an app to the goal, unless it is there.
    async fn make(self, app: &Permit<AppId>) -> Result<App, Problem> {
        let Self {
            api,
            caller,
            goal,
            verb,
            ..
        } = self;
        let found = look_up(api, caller, app).await?;
        if found.is(goal) {
            return Ok(found);
        }
        let place = self.wait.then(|| self.place.reserve()).transpose()?;
        // On the heap: whole messages would else be part of every caller's future.
        let updated = Box::pin(api.control_plane.update_app(caller, found.clone(), goal)).await;
        let updated = updated.map_err(|error| not_found(error, app.get(), "Updating the app"))?;
        let Some(place) = place else {
            return Ok(updated);
        };
        self.deadline.put_off(api.max_wait);
        place.enter();
        let waited = api
            .control_plane
            .wait_for_app(caller, &found, updated, goal, api.max_wait)
            .await;
        waited.map_err(|source| {
            let name = app.get().name.to_string();
            AppProblem::Wait { verb, name, source }.into()
        })
    }
}

fn not_found(error: Error, app: &AppId, action: &'static str) -> Problem {
    if error.is_not_found() {
        AppProblem::NotFound(app.name.to_string()).into()
    } else {
        Problem::control_plane(action)(error)
    }
}
