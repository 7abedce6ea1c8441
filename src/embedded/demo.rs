//! Tasks that need no Python: the first run on a machine with nothing but this program.

pub(in crate::embedded) mod build;
mod echo;
mod interface;
pub(in crate::embedded) mod trigger;
pub(in crate::embedded) mod value;

use std::time::Duration;

use flyte_idl::flyteidl2::app::__buffa::oneof::spec::AppPayload;
use flyte_idl::flyteidl2::app::spec::DesiredState;
use flyte_idl::flyteidl2::app::{App, Identifier, Meta, Spec};
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_idl::flyteidl2::core::{Container, Literal, TaskTemplate};
use flyte_idl::flyteidl2::task::{NamedLiteral, TaskSpec};

use super::{executor::Failure, objects};
use interface::Signature;
use value::{Inputs, Value, primitive, string};

/// The type of tasks that run inside the server.
pub const TASK_TYPE: &str = "demo";
/// The version under which the demo tasks are registered.
pub const VERSION: &str = "v1";

/// Why a demo task failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    /// There is no task of this name.
    #[error(
        "there is no demo task `{name}`; there are demo.hello, demo.add, demo.sleep, demo.fail and demo.echo"
    )]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// An input is absent or of another type.
    #[error("the input `{name}` must be {expected}")]
    Input {
        /// The input's name.
        name: &'static str,
        /// The type it must have.
        expected: &'static str,
    },
    /// The sum does not fit an integer.
    #[error("the sum of {a} and {b} does not fit 64 bits")]
    Overflow {
        /// The first summand.
        a: i64,
        /// The second summand.
        b: i64,
    },
    /// The description of an image cannot be read.
    #[error("the description of the image cannot be read: {0}")]
    Image(#[source] objects::Error),
    /// The task was asked to fail.
    #[error("{message}")]
    Asked {
        /// What the caller wants to read.
        message: String,
    },
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        let code = match &error {
            Error::Unknown { .. } => "UnknownTask",
            Error::Input { .. } => "InvalidInput",
            Error::Overflow { .. } => "OverflowError",
            Error::Image(_) => "ImageUnreadable",
            Error::Asked { .. } => "DemoError",
        };
        let message = error.to_string();
        Self {
            code: code.to_owned(),
            message,
            kind: ErrorKind::User,
            recoverable: false,
        }
    }
}

/// The demo tasks as they are registered in a project and domain.
pub fn tasks(project: &str, domain: &str, org: &str) -> Vec<TaskSpec> {
    let signatures = [hello(), add(), sleep(), fail(), echo::signature()];
    signatures
        .into_iter()
        .map(|signature| signature.spec(project, domain, org))
        .collect()
}

/// The image of the built-in app, which runs inside the server.
pub const APP_IMAGE: &str = "demo";

/// The built-in app, which answers with what it was asked.
pub(super) fn app(project: &str, domain: &str) -> App {
    let container = Container {
        image: APP_IMAGE.to_owned(),
        command: vec!["demo.echo".to_owned()],
        ..Default::default()
    };
    App {
        metadata: Meta {
            id: Identifier {
                project: project.to_owned(),
                domain: domain.to_owned(),
                name: "demo-echo".to_owned(),
                ..Default::default()
            }
            .into(),
            ..Default::default()
        }
        .into(),
        spec: Spec {
            app_payload: Some(AppPayload::Container(Box::new(container))),
            desired_state: DesiredState::Active.into(),
            ..Default::default()
        }
        .into(),
        ..Default::default()
    }
}

fn hello() -> Signature {
    Signature::new("hello", "Greets somebody.")
        .optional("name", interface::STRING, string("world"))
        .output(interface::STRING)
}

fn add() -> Signature {
    Signature::new("add", "Adds two integers.")
        .required("a", interface::INTEGER)
        .required("b", interface::INTEGER)
        .output(interface::INTEGER)
}

fn sleep() -> Signature {
    Signature::new("sleep", "Sleeps, and returns for how many seconds it did.")
        .optional(
            "seconds",
            interface::FLOAT,
            primitive(Value::FloatValue(1.0)),
        )
        .output(interface::FLOAT)
}

fn fail() -> Signature {
    Signature::new("fail", "Fails with a message.")
        .optional(
            "message",
            interface::STRING,
            string("this task always fails"),
        )
        .output(interface::STRING)
}

/// Runs the demo task that `template` names.
pub(super) async fn run(
    template: &TaskTemplate,
    inputs: &[NamedLiteral],
) -> Result<Vec<NamedLiteral>, Error> {
    let inputs = Inputs(inputs);
    match template.id.name.as_str() {
        "demo.hello" => Ok(returned(string(&format!(
            "Hello, {}!",
            inputs.string("name")?
        )))),
        "demo.add" => sum(inputs.integer("a")?, inputs.integer("b")?),
        "demo.sleep" => slept(inputs.float("seconds")?).await,
        "demo.fail" => Err(Error::Asked {
            message: inputs.string("message")?.to_owned(),
        }),
        "demo.echo" => echo::run(inputs),
        build::TASK => build::run(inputs).await,
        name => Err(Error::Unknown {
            name: name.to_owned(),
        }),
    }
}

fn sum(a: i64, b: i64) -> Result<Vec<NamedLiteral>, Error> {
    let sum = a.checked_add(b).ok_or(Error::Overflow { a, b })?;
    Ok(returned(primitive(Value::Integer(sum))))
}

async fn slept(seconds: f64) -> Result<Vec<NamedLiteral>, Error> {
    let expected = "a number of seconds, zero or more";
    let invalid = |_| Error::Input {
        name: "seconds",
        expected,
    };
    tokio::time::sleep(Duration::try_from_secs_f64(seconds).map_err(invalid)?).await;
    Ok(returned(primitive(Value::FloatValue(seconds))))
}

fn returned(value: Literal) -> Vec<NamedLiteral> {
    vec![interface::named("o0", value)]
}
