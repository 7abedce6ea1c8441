//! Lists: tasks, versions, runs, projects, triggers.

use serde_json::{Value, json};

use flyte_idl::flyteidl2::{common::ActionPhase, task::TaskSpec};

use super::bench::ControlPlane;

const SUCCEEDED: ActionPhase = ActionPhase::ACTION_PHASE_SUCCEEDED;

fn project() -> Value {
    json!({"name": "flytesnacks", "domain": "development"})
}

fn names(body: &Value) -> Vec<(&str, &str)> {
    let tasks = body["tasks"]
        .as_array()
        .map(Vec::as_slice)
        .unwrap_or_default();
    tasks
        .iter()
        .map(|task| &task["taskId"])
        .map(|id| {
            (
                id["name"].as_str().unwrap(),
                id["version"].as_str().unwrap(),
            )
        })
        .collect()
}

#[tokio::test]
async fn tasks_are_listed_in_their_latest_version() {
    let control_plane = ControlPlane::start().await;
    for version in ["v1", "v2", "v1"] {
        control_plane
            .deploy("site.a", version, TaskSpec::default())
            .await;
    }
    control_plane
        .deploy("site.b", "v9", TaskSpec::default())
        .await;
    let list = async |request: Value| {
        let body = json!({"projectId": project(), "request": request});
        control_plane.json("task.TaskService/ListTasks", body).await
    };
    let site = json!({"function": "CONTAINS", "field": "name", "values": ["site."]});
    let (_, all) = list(json!({"filters": [site]})).await;
    assert_eq!(names(&all), [("site.b", "v9"), ("site.a", "v1")]);
    assert_eq!(all["metadata"], json!({"total": 7, "filteredTotal": 2}));
    // As the SDK and the webhook ask for the latest version of one task.
    let one = json!({"field": "name", "values": ["site.a"]});
    let (_, latest) =
        list(json!({"limit": 1, "sortBy": {"key": "created_at"}, "filters": [one]})).await;
    assert_eq!(names(&latest), [("site.a", "v1")]);
    let (_, versions) = control_plane
        .json(
            "task.TaskService/ListVersions",
            json!({"taskName": {"project": "flytesnacks", "domain": "development", "name": "site.a"},
                "request": {"sortBy": {"key": "version", "direction": "ASCENDING"}}}),
        )
        .await;
    let versions: Vec<_> = versions["versions"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["version"])
        .collect();
    assert_eq!(versions, ["v1", "v2"]);
}

