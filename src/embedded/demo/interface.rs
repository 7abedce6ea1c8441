//! Interfaces of the demo tasks, and their inputs.

use flyte_idl::flyteidl2::core::__buffa::oneof::{literal_type, parameter};
use flyte_idl::flyteidl2::core::{
    Identifier, Literal, LiteralType, Parameter, ResourceType, SimpleType, TaskMetadata,
    TaskTemplate, TypeStructure, TypedInterface, UnionType, Variable, VariableEntry, VariableMap,
};
use flyte_idl::flyteidl2::task::{
    DocumentationEntity, Environment, NamedLiteral, NamedParameter, TaskSpec,
};

use super::{TASK_TYPE, VERSION};

/// The name before the dot of most demo tasks.
const ENVIRONMENT: &str = "demo";

/// The types that demo tasks take and return.
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    Simple(SimpleType),
    List(SimpleType),
    Map(SimpleType),
    Optional(SimpleType),
}

pub(super) const STRING: Type = Type::Simple(SimpleType::String);
pub(super) const INTEGER: Type = Type::Simple(SimpleType::Integer);
pub(super) const FLOAT: Type = Type::Simple(SimpleType::Float);

impl From<Type> for LiteralType {
    fn from(of: Type) -> Self {
        use literal_type::Type as Kind;
        let simple = |kind| Box::new(Self::from(Type::Simple(kind)));
        let kind = match of {
            Type::Simple(kind) => Kind::Simple(kind.into()),
            Type::List(kind) => Kind::CollectionType(simple(kind)),
            Type::Map(kind) => Kind::MapValueType(simple(kind)),
            Type::Optional(kind) => Kind::UnionType(Box::new(optional(kind))),
        };
        Self {
            r#type: Some(kind),
            ..Default::default()
        }
    }
}

/// As the SDK writes `str | None`.
fn optional(kind: SimpleType) -> UnionType {
    let variant = |kind: SimpleType, tag: &str| LiteralType {
        structure: TypeStructure {
            tag: tag.to_owned(),
            ..Default::default()
        }
        .into(),
        ..Type::Simple(kind).into()
    };
    let tag = if kind == SimpleType::String {
        "str"
    } else {
        ""
    };
    UnionType {
        variants: vec![variant(kind, tag), variant(SimpleType::None, "none")],
        ..Default::default()
    }
}

/// A demo task's name, inputs and outputs.
pub(super) struct Signature {
    name: &'static str,
    environment: &'static str,
    summary: &'static str,
    inputs: Vec<VariableEntry>,
    outputs: Vec<VariableEntry>,
    defaults: Vec<NamedParameter>,
}

impl Signature {
    pub(super) fn new(name: &'static str, summary: &'static str) -> Self {
        Self {
            name,
            environment: ENVIRONMENT,
            summary,
            inputs: Vec::new(),
            outputs: Vec::new(),
            defaults: Vec::new(),
        }
    }

    /// A task whose name stands alone.
    pub(super) fn without_environment(mut self) -> Self {
        self.environment = "";
        self
    }

    pub(super) fn required(mut self, name: &str, kind: Type) -> Self {
        self.inputs.push(entry(name, kind));
        self
    }

    pub(super) fn optional(mut self, name: &str, kind: Type, default: Literal) -> Self {
        let parameter = Parameter {
            var: variable(name, kind).into(),
            behavior: Some(parameter::Behavior::Default(Box::new(default))),
            ..Default::default()
        };
        let name = name.to_owned();
        self.inputs.push(entry(&name, kind));
        self.defaults.push(NamedParameter {
            name,
            parameter: parameter.into(),
            ..Default::default()
        });
        self
    }

    /// Outputs are named `o0`, `o1` and so on, as the SDK names them.
    pub(super) fn output(mut self, kind: Type) -> Self {
        let name = format!("o{}", self.outputs.len());
        self.outputs.push(entry(&name, kind));
        self
    }

    pub(super) fn spec(self, project: &str, domain: &str, org: &str) -> TaskSpec {
        let id = Identifier {
            resource_type: ResourceType::Task.into(),
            project: project.to_owned(),
            domain: domain.to_owned(),
            name: match self.environment {
                "" => self.name.to_owned(),
                environment => format!("{environment}.{}", self.name),
            },
            version: VERSION.to_owned(),
            org: org.to_owned(),
            ..Default::default()
        };
        let environment = Environment {
            name: self.environment.to_owned(),
            ..Default::default()
        };
        let documentation = DocumentationEntity {
            short_description: self.summary.to_owned(),
            ..Default::default()
        };
        TaskSpec {
            task_template: template(id, self.inputs, self.outputs).into(),
            default_inputs: self.defaults,
            short_name: self.name.to_owned(),
            environment: environment.into(),
            documentation: documentation.into(),
            ..Default::default()
        }
    }
}

fn template(
    id: Identifier,
    inputs: Vec<VariableEntry>,
    outputs: Vec<VariableEntry>,
) -> TaskTemplate {
    let map = |variables| VariableMap {
        variables,
        ..Default::default()
    };
    let interface = TypedInterface {
        inputs: map(inputs).into(),
        outputs: map(outputs).into(),
        ..Default::default()
    };
    TaskTemplate {
        id: id.into(),
        r#type: TASK_TYPE.to_owned(),
        metadata: TaskMetadata::default().into(),
        interface: interface.into(),
        ..Default::default()
    }
}

fn entry(name: &str, kind: Type) -> VariableEntry {
    VariableEntry {
        key: name.to_owned(),
        value: variable(name, kind).into(),
        ..Default::default()
    }
}

/// The SDK puts the name where a description may stand.
fn variable(name: &str, kind: Type) -> Variable {
    Variable {
        r#type: LiteralType::from(kind).into(),
        description: name.to_owned(),
        ..Default::default()
    }
}

/// A literal under a name.
pub(super) fn named(name: &str, value: Literal) -> NamedLiteral {
    NamedLiteral {
        name: name.to_owned(),
        value: value.into(),
        ..Default::default()
    }
}
