//! A directory to run attempts in.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use buffa::Message;
use flyte_idl::flyteidl2::core::__buffa::oneof::primitive::Value;
use flyte_idl::flyteidl2::core::__buffa::oneof::{literal, literal_type, scalar};
use flyte_idl::flyteidl2::core::execution_error::ErrorKind;
use flyte_idl::flyteidl2::core::{
    Container, ContainerError, ErrorDocument, Literal, LiteralType, Primitive, Scalar, SimpleType,
    TaskTemplate, TypedInterface, Variable, VariableEntry, VariableMap,
};
use flyte_idl::flyteidl2::task::{NamedLiteral, Outputs};
use flyte_webhook::embedded::executor::{Attempt, HostEnvironment, LOG_FILE, Outcome, execute};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

/// A temporary directory with the layout `attempt/`, `run/`, `prepared.pb`.
pub(super) struct Bench {
    root: PathBuf,
    /// Removes the directory in the end.
    _kept: Option<tempfile::TempDir>,
}

impl Bench {
    pub(super) fn new() -> Self {
        let kept = tempfile::tempdir().unwrap();
        let root = kept.path().canonicalize().unwrap();
        Self {
            root,
            _kept: Some(kept),
        }
    }

    /// A bench in a directory that belongs to somebody else.
    pub(super) fn at(root: &Path) -> Self {
        Self {
            root: root.canonicalize().unwrap(),
            _kept: None,
        }
    }

    pub(super) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// An attempt of `command` with `args`, whose interface declares the integer `o0`.
    pub(super) fn attempt(&self, command: &[&str], args: &[&str]) -> Attempt {
        let run = self.path("run").display().to_string();
        let variables = [
            ("PATH", "/usr/bin:/bin"),
            ("LC_ALL", "C"),
            ("AWS_SECRET_ACCESS_KEY", "hidden"),
        ];
        Attempt {
            run: "r1".to_owned(),
            action: "a0".to_owned(),
            project: "flytesnacks".to_owned(),
            domain: "development".to_owned(),
            org: String::new(),
            attempt: 1,
            template: template(command, args),
            envs: Vec::new(),
            directory: self.path("attempt"),
            input: format!("{run}/inputs.pb"),
            output_prefix: format!("{run}/a0/1"),
            raw_data_prefix: format!("{run}/raw"),
            checkpoint_prefix: format!("{run}/a0/1/_flytecheckpoints"),
            run_base: run,
            previous_checkpoint: String::new(),
            start_time: "2026-01-02T03:04:05Z".parse().unwrap(),
            control_plane: "127.0.0.1:9".parse().unwrap(),
            connector: None,
            inputs: Vec::new(),
            timeout: None,
            host: HostEnvironment::keep(
                variables.map(|(name, value)| (OsString::from(name), OsString::from(value))),
            ),
        }
    }

    /// An attempt of a shell script; `args` are its `$1` and following.
    pub(super) fn script(&self, script: &str, args: &[&str]) -> Attempt {
        self.attempt(&["sh", "-c", script, "sh"], args)
    }

    pub(super) async fn execute(&self, attempt: Attempt) -> Outcome {
        execute(attempt, mpsc::channel(2).0, CancellationToken::new()).await
    }

    pub(super) async fn run(&self, script: &str) -> Outcome {
        self.execute(self.script(script, &[])).await
    }

    pub(super) fn log(&self) -> String {
        std::fs::read_to_string(self.path("attempt").join(LOG_FILE)).unwrap()
    }

    /// Leaves outputs at `../../prepared.pb` of the working directory.
    pub(super) fn prepare_outputs(&self, name: &str, value: Literal) {
        let outputs = Outputs {
            literals: vec![named(name, value)],
            ..Default::default()
        };
        std::fs::write(self.path("prepared.pb"), outputs.encode_to_vec()).unwrap();
    }

    /// Leaves an error document there.
    pub(super) fn prepare_error(&self, code: &str, message: &str) {
        let error = ContainerError {
            code: code.to_owned(),
            message: message.to_owned(),
            origin: ErrorKind::User.into(),
            ..Default::default()
        };
        let document = ErrorDocument {
            error: error.into(),
            ..Default::default()
        };
        std::fs::write(self.path("prepared.pb"), document.encode_to_vec()).unwrap();
    }
}

fn template(command: &[&str], args: &[&str]) -> TaskTemplate {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    let container = Container {
        command: owned(command),
        args: owned(args),
        ..Default::default()
    };
    let integer = LiteralType {
        r#type: Some(literal_type::Type::Simple(SimpleType::Integer.into())),
        ..Default::default()
    };
    let variable = Variable {
        r#type: integer.into(),
        ..Default::default()
    };
    let output = VariableEntry {
        key: "o0".to_owned(),
        value: variable.into(),
        ..Default::default()
    };
    let outputs = VariableMap {
        variables: vec![output],
        ..Default::default()
    };
    let interface = TypedInterface {
        outputs: outputs.into(),
        ..Default::default()
    };
    TaskTemplate {
        r#type: "python".to_owned(),
        interface: interface.into(),
        target: Some(container.into()),
        ..Default::default()
    }
}

pub(super) fn integer(value: i64) -> Literal {
    literal(Value::Integer(value))
}

pub(super) fn literal(value: Value) -> Literal {
    let primitive = Primitive {
        value: Some(value),
        ..Default::default()
    };
    let scalar = Scalar {
        value: Some(scalar::Value::from(primitive)),
        ..Default::default()
    };
    Literal {
        value: Some(literal::Value::from(scalar)),
        ..Default::default()
    }
}

pub(super) fn named(name: &str, value: Literal) -> NamedLiteral {
    NamedLiteral {
        name: name.to_owned(),
        value: value.into(),
        ..Default::default()
    }
}