#[tokio::test]
async fn pages_follow_each_other_without_gap() {
    let control_plane = ControlPlane::start().await;
    for name in ["a", "b", "c", "d", "e"] {
        control_plane
            .deploy(&format!("page.{name}"), "v1", TaskSpec::default())
            .await;
    }
    let (mut token, mut seen) = (String::new(), Vec::new());
    loop {
        let filter = json!({"function": "CONTAINS", "field": "name", "values": ["page."]});
        let sort = json!({"key": "name", "direction": "ASCENDING"});
        let request = json!({"limit": 2, "token": token, "sortBy": sort, "filters": [filter]});
        let body = json!({"projectId": project(), "request": request});
        let (_, page) = control_plane.json("task.TaskService/ListTasks", body).await;
        seen.extend(names(&page).iter().map(|(name, _)| (*name).to_owned()));
        token = page["token"].as_str().unwrap_or_default().to_owned();
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(seen, ["page.a", "page.b", "page.c", "page.d", "page.e"]);
}

#[tokio::test]
async fn every_function_filters_as_it_says() {
    let control_plane = ControlPlane::start().await;
    for name in ["f.One", "f.two", "f.twotwo", "f.xé"] {
        control_plane.deploy(name, "v1", TaskSpec::default()).await;
    }
    for (function, values, expected) in [
        ("EQUAL", json!(["f.two"]), vec!["f.two"]),
        (
            "NOT_EQUAL",
            json!(["f.two"]),
            vec!["f.One", "f.twotwo", "f.xé"],
        ),
        ("ENDS_WITH", json!(["f.xé"]), vec!["f.xé"]),
        ("CONTAINS", json!(["One"]), vec!["f.One"]),
        ("CONTAINS_CASE_INSENSITIVE", json!(["ONE"]), vec!["f.One"]),
        ("ENDS_WITH", json!(["two"]), vec!["f.two", "f.twotwo"]),
        (
            "ENDS_WITH",
            json!(["much longer than any name f.two"]),
            vec![],
        ),
        ("NOT_ENDS_WITH", json!(["two"]), vec!["f.One", "f.xé"]),
        (
            "VALUE_IN",
            json!(["f.two", "f.One"]),
            vec!["f.One", "f.two"],
        ),
        (
            "VALUE_NOT_IN",
            json!(["f.two", "f.One"]),
            vec!["f.twotwo", "f.xé"],
        ),
        ("GREATER_THAN", json!(["f.two"]), vec!["f.twotwo", "f.xé"]),
        (
            "LESS_THAN_OR_EQUAL",
            json!(["f.two"]),
            vec!["f.One", "f.two"],
        ),
    ] {
        let mine = json!({"function": "CONTAINS", "field": "name", "values": ["f."]});
        let filter = json!({"function": function, "field": "name", "values": values});
        let sort = json!({"key": "name", "direction": "ASCENDING"});
        let request = json!({"filters": [mine, filter], "sortBy": sort});
        let body = json!({"projectId": project(), "request": request});
        let (_, page) = control_plane.json("task.TaskService/ListTasks", body).await;
        let names: Vec<_> = names(&page).into_iter().map(|(name, _)| name).collect();
        assert_eq!(names, expected, "{function} {values}");
    }
}

#[tokio::test]
async fn lists_refuse_what_they_cannot_answer() {
    let control_plane = ControlPlane::start().await;
    for (request, message) in [
        (
            json!({"limit": 201}),
            "the limit is 201, at most 200 is allowed",
        ),
        (
            json!({"token": "x"}),
            "the token `x` is not one that a list returned",
        ),
        (
            json!({"sortBy": {"key": "spec; DROP TABLE tasks"}}),
            "cannot filter or sort by `spec; DROP TABLE tasks`; use one of name, version, \
             short_name, environment, environment_name, project, domain, is_entrypoint, \
             deployed_by, deployed_at, created_at",
        ),
        (
            json!({"filters": [{"function": "EXISTS", "field": "name"}]}),
            "the function EXISTS is not supported for `name`",
        ),
        (
            json!({"filters": [{"field": "created_at", "values": ["yesterday"]}]}),
            "`yesterday` is no value for `created_at`",
        ),
        (
            json!({"filters": [{"function": "VALUE_IN", "field": "name", "values": vec![""; 1_001]}]}),
            "1001 values for `name`, at most 1000 are allowed",
        ),
    ] {
        let body = json!({"projectId": project(), "request": request});
        let answer = control_plane.json("task.TaskService/ListTasks", body).await;
        assert_eq!(
            answer,
            (400, json!({"code": "invalid_argument", "message": message}))
        );
    }
}

#[tokio::test]
async fn runs_are_listed_by_project_phase_label_and_task() {
    let control_plane = ControlPlane::start().await;
    let task = json!({"project": "flytesnacks", "domain": "development", "name": "demo.hello", "version": "v1"});
    for (name, team) in [("one", "red"), ("two", "blue")] {
        let id = json!({"project": "flytesnacks", "domain": "development", "name": name});
        let labels = json!({"labels": {"values": {"team": team}}});
        let body = json!({"runId": id, "taskId": task, "runSpec": labels});
        let (status, run) = control_plane
            .json("workflow.RunService/CreateRun", body)
            .await;
        assert_eq!(
            (status, &run["run"]["labels"]),
            (200, &json!({"team": team}))
        );
        control_plane.until(name, "a0", SUCCEEDED).await;
    }
    let list = async |scope: Value, filters: Value| {
        let mut body = json!({"request": {"filters": filters}});
        body.as_object_mut()
            .unwrap()
            .extend(scope.as_object().unwrap().clone());
        let (_, page) = control_plane
            .json("workflow.RunService/ListRuns", body)
            .await;
        let runs = page["runs"].as_array().cloned().unwrap_or_default();
        let name = |run: &Value| {
            run["action"]["id"]["run"]["name"]
                .as_str()
                .unwrap()
                .to_owned()
        };
        runs.iter().map(name).collect::<Vec<_>>()
    };
    let here = json!({"projectId": project()});
    assert_eq!(list(here.clone(), json!([])).await, ["two", "one"]);
    let red = json!([{"field": "labels.team", "values": ["red"]}]);
    assert_eq!(list(here.clone(), red).await, ["one"]);
    let labelled = json!([{"function": "EXISTS", "field": "labels.team"}]);
    assert_eq!(list(here.clone(), labelled).await, ["two", "one"]);
    let failed = json!([{"field": "phase", "values": ["6"]}]);
    assert_eq!(list(here, failed).await, Vec::<String>::new());
    assert_eq!(
        list(json!({"taskId": task}), json!([])).await,
        ["two", "one"]
    );
    let elsewhere = json!({"projectId": {"name": "system", "domain": "development"}});
    assert_eq!(list(elsewhere, json!([])).await, Vec::<String>::new());
}

#[tokio::test]
async fn projects_have_the_three_domains() {
    let control_plane = ControlPlane::start().await;
    let call = async |method: &str, body: Value| {
        control_plane
            .json(&format!("project.ProjectService/{method}"), body)
            .await
    };
    let (_, listed) = call("ListProjects", json!({})).await;
    let ids: Vec<_> = listed["projects"]["projects"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["id"])
        .collect();
    assert_eq!(ids, ["flytesnacks", "system"]);
    let mine = json!({"id": "mine", "description": "d", "labels": {"values": {"a": "b"}}});
    assert_eq!(
        call("CreateProject", json!({"project": mine})).await,
        (200, json!({}))
    );
    assert_eq!(call("CreateProject", json!({"project": mine})).await.0, 409);
    assert_eq!(
        call("CreateProject", json!({"project": {"id": "../x"}}))
            .await
            .0,
        400
    );
    assert_eq!(
        call("GetProject", json!({"id": "mine"})).await,
        (
            200,
            json!({"project": {
                "id": "mine", "name": "mine", "description": "d", "labels": {"values": {"a": "b"}},
                "domains": [
                    {"id": "development", "name": "Development"},
                    {"id": "staging", "name": "Staging"},
                    {"id": "production", "name": "Production"},
                ],
            }})
        )
    );
    let other = json!({"id": "mine", "name": "Mine", "description": "another"});
    assert_eq!(
        call("UpdateProject", json!({"project": other})).await,
        (200, json!({}))
    );
    let (_, now) = call("GetProject", json!({"id": "mine"})).await;
    assert_eq!(now["project"]["description"], "another");
    let none = json!({"project": {"id": "no", "name": "no"}});
    assert_eq!(call("UpdateProject", none).await.0, 404);
    assert_eq!(
        call("GetProject", json!({"id": "no"})).await,
        (
            404,
            json!({"code": "not_found", "message": "project \"no\" not found"})
        )
    );
}

#[tokio::test]
async fn triggers_are_deployed_switched_run_and_deleted() {
    let control_plane = ControlPlane::start().await;
    let call = async |method: &str, body: Value| {
        control_plane
            .json(&format!("trigger.TriggerService/{method}"), body)
            .await
    };
    let name = json!({"project": "flytesnacks", "domain": "development", "name": "nightly", "taskName": "demo.hello"});
    let deploy = |cron: &str| {
        json!({"name": name, "spec": {"taskVersion": "v1", "active": true},
            "automationSpec": {"type": "TYPE_SCHEDULE", "schedule": {"cron": {"expression": cron}}}})
    };
    let (status, refused) = call("DeployTrigger", deploy("every night")).await;
    assert_eq!(
        (status, &refused["code"]),
        (400, &json!("invalid_argument"))
    );
    assert_eq!(call("DeployTrigger", deploy("0 3 * * *")).await.0, 200);
    let unknown = json!({"names": [{"project": "no"}, name], "active": false});
    assert_eq!(call("UpdateTriggers", unknown).await, (200, json!({})));
    let (_, details) = call("GetTriggerDetails", json!({"name": name})).await;
    assert_eq!(details["trigger"]["spec"], json!({"taskVersion": "v1"}));
    assert_eq!(details["trigger"]["id"]["revision"], "2");
    let run = json!({"projectId": project(), "triggerName": name});
    let (_, created) = control_plane
        .json("workflow.RunService/CreateRun", run)
        .await;
    assert_eq!(
        created["run"]["action"]["metadata"]["triggerName"],
        "nightly"
    );
    let (_, listed) = call("ListTriggers", json!({"projectId": project()})).await;
    let triggers = listed["triggers"].as_array().unwrap().iter();
    let mut names: Vec<_> = triggers
        .map(|trigger| &trigger["id"]["name"]["name"])
        .collect();
    names.sort_by_key(ToString::to_string);
    assert_eq!(names, ["daily", "nightly"]);
    assert_eq!(
        call("DeleteTriggers", json!({"names": [name]})).await,
        (200, json!({}))
    );
    assert_eq!(
        call("GetTriggerDetails", json!({"name": name})).await.0,
        404
    );
}

#[tokio::test]
async fn apps_are_listed_by_project_until_they_are_deleted() {
    let control_plane = ControlPlane::start().await;
    let id = |name: &str| json!({"project": "flytesnacks", "domain": "development", "name": name});
    for name in ["one", "two"] {
        let spec = json!({"container": {"image": "none"}, "desiredState": "DESIRED_STATE_STOPPED"});
        let app = json!({"app": {"metadata": {"id": id(name)}, "spec": spec}});
        let (status, answer) = control_plane.json("app.AppService/Create", app).await;
        assert_eq!(status, 200, "{answer}");
    }
    let named = async || {
        let filter = json!({"function": "VALUE_IN", "field": "name", "values": ["one", "two"]});
        let request = json!({"project": project(), "request": {"filters": [filter]}});
        let (status, answer) = control_plane.json("app.AppService/List", request).await;
        assert_eq!(status, 200, "{answer}");
        let apps = answer["apps"].as_array().cloned().unwrap_or_default();
        let name = |app: &Value| app["metadata"]["id"]["name"].as_str().map(str::to_owned);
        let mut names: Vec<_> = apps.iter().filter_map(name).collect();
        names.sort();
        names
    };
    assert_eq!(named().await, ["one", "two"]);
    let delete = json!({"appId": id("one")});
    let deleted = control_plane
        .json("app.AppService/Delete", delete.clone())
        .await;
    assert_eq!(deleted, (200, json!({})));
    assert_eq!(named().await, ["two"]);
    let (status, again) = control_plane.json("app.AppService/Delete", delete).await;
    assert_eq!((status, &again["code"]), (404, &json!("not_found")));
}

#[tokio::test]
async fn a_trigger_that_comes_with_its_task_is_listed_by_it() {
    let control_plane = ControlPlane::start().await;
    let name = json!({"project": "flytesnacks", "domain": "development", "name": "site.timed"});
    let mut id = name.clone();
    id["version"] = json!("v1");
    let trigger = json!({
        "name": "nightly", "spec": {"active": true},
        "automationSpec": {"type": "TYPE_SCHEDULE",
            "schedule": {"cron": {"expression": "0 3 * * *", "timezone": "UTC"}}},
    });
    let deploy = json!({"taskId": id, "spec": {}, "triggers": [trigger]});
    let (status, answer) = control_plane
        .json("task.TaskService/DeployTask", deploy)
        .await;
    assert_eq!(status, 200, "{answer}");
    for scope in [
        json!({"taskName": name}),
        json!({"taskId": id}),
        json!({"projectId": project()}),
    ] {
        let filter = json!({"field": "name", "values": ["nightly"]});
        let mut request = scope;
        request["request"] = json!({"filters": [filter]});
        let (status, answer) = control_plane
            .json("trigger.TriggerService/ListTriggers", request)
            .await;
        assert_eq!(status, 200, "{answer}");
        let listed = answer["triggers"].as_array().map(Vec::len);
        assert_eq!(listed, Some(1), "{answer}");
        assert_eq!(answer["triggers"][0]["active"], true);
    }
}
