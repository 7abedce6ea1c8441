//! Every endpoint with every object that its path can name.

use flyte_webhook_core::endpoint::{Endpoint, Method};
use serde_json::json;

use super::world::{Kind, Object, SECRET, World};
use crate::harness::{Answer, TestApp};

/// A way in.
#[derive(Clone, Debug)]
pub(crate) struct Door {
    pub(crate) name: &'static str,
    method: Method,
    template: &'static str,
}

/// What came of asking at all doors for all objects.
#[derive(Debug, Default)]
pub(crate) struct Visits {
    pub(crate) leaks: Vec<String>,
    pub(crate) closed: usize,
    pub(crate) open: usize,
}

/// The endpoints, and the routes beside them.
pub(crate) fn doors() -> Vec<Door> {
    let endpoints = Endpoint::ALL.map(|endpoint| Door {
        name: endpoint.name(),
        method: endpoint.method(),
        template: endpoint.path(),
    });
    let guide = [
        (
            "guide_run_task",
            "/run-task/{project}/{domain}/{name}/{version}",
        ),
        (
            "guide_run_task_and_wait",
            "/run-task-and-wait/{project}/{domain}/{name}/{version}",
        ),
    ];
    let guide = guide.map(|(name, template)| Door {
        name,
        method: Method::Post,
        template,
    });
    endpoints.into_iter().chain(guide).collect()
}

impl Door {
    fn kind(&self) -> Option<Kind> {
        let has = |place| self.template.contains(place);
        if has("{trigger_name}") {
            Some(Kind::Trigger)
        } else if has("{domain}") {
            Some(Kind::Task)
        } else if self.template.starts_with("/app/{name}") {
            Some(Kind::App)
        } else if has("{name}") || has("{run_name}") {
            Some(Kind::Run)
        } else {
            None
        }
    }

    /// Whether a list keeps objects from being named here: the runs of a
    /// prefetch are of another kind than all those of this table.
    pub(crate) fn is_guarded(&self) -> bool {
        self.kind().is_some() && !self.is_about_prefetch()
    }

    fn is_about_prefetch(&self) -> bool {
        self.template.starts_with("/prefetch/")
    }

    fn is_shut(&self, object: &Object, world: &World) -> bool {
        let lists = world.lists;
        let is_listed = match object.kind {
            Kind::Task | Kind::Run => object.is_listed || !lists.tasks,
            Kind::App => object.is_listed || !lists.apps,
            Kind::Trigger => object.is_listed || !lists.triggers,
        };
        // One that fires starts its task.
        let starts_task = matches!(object.kind, Kind::Trigger);
        let is_of_listed_task = object.is_of_listed_task || !lists.tasks;
        self.is_about_prefetch() || !is_listed || starts_task && !is_of_listed_task
    }

    /// The requests for an object: plainly, spelt in escapes, and with a wait.
    fn targets(&self, object: &Object) -> Vec<String> {
        let filled = |spell: fn(&str) -> String| {
            let mut path = self.template.to_owned();
            for (place, name) in &object.names {
                path = path.replace(place, &spell(name));
            }
            let call = if self.name == "call_app" {
                "path=/x&"
            } else {
                ""
            };
            format!("{path}?{call}{}", object.query)
        };
        let plain = filled(str::to_owned);
        let escaped = filled(|name| {
            let escape = |byte: u8| format!("%{byte:02x}");
            name.bytes().map(escape).collect()
        });
        vec![format!("{plain}&wait=1"), plain, escaped]
    }
}

/// Asks a server at every door; what the lists of the world's server leave out
/// must neither be shown nor touched.
pub(crate) async fn visit(world: &World, server: &TestApp) -> Visits {
    let mut visits = Visits::default();
    for door in doors() {
        let objects = world.objects.iter();
        for object in objects.filter(|object| door.kind() == Some(object.kind)) {
            let shut = door.is_shut(object, world);
            for target in door.targets(object) {
                world.app.forget().await;
                let answer = ask(server, door.method, &target).await;
                let leak = if shut {
                    visits.closed += 1;
                    leak(world, object, &answer).await
                } else {
                    visits.open += 1;
                    let denied = matches!(answer.status, 401 | 403 | 404);
                    denied.then(|| "is not let through".to_owned())
                };
                let text = &answer.text;
                let tell =
                    |what| format!("{} {target}: {what}: {} {text}", door.name, answer.status);
                visits.leaks.extend(leak.map(tell));
            }
        }
    }
    visits
}

async fn ask(server: &TestApp, method: Method, target: &str) -> Answer {
    match method {
        Method::Get => server.get(target).await,
        Method::Post => server.post(target, &json!({})).await,
    }
}

/// What an answer, or the calls that were made for it, give away of an object.
async fn leak(world: &World, object: &Object, answer: &Answer) -> Option<String> {
    if !matches!(answer.status, 403 | 404 | 501) {
        return Some("is let through".to_owned());
    }
    if answer.text.contains(SECRET) || object.kind == Kind::Run && answer.text.contains("demo.") {
        return Some("tells".to_owned());
    }
    let counts = world.app.received().await["counts"].clone();
    let calls = counts.as_object().unwrap().keys();
    // Whose run it is, only the control plane knows.
    let needed = |call: &&String| object.kind == Kind::Run && *call == "RunService/GetRunDetails";
    let calls: Vec<&String> = calls.filter(|call| !needed(call)).collect();
    (!calls.is_empty()).then(|| format!("asks for {calls:?}"))
}
