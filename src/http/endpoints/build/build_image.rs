//! `POST /build-image`

mod request;

use axum::{Json, extract::State};
use buffa::Message;
use flyte_webhook_core::{
    endpoint::Endpoint,
    image::Recipe,
    json::{Object, Value},
    literal::inputs_from_json,
};
use serde::Serialize;
use utoipa::ToSchema;

use self::request::{BuildBody, BuildQuery};
use crate::{
    control_plane::{Caller, Given, RunId, RunSettings, Start},
    http::{
        Api, ApiState, Problem,
        endpoints::{
            launch::{Launch, NewLaunch},
            own_task::OwnTask,
        },
        extract::{IdempotencyHeaders, Idempotent, QueryAndBody},
    },
};

/// What to do where there is no builder.
const ADVICE: &str = "deploy the image builder there, or name its task under build";

/// The image, and the run that builds it.
#[derive(Serialize, ToSchema)]
pub struct BuiltImage {
    /// The page of the run that builds the image; null where there is nothing to build.
    image_build_run_url: Option<String>,
    /// The name that was asked for.
    #[schema(example = "site")]
    image_name: Option<String>,
    /// The base image that was asked for, else `flyte-debian-base`.
    #[schema(example = "flyte-debian-base")]
    base_image: String,
    pip_packages: Option<Vec<String>>,
    apt_packages: Option<Vec<String>>,
    /// The address of the image; null while it is not there.
    image: Option<String>,
    /// The name and the tag under which it is built.
    #[schema(example = "site:e6c187c52d9633d9fcf04576f395750d")]
    target_image: Option<String>,
    /// The run that builds the image.
    run_name: Option<String>,
    /// Where that run lives.
    project: String,
    /// Where that run lives.
    domain: String,
}

/// Builds a container image, unless it is there.
///
/// The run goes on after the answer. Equal requests, and equal images of the
/// Flyte SDK, have equal tags. What is not named is as `build` in the
/// configuration has it.
#[utoipa::path(
    post,
    path = "/build-image",
    params(
        ("base_image" = Option<String>, Query, description = "The image to start from; absent: Flyte's own", example = "ubuntu:22.04"),
        ("python_version" = Option<String>, Query, description = "Major and minor; a text without a dot counts as absent", example = "3.12"),
        ("flyte_version" = Option<String>, Query, description = "The release of the Flyte SDK in Flyte's own image", example = "2.12.1"),
        ("name" = Option<String>, Query, description = "What to call the image; absent: flyte", example = "site"),
        ("pre" = Option<bool>, Query, description = "Whether Python's packages may be pre-releases"),
        IdempotencyHeaders,
    ),
    request_body(content = BuildBody, description = "What to install"),
    responses((
        status = 200,
        body = BuiltImage,
        description = "The image is there, or the run that builds it was started",
    ))
)]
pub async fn build_image(
    State(ApiState(api)): State<ApiState>,
    caller: Caller,
    Idempotent(idempotency, asked): Idempotent<QueryAndBody<BuildQuery, BuildBody>>,
) -> Result<Json<BuiltImage>, Problem> {
    let QueryAndBody(query, body) = asked;
    let recipe = query.recipe(&body, &api.build);
    let what = (Endpoint::BuildImage, api.build.task.get().to_string());
    let built = match Launch::of(&api, &caller, idempotency, what).await? {
        Launch::Known(run) => Built::by_run(run),
        Launch::New(launch) => Built::by(&api, &caller, &recipe, launch).await?,
    };
    let run = built.run.as_ref();
    Ok(Json(BuiltImage {
        image_build_run_url: run.map(|run| api.control_plane.run_url(run)),
        image_name: query.written_name,
        base_image: recipe
            .base
            .as_ref()
            .map_or("flyte-debian-base".to_owned(), ToString::to_string),
        pip_packages: body.pip_packages(),
        apt_packages: body.apt_packages(),
        image: built.image,
        target_image: recipe.changes_anything().then(|| recipe.image()),
        run_name: run.map(|run| run.name.to_string()),
        project: api.scope.project.to_string(),
        domain: api.scope.domain.to_string(),
    }))
}

/// What came of a recipe: an image, or a run that will make it one.
struct Built {
    image: Option<String>,
    run: Option<RunId>,
}

impl Built {
    /// It may be there by now; who repeats a request gets its answer.
    fn by_run(run: RunId) -> Self {
        Self {
            image: None,
            run: Some(run),
        }
    }

    async fn by(
        api: &Api,
        caller: &Caller,
        recipe: &Recipe,
        launch: NewLaunch,
    ) -> Result<Self, Problem> {
        let there = if recipe.changes_anything() {
            let image = recipe.image();
            let found = api.control_plane.image(caller, &api.scope, &image).await;
            found.map_err(Problem::control_plane("Looking up the image"))?
        } else {
            // Nothing is asked of the control plane but whether it knows the caller.
            let known = api.control_plane.user(caller).await;
            known.map_err(Problem::control_plane("Looking up the caller"))?;
            Some(recipe.base())
        };
        let run = match &there {
            Some(_) => None,
            None => Some(build(api, caller, recipe, launch).await?),
        };
        Ok(Self { image: there, run })
    }
}

/// Starts the run that builds the image.
async fn build(
    api: &Api,
    caller: &Caller,
    recipe: &Recipe,
    launch: NewLaunch,
) -> Result<RunId, Problem> {
    let builder = OwnTask {
        id: &api.build.task,
        advice: ADVICE,
    };
    let task = builder.find(api, caller, launch.version()).await?;
    let spec = recipe.spec().encode_to_vec();
    let spec = api
        .control_plane
        .upload(caller, &api.scope, "spec.pb", spec)
        .await
        .map_err(Problem::control_plane("Storing the image's description"))?;
    // No files come along, so there is no context.
    let inputs = [
        ("spec", spec),
        ("context", String::new()),
        ("target_image", recipe.image()),
    ];
    let inputs: Object = inputs
        .into_iter()
        .map(|(name, text)| (name.to_owned(), Value::String(text.into())))
        .collect();
    let inputs = inputs_from_json(&task.inputs, &task.default_inputs, &inputs);
    let inputs = inputs.map_err(|errors| builder.unfit(&errors))?;
    let settings = RunSettings {
        own_cache: true,
        ..RunSettings::default()
    };
    let start = Start::Task(Given::new(&task, inputs), settings);
    launch.start(api, caller, start).await
}
