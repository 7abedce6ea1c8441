//! `POST /prefetch/hf-model`

mod inputs;
mod request;

use axum::{Json, extract::State};
use flyte_webhook_core::{endpoint::Endpoint, model::label};
use serde::Serialize;
use utoipa::ToSchema;

use self::{inputs::Mapping, request::PrefetchQuery};
use crate::{
    control_plane::{Caller, Given, Phase, RunId, RunSettings, Start},
    http::{
        Api, ApiState, Problem,
        endpoints::{
            launch::{Launch, NewLaunch},
            own_task::OwnTask,
        },
        extract::{IdempotencyHeaders, Idempotent, QueryAndBody, TextList},
    },
};

/// What to do where no task serves.
const ADVICE: &str =
    "deploy deploy/prefetch_task.py there with `flyte deploy`, or name another task under prefetch";

/// The run that fetches a model.
#[derive(Serialize, ToSchema)]
pub struct StartedPrefetch {
    name: String,
    /// The run's page in the console.
    url: String,
    /// Where the run is in its life.
    #[schema(example = "queued")]
    phase: &'static str,
    /// Whether the run has ended.
    done: bool,
    /// Where the run lives.
    project: String,
    /// Where the run lives.
    domain: String,
}

/// Fetches a model from Hugging Face into the object store.
///
/// The body is the list of modalities. Everything that is given goes to the
/// input of that name of the task that is deployed for this; what it does not
/// take is refused. Resources and the token's secret are set for the run where
/// they are given, and are else the task's own.
#[utoipa::path(
    post,
    path = "/prefetch/hf-model",
    params(
        ("repo" = String, Query, description = "The repository: owner/name", example = "Qwen/Qwen3-0.6B"),
        ("raw_data_path" = Option<String>, Query, description = "Where to store the model"),
        ("artifact_name" = Option<String>, Query, description = "What to call it; absent: the repository's name"),
        ("architecture" = Option<String>, Query, description = "As in the model's configuration"),
        ("task" = Option<String>, Query, description = "What the model is for, such as generate; absent: auto"),
        ("serial_format" = Option<String>, Query, description = "Such as safetensors"),
        ("model_type" = Option<String>, Query, description = "Such as transformer"),
        ("short_description" = Option<String>, Query, description = "What to say of the model"),
        ("hf_token_key" = Option<String>, Query, description = "The secret with the token; empty: none; absent: the task's own"),
        ("cpu" = Option<String>, Query, description = "Absent: the task's own", example = "2"),
        ("memory" = Option<String>, Query, description = "Absent: the task's own", example = "8Gi"),
        ("disk" = Option<String>, Query, description = "Absent: the task's own", example = "50Gi"),
        ("force" = Option<i64>, Query, description = "Another number fetches the model anew"),
        IdempotencyHeaders,
    ),
    request_body(content = Vec<String>, description = "The modalities; absent: text", example = json!(["text"])),
    responses((status = 200, body = StartedPrefetch, description = "The run was started"))
)]
pub async fn prefetch_hf_model(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    Idempotent(idempotency, asked): Idempotent<QueryAndBody<PrefetchQuery, TextList>>,
) -> Result<Json<StartedPrefetch>, Problem> {
    let what = (
        Endpoint::PrefetchHfModel,
        api.prefetch.task.get().to_string(),
    );
    let run = match Launch::of(&api, &caller, idempotency, what).await? {
        Launch::Known(run) => run,
        Launch::New(launch) => fetch(&api, &caller, asked, launch).await?,
    };
    Ok(Json(StartedPrefetch {
        url: api.control_plane.run_url(&run),
        phase: Phase::QUEUED.as_str(),
        done: false,
        name: run.name.into(),
        project: run.scope.project.into(),
        domain: run.scope.domain.into(),
    }))
}

/// Starts the run that fetches the model.
async fn fetch(
    api: &Api,
    caller: &Caller,
    QueryAndBody(query, TextList(modality)): QueryAndBody<PrefetchQuery, TextList>,
    launch: NewLaunch,
) -> Result<RunId, Problem> {
    let fetcher = OwnTask {
        id: &api.prefetch.task,
        advice: ADVICE,
    };
    let task = fetcher.find(api, caller, launch.version()).await?;
    let mapping = Mapping {
        task: &task,
        fetcher: &fetcher,
    };
    let inputs = mapping.inputs(&query.parameters, modality)?;
    let changed = mapping.changed(&query)?;
    let given = Given {
        task: &task,
        changed: changed.as_ref(),
        inputs,
    };
    let label = query.repo.map(|repo| label(&repo, query.artifact.as_ref()));
    let settings = RunSettings {
        labels: label
            .map(|it| ("model".to_owned(), it))
            .into_iter()
            .collect(),
        ..RunSettings::default()
    };
    launch
        .start(api, caller, Start::Task(given, settings))
        .await
}
