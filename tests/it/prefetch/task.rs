//! Tasks that fetch models: they sleep.

use serde_json::{Value, json};

use crate::harness::TestApp;

/// What a task takes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Interface {
    /// What the SDK's own task takes.
    OfSdk,
    /// Every parameter.
    Whole,
    /// Something that no parameter is.
    Wanting,
    /// As the SDK's own, in no container.
    WithoutContainer,
}

fn literal(text: &str) -> Value {
    json!({"scalar": {"primitive": {"stringValue": text}}})
}

fn none() -> Value {
    let union = json!({"value": {"scalar": {"noneType": {}}}, "type": none_type()});
    json!({"scalar": {"union": union}})
}

fn none_type() -> Value {
    json!({"simple": "NONE", "structure": {"tag": "none"}})
}

/// An input: name, type and default.
type Input = (&'static str, Value, Option<Value>);

impl Interface {
    fn inputs(self) -> Vec<Input> {
        let text = || json!({"simple": "STRING"});
        let mut inputs = vec![("repo", text(), None)];
        let empty = |name| (name, text(), Some(literal("")));
        match self {
            Self::OfSdk | Self::WithoutContainer => {
                inputs.extend(["artifact_name", "short_description"].map(empty));
            }
            Self::Wanting => inputs.push(("license", text(), None)),
            Self::Whole => inputs.extend(whole()),
        }
        inputs
    }
}

fn whole() -> Vec<Input> {
    let text = json!({"simple": "STRING", "structure": {"tag": "str"}});
    let optional = json!({"unionType": {"variants": [text, none_type()]}});
    let optional = |name| (name, optional.clone(), Some(none()));
    let texts = json!({"collectionType": {"simple": "STRING"}});
    let zero = json!({"scalar": {"primitive": {"integer": "0"}}});
    let mut inputs: Vec<Input> = ["artifact_name", "architecture"].map(optional).into();
    inputs.push(("task", json!({"simple": "STRING"}), Some(literal("auto"))));
    let modality = json!({"collection": {"literals": [literal("text")]}});
    inputs.push(("modality", texts, Some(modality)));
    inputs.extend(
        [
            "serial_format",
            "model_type",
            "short_description",
            "raw_data_path",
        ]
        .map(optional),
    );
    inputs.push(("force", json!({"simple": "INTEGER"}), Some(zero)));
    inputs
}

/// A task that sleeps, and could run with other resources.
fn spec(id: &Value, interface: Interface) -> Value {
    let inputs = interface.inputs();
    let variable = |(name, kind, _): &Input| json!({"key": name, "value": {"type": kind}});
    let variables: Vec<Value> = inputs.iter().map(variable).collect();
    let with_default = |(name, kind, default): &Input| {
        let parameter = json!({"var": {"type": kind}, "default": default.clone()?});
        Some(json!({"name": name, "parameter": parameter}))
    };
    let defaults: Vec<Value> = inputs.iter().filter_map(with_default).collect();
    let mut template = json!({
        "id": id,
        "type": "python",
        "metadata": {"discoverable": true, "discoveryVersion": "v1"},
        "interface": {"inputs": {"variables": variables}, "outputs": {}},
    });
    template["id"]["resourceType"] = json!("TASK");
    if interface != Interface::WithoutContainer {
        template["container"] = json!({
            "image": "prefetch:1",
            "command": ["/bin/sleep", "60"],
            "resources": {"requests": [{"name": "CPU", "value": "2"}]},
        });
    }
    json!({"taskTemplate": template, "defaultInputs": defaults})
}

/// Deploys the task that the server starts by default.
pub(super) async fn deploy(app: &TestApp, interface: Interface) {
    let id = json!({
        "project": "system", "domain": "production", "name": "prefetch.hf_model", "version": "v1",
    });
    let request = json!({"taskId": id, "spec": spec(&id, interface)});
    app.upstream("task.TaskService/DeployTask", &request).await;
}

/// Starts a run as the reference starts its own, with a task of this project.
pub(super) async fn run_of_reference(app: &TestApp, project: &str, run: &str) {
    let id = json!({
        "project": project, "domain": "development",
        "name": "prefetch-hf-model.store_hf_model_task", "version": "548da6331b9a2ff0897ee7a19af37be7",
    });
    let request = json!({
        "runId": {"project": "flytesnacks", "domain": "development", "name": run},
        "taskSpec": spec(&id, Interface::OfSdk),
        "inputs": {"literals": [{"name": "repo", "value": literal("gpt2")}]},
    });
    app.upstream("workflow.RunService/CreateRun", &request)
        .await;
}
