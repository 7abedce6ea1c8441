//! `GET /task/{domain}/{project}/{name}`

use axum::{Json, extract::State};
use flyte_idl::flyteidl2::core::TaskMetadata;
use serde::Serialize;
use utoipa::ToSchema;

use super::{VersionQuery, find, permitted};
use crate::{
    control_plane::{Caller, Error, Task},
    http::{
        ApiState, Problem,
        extract::{Query, TaskPath},
    },
};

/// What a task takes and how it is run.
#[derive(Serialize, ToSchema)]
pub struct TaskMetadataAnswer {
    #[schema(example = "demo.hello")]
    name: String,
    #[schema(example = "v1")]
    version: String,
    #[schema(example = "demo")]
    task_type: String,
    /// The inputs that must be given.
    #[schema(example = json!([]))]
    required_args: Vec<String>,
    /// The inputs that may be left out.
    #[schema(example = json!(["name"]))]
    default_input_args: Vec<String>,
    cache: Cache,
    /// The keys of the secrets that the task asks for.
    #[schema(example = json!([]))]
    secrets: Vec<String>,
}

/// Whether and how results are cached.
#[derive(Serialize, ToSchema)]
struct Cache {
    /// `disable`, `auto` or `override`.
    #[schema(example = "disable")]
    behavior: &'static str,
    version_override: Option<String>,
    /// Whether equal runs wait for each other.
    serialize: bool,
}

/// Says what a task takes.
#[utoipa::path(
    get,
    path = "/task/{domain}/{project}/{name}",
    params(
        ("domain" = String, Path, description = "The task's domain", example = "development"),
        ("project" = String, Path, description = "The task's project", example = "flytesnacks"),
        ("name" = String, Path, description = "The task's name", example = "demo.hello"),
        ("version" = Option<String>, Query, description = "The task's version; absent: the latest"),
    ),
    responses((status = 200, body = TaskMetadataAnswer, description = "What the task takes"))
)]
pub async fn get_task(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    TaskPath(id): TaskPath,
    Query(VersionQuery { version }): Query<VersionQuery>,
) -> Result<Json<TaskMetadataAnswer>, Problem> {
    let permit = permitted(&api, &caller, &id)?;
    let task = find(&api, &caller, &permit, version.as_deref()).await?;
    TaskMetadataAnswer::new(task)
        .map(Json)
        .map_err(Problem::control_plane("Reading the task"))
}

impl TaskMetadataAnswer {
    fn new(task: Task) -> Result<Self, Error> {
        let required_args = task.required_inputs();
        let template = task.spec()?.task_template.into_option();
        let template = template.unwrap_or_default();
        let defaults = task.default_inputs.into_iter();
        let metadata = template.metadata.into_option().unwrap_or_default();
        let secrets = template
            .security_context
            .into_option()
            .unwrap_or_default()
            .secrets;
        Ok(Self {
            name: task.identifier.name,
            version: task.identifier.version,
            task_type: template.r#type,
            required_args,
            default_input_args: defaults.map(|parameter| parameter.name).collect(),
            cache: metadata.into(),
            secrets: secrets.into_iter().map(|secret| secret.key).collect(),
        })
    }
}

impl From<TaskMetadata> for Cache {
    fn from(metadata: TaskMetadata) -> Self {
        let version = Some(metadata.discovery_version).filter(|version| !version.is_empty());
        Self {
            behavior: match (metadata.discoverable, &version) {
                (false, _) => "disable",
                (true, Some(_)) => "override",
                (true, None) => "auto",
            },
            version_override: version,
            serialize: metadata.cache_serializable,
        }
    }
}
