//! A control plane with objects that the lists name and others that look like
//! them.

use serde_json::json;

use crate::harness::TestApp;

/// What nobody who may not see a run may read.
pub(crate) const SECRET: &str = "secret-5f2a9c";

/// Which lists there are; each names one object of its kind.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Lists {
    pub(crate) tasks: bool,
    pub(crate) apps: bool,
    pub(crate) triggers: bool,
}

impl Lists {
    pub(crate) const ALL: Self = Self {
        tasks: true,
        apps: true,
        triggers: true,
    };
    const NONE: Self = Self {
        tasks: false,
        apps: false,
        triggers: false,
    };
    pub(crate) const TASKS: Self = Self {
        tasks: true,
        ..Self::NONE
    };
    pub(crate) const APPS: Self = Self {
        apps: true,
        ..Self::NONE
    };
    pub(crate) const TRIGGERS: Self = Self {
        triggers: true,
        ..Self::NONE
    };

    fn yaml(self) -> String {
        let endpoints: Vec<&str> = flyte_webhook_core::endpoint::Endpoint::ALL
            .iter()
            .map(|endpoint| endpoint.name())
            .collect();
        let mut yaml = format!(
            "endpoints: [{}]\ncompat: {{guide_routes: true}}\negress: {{allow: [127.0.0.0/8]}}\n",
            endpoints.join(", ")
        );
        let lists = [
            (self.tasks, "task_allowlist: [demo.hello]\n"),
            (self.apps, "app_allowlist: [demo-echo]\n"),
            (self.triggers, "trigger_allowlist: [demo.hello/daily]\n"),
        ];
        let present = lists.into_iter().filter(|(is_there, _)| *is_there);
        yaml.extend(present.map(|(_, list)| list));
        yaml
    }
}

/// What an endpoint's path names.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    Task,
    Run,
    App,
    Trigger,
}

/// Something that a path can name.
#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub(crate) kind: Kind,
    /// What stands in the places of a path template.
    pub(crate) names: Vec<(&'static str, String)>,
    pub(crate) query: &'static str,
    /// Whether the list of its kind, if there is one, names it.
    pub(crate) is_listed: bool,
    /// Whether its task is in the list of tasks.
    pub(crate) is_of_listed_task: bool,
}

/// The objects, and a server with lists in front of them.
pub(crate) struct World {
    pub(crate) app: TestApp,
    pub(crate) lists: Lists,
    pub(crate) objects: Vec<Object>,
}

impl World {
    pub(crate) async fn start(lists: Lists) -> Self {
        let app = TestApp::with(&lists.yaml()).await;
        let mut world = Self {
            app,
            lists,
            objects: Vec::new(),
        };
        world.add_tasks();
        world.add_runs().await;
        world.add_apps().await;
        world.add_triggers().await;
        world
    }

    /// A server that has no lists, in front of the same objects.
    pub(crate) async fn without_lists(&self) -> TestApp {
        let endpoint = format!("http://{}", self.app.control_plane.unwrap());
        TestApp::against(&endpoint, &Lists::NONE.yaml()).await
    }

    fn add_tasks(&mut self) {
        for (name, is_listed) in [("demo.hello", true), ("demo.fail", false)] {
            self.objects.push(Object {
                kind: Kind::Task,
                names: vec![
                    ("{domain}", "development".to_owned()),
                    ("{project}", "flytesnacks".to_owned()),
                    ("{name}", name.to_owned()),
                    ("{version}", "v1".to_owned()),
                ],
                query: "",
                is_listed,
                is_of_listed_task: is_listed,
            });
        }
    }

    /// One run that goes on, one that has ended, and one of the listed task.
    async fn add_runs(&mut self) {
        let open = self.without_lists().await;
        let inputs = json!({"name": SECRET});
        let listed = open.start_run("demo.hello", &inputs).await;
        let goes_on = open
            .start_run("demo.sleep", &json!({"seconds": 600.0}))
            .await;
        let ended = open
            .start_run("demo.fail", &json!({"message": SECRET}))
            .await;
        open.ended(&listed).await;
        open.ended(&ended).await;
        for (run, is_listed) in [(listed, true), (goes_on, false), (ended, false)] {
            for query in ["", "project=flytesnacks&domain=development"] {
                self.objects.push(Object {
                    kind: Kind::Run,
                    names: vec![("{name}", run.clone()), ("{run_name}", run.clone())],
                    query,
                    is_listed,
                    is_of_listed_task: is_listed,
                });
            }
        }
    }

    async fn add_apps(&mut self) {
        let other = json!({"project": {"id": "other", "name": "other"}});
        self.app
            .upstream("project.ProjectService/CreateProject", &other)
            .await;
        let own = "project=flytesnacks";
        for (name, project, query, state, is_listed) in [
            ("demo-echo", "flytesnacks", "", "ACTIVE", true),
            ("hidden-on", "flytesnacks", "", "ACTIVE", false),
            ("hidden-off", "flytesnacks", own, "STOPPED", false),
            ("demo-echo", "other", "project=other", "ACTIVE", false),
        ] {
            let deployed = json!({"app": {
                "metadata": {"id": {"project": project, "domain": "development", "name": name}},
                "spec": {"container": {"image": "demo"}, "desiredState": format!("DESIRED_STATE_{state}")},
            }});
            self.app.upstream("app.AppService/Create", &deployed).await;
            self.objects.push(Object {
                kind: Kind::App,
                names: vec![("{name}", name.to_owned())],
                query,
                is_listed,
                is_of_listed_task: true,
            });
        }
    }

    async fn add_triggers(&mut self) {
        for (task, name) in [
            ("demo.hello", "daily"),
            ("demo.hello", "hidden"),
            ("demo.fail", "daily"),
        ] {
            let deployed = json!({
                "name": {"project": "flytesnacks", "domain": "development", "taskName": task, "name": name},
                "spec": {"taskVersion": "v1", "active": true},
                "automationSpec": {"type": "TYPE_SCHEDULE", "schedule": {"cronExpression": "0 6 * * *"}},
            });
            self.app
                .upstream("trigger.TriggerService/DeployTrigger", &deployed)
                .await;
            self.objects.push(Object {
                kind: Kind::Trigger,
                names: vec![
                    ("{task_name}", task.to_owned()),
                    ("{trigger_name}", name.to_owned()),
                ],
                query: "",
                is_listed: (task, name) == ("demo.hello", "daily"),
                is_of_listed_task: task == "demo.hello",
            });
        }
    }
}
