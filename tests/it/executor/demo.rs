//! Tasks that run inside the server.

use std::time::Duration;

use flyte_idl::flyteidl2::core::__buffa::oneof::{parameter, primitive::Value};
use flyte_idl::flyteidl2::core::Literal;
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_idl::flyteidl2::task::{NamedLiteral, TaskSpec};
use flyte_webhook::embedded::demo;
use flyte_webhook::embedded::executor::{Attempt, Outcome, execute};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::attempt::{Bench, integer, literal, named};
use super::failed;

fn task(name: &str) -> TaskSpec {
    let mut tasks = demo::tasks("flytesnacks", "development", "").into_iter();
    tasks
        .find(|task| task.task_template.id.name == name)
        .unwrap()
}

fn defaults(task: &TaskSpec) -> Vec<NamedLiteral> {
    let defaults = task
        .default_inputs
        .iter()
        .map(|input| match &input.parameter.behavior {
            Some(parameter::Behavior::Default(value)) => named(&input.name, Literal::clone(value)),
            other => panic!("{other:?}"),
        });
    defaults.collect()
}

fn attempt(bench: &Bench, name: &str, inputs: Vec<NamedLiteral>) -> Attempt {
    let task = task(name);
    Attempt {
        template: (*task.task_template).clone(),
        inputs,
        ..bench.attempt(&[], &[])
    }
}

async fn run(name: &str, inputs: Vec<NamedLiteral>) -> Outcome {
    let bench = Bench::new();
    bench.execute(attempt(&bench, name, inputs)).await
}

fn string(value: &str) -> Literal {
    literal(Value::StringValue(value.to_owned()))
}

fn float(value: f64) -> Literal {
    literal(Value::FloatValue(value))
}

#[tokio::test]
async fn hello_greets_and_leaves_its_outputs_as_a_file() {
    let bench = Bench::new();
    let attempt = attempt(&bench, "demo.hello", defaults(&task("demo.hello")));
    let output_uri = attempt.output_prefix.clone();
    let outputs = vec![named("o0", string("Hello, world!"))];
    bench.prepare_outputs("o0", string("Hello, world!"));
    assert_eq!(
        bench.execute(attempt).await,
        Outcome::Succeeded {
            outputs,
            output_uri: output_uri.clone()
        }
    );
    let written = std::fs::read(format!("{output_uri}/outputs.pb")).unwrap();
    assert_eq!(written, std::fs::read(bench.path("prepared.pb")).unwrap());
}

#[tokio::test]
async fn add_adds_and_does_not_wrap() {
    let Outcome::Succeeded { outputs, .. } = run(
        "demo.add",
        vec![named("a", integer(2)), named("b", integer(-5))],
    )
    .await
    else {
        panic!("add failed");
    };
    assert_eq!(outputs, [named("o0", integer(-3))]);

    let outcome = run(
        "demo.add",
        vec![named("a", integer(i64::MAX)), named("b", integer(1))],
    )
    .await;
    let message = "the sum of 9223372036854775807 and 1 does not fit 64 bits";
    assert_eq!(
        outcome,
        failed("OverflowError", message, ErrorKind::User, false)
    );
}

#[tokio::test]
async fn an_absent_or_wrong_input_is_named() {
    let expected = failed(
        "InvalidInput",
        "the input `b` must be an integer",
        ErrorKind::User,
        false,
    );
    assert_eq!(
        run("demo.add", vec![named("a", integer(2))]).await,
        expected
    );
    assert_eq!(
        run(
            "demo.add",
            vec![named("a", integer(2)), named("b", string("2"))]
        )
        .await,
        expected
    );
}

#[tokio::test]
async fn fail_fails_with_the_given_message() {
    let outcome = run("demo.fail", vec![named("message", string("as asked"))]).await;
    assert_eq!(
        outcome,
        failed("DemoError", "as asked", ErrorKind::User, false)
    );
}

#[tokio::test]
async fn echo_returns_its_defaults_in_order() {
    let given = defaults(&task("demo.echo"));
    let Outcome::Succeeded { outputs, .. } = run("demo.echo", given.clone()).await else {
        panic!("echo failed");
    };
    let expected: Vec<NamedLiteral> = given
        .into_iter()
        .enumerate()
        .map(|(index, input)| named(&format!("o{index}"), Literal::clone(&input.value)))
        .collect();
    assert_eq!(outputs, expected);
    assert_eq!(outputs.len(), 9);
}

#[tokio::test]
async fn sleep_can_be_aborted_and_timed_out() {
    let bench = Bench::new();
    let long = || attempt(&bench, "demo.sleep", vec![named("seconds", float(1e6))]);
    let abort = CancellationToken::new();
    let (outcome, ()) = tokio::join!(execute(long(), mpsc::channel(2).0, abort.clone()), async {
        tokio::task::yield_now().await;
        abort.cancel();
    });
    assert_eq!(outcome, Outcome::Aborted);
    let timed = Attempt {
        timeout: Some(Duration::from_millis(1)),
        ..long()
    };
    assert_eq!(bench.execute(timed).await, Outcome::TimedOut);
}

#[tokio::test]
async fn sleep_refuses_what_is_no_duration() {
    let message = "the input `seconds` must be a number of seconds, zero or more";
    for seconds in [-1.0, f64::NAN, f64::INFINITY] {
        let outcome = run("demo.sleep", vec![named("seconds", float(seconds))]).await;
        assert_eq!(
            outcome,
            failed("InvalidInput", message, ErrorKind::User, false)
        );
    }
}

#[test]
fn every_demo_task_is_runnable_by_the_name_it_is_registered_under() {
    let names: Vec<String> = demo::tasks("p", "d", "o")
        .iter()
        .map(|task| task.task_template.id.name.clone())
        .collect();
    assert_eq!(
        names,
        [
            "demo.hello",
            "demo.add",
            "demo.sleep",
            "demo.fail",
            "demo.echo"
        ]
    );
}
