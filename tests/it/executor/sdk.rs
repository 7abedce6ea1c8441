//! The SDK's own `a0`, from the virtualenv that `FLYTE_VENV` names.

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use buffa::Message;
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_idl::flyteidl2::task::Inputs;
use flyte_webhook::embedded::executor::{Attempt, HostEnvironment, Outcome};

use super::attempt::{Bench, integer, named};
use super::failed;

const TASKS: &str = "
import flyte

env = flyte.TaskEnvironment(name='bench', image=flyte.Image.from_base('python:3.11-slim'))

@env.task
async def double(x: int) -> int:
    print('doubling', x)
    return 2 * x

@env.task
async def boom(x: int) -> int:
    raise ValueError(f'no {x}')
";

/// Bundles `TASKS` as `flyte deploy` does and names the task as its container would.
fn attempt(bench: &Bench, task: &str) -> Attempt {
    std::fs::create_dir_all(bench.path("run")).unwrap();
    std::fs::write(bench.path("tasks.py"), TASKS).unwrap();
    let bundle = bench.path("run/code bundle.tgz");
    let mut tar = Command::new("tar");
    tar.arg("czf")
        .arg(&bundle)
        .arg("-C")
        .arg(bench.path(""))
        .arg("tasks.py");
    assert!(tar.status().unwrap().success());

    let bundle = format!("file://{}", bundle.display());
    let words = format!(
        "a0 --inputs {{{{.input}}}} --outputs-path {{{{.outputPrefix}}}} --version v1 \
         --raw-data-path {{{{.rawOutputDataPrefix}}}} --checkpoint-path {{{{.checkpointOutputPrefix}}}} \
         --prev-checkpoint {{{{.prevCheckpointPrefix}}}} --run-name {{{{.runName}}}} --name {{{{.actionName}}}} \
         --run-start-time {{{{.runStartTime}}}} --tgz BUNDLE --dest . \
         --resolver flyte._internal.resolvers.default.DefaultTaskResolver mod tasks instance {task}"
    );
    let words: Vec<&str> = words.split_whitespace().collect();
    let words: Vec<&str> = words
        .iter()
        .map(|word| if *word == "BUNDLE" { &bundle } else { *word })
        .collect();
    let inputs = vec![named("x", integer(21))];
    let message = Inputs {
        literals: inputs.clone(),
        ..Default::default()
    };
    std::fs::write(bench.path("run/inputs.pb"), message.encode_to_vec()).unwrap();
    Attempt {
        inputs,
        host: host(),
        ..bench.attempt(&[], &words)
    }
}

fn host() -> HostEnvironment {
    let venv = std::env::var_os("FLYTE_VENV").expect("FLYTE_VENV names a virtualenv with flyte");
    let programs = PathBuf::from(venv).join("bin");
    let path = OsString::from(format!("{}:/usr/bin:/bin", programs.display()));
    HostEnvironment::keep([(OsString::from("PATH"), path)])
}

#[tokio::test]
#[ignore = "needs FLYTE_VENV, a virtualenv with the Flyte SDK"]
async fn a_task_of_the_sdk_returns_its_outputs() {
    let bench = Bench::new();
    let attempt = attempt(&bench, "double");
    let output_uri = attempt.output_prefix.clone();
    let outcome = bench.execute(attempt).await;
    let outputs = vec![named("o0", integer(42))];
    assert_eq!(
        outcome,
        Outcome::Succeeded {
            outputs,
            output_uri
        },
        "{}",
        bench.log()
    );
    assert!(bench.log().contains("doubling 21\n"));
}

#[tokio::test]
#[ignore = "needs FLYTE_VENV, a virtualenv with the Flyte SDK"]
async fn a_task_of_the_sdk_that_raises_shows_its_exception() {
    let bench = Bench::new();
    let outcome = bench.execute(attempt(&bench, "boom")).await;
    assert_eq!(
        outcome,
        failed("ValueError", "no 21", ErrorKind::User, true),
        "{}",
        bench.log()
    );
}
