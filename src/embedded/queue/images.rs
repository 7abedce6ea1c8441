//! Images that runs of an image builder leave behind, by what such a run takes
//! and returns, be the builder the built-in one or one that was deployed.

use std::path::Path;

use flyte_idl::flyteidl2::task::Inputs;

use super::Context;
use crate::embedded::{
    demo::{build, value},
    executor::Outcome,
    objects,
    store::actions::ActionRow,
};

/// Records the image, where that is what the attempt has made. Whoever sees the
/// run succeed finds it.
pub(super) async fn record(context: &Context, row: &ActionRow, outcome: &Outcome) {
    let Outcome::Succeeded { outputs, .. } = outcome else {
        return;
    };
    let is_builder = row.task_name == build::TASK && row.task_project == build::PROJECT;
    let address = outputs
        .first()
        .and_then(|output| value::text(&output.value));
    let (true, Some(address)) = (is_builder, address) else {
        return;
    };
    let Ok(path) = objects::path(&row.input_uri) else {
        return;
    };
    let inputs: Inputs = match objects::read_message(Path::new(&objects::input_file(path))).await {
        Ok(inputs) => inputs,
        Err(error) => return log(row, &error),
    };
    let Ok(name) = value::Inputs(&inputs.literals).string(build::TARGET) else {
        return;
    };
    let store = &context.settings.store;
    if let Err(error) = store.put_image(&row.run_key(), name, address).await {
        log(row, &error);
    }
}

fn log(row: &ActionRow, error: &(dyn std::error::Error + 'static)) {
    tracing::error!(
        run.name = row.run,
        error,
        "an image could not be recorded; it will be built again"
    );
}
