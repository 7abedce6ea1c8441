//! Reading a configuration from beginning to end, and showing what was read.

use flyte_webhook_core::id::Org;
use serde_json::{Map, Value as Json};

use super::{
    Config,
    file::File,
    node::{Key, Node, Value},
    origin::Origin,
    problem::{Problem, Problems},
    read_file::ReadFile,
    report::Report,
    schema::{self, schema},
    sources::{Merged, Sources, Text},
    typed, yaml,
};
use crate::own_stack::on_own_stack;

/// A valid configuration, with what it was read from.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The configuration.
    pub config: Config,
    tree: Node,
}

/// What came of reading a configuration.
#[derive(Debug, Clone)]
pub struct Attempt {
    /// The configuration, or what is wrong with it.
    pub outcome: Result<Loaded, Problems>,
    /// The files that were looked at, in either case.
    pub files: Vec<ReadFile>,
}

/// Reads the configuration.
pub fn load(sources: &Sources) -> Result<Loaded, Problems> {
    attempt(sources).outcome
}

/// Reads the configuration, and tells which files were looked at.
pub fn attempt(sources: &Sources) -> Attempt {
    on_own_stack(|| {
        let path = sources.path();
        let mut files: Vec<ReadFile> = path.iter().map(|path| ReadFile::at(path)).collect();
        let text = sources.text().map_err(Problems::from);
        let outcome = text.and_then(|text| read(sources, text.as_ref(), &mut files));
        Attempt { outcome, files }
    })
}

/// Reads the configuration with the text of its file at hand.
pub fn load_text(sources: &Sources, file: Option<&Text>) -> Result<Loaded, Problems> {
    read(sources, file, &mut Vec::new())
}

fn read(
    sources: &Sources,
    file: Option<&Text>,
    files: &mut Vec<ReadFile>,
) -> Result<Loaded, Problems> {
    let Merged {
        tree,
        defaults,
        mut problems,
    } = sources.merge(file)?;
    let file: Option<File> = typed::read(tree.clone(), &defaults)
        .map_err(|more| add(&mut problems, more))
        .ok();
    let Some(file) = file.filter(|_| problems.is_empty()) else {
        return Err(sorted(problems));
    };
    let mut report = Report::new(&tree);
    let config = Config::resolve(file, &sources.environment, &mut report);
    let (problems, named) = report.into_parts();
    files.extend(named);
    match config {
        Some(config) if problems.is_empty() => Ok(Loaded { config, tree }),
        _ => Err(sorted(problems)),
    }
}

/// Adds problems, but no second one about the same value: what could not be
/// expanded has the wrong type as well.
fn add(problems: &mut Vec<Problem>, more: Vec<Problem>) {
    for problem in more {
        if !problems.iter().any(|known| known.origin == problem.origin) {
            problems.push(problem);
        }
    }
}

fn sorted(mut problems: Vec<Problem>) -> Problems {
    problems.sort_by_key(|problem| problem.origin.position());
    Problems(problems)
}

/// What is shown of a secret that stands in the configuration itself.
const SECRET: &str = "(secret)";

impl Loaded {
    /// What was found wrong with keys after the configuration was read, each with its
    /// place; no text may quote a value.
    pub fn problems(&self, found: impl IntoIterator<Item = (String, String)>) -> Problems {
        let mut report = Report::new(&self.tree);
        for (key, reason) in found {
            report.invalid(&key, reason);
        }
        sorted(report.into_parts().0)
    }

    /// Where every value that is not a built-in default came from: key and origin.
    pub fn origins(&self) -> Vec<(String, Origin)> {
        let mut origins = Vec::new();
        collect(&self.tree, "", &mut origins);
        origins
    }

    /// The effective configuration as YAML that reads back as the same; a value
    /// with variables in it is shown as it was written.
    pub fn show(&self) -> String {
        let mut json = shown(&self.tree, &schema());
        self.fill(&mut json);
        serde_saphyr::to_string(&json).expect("JSON has no value that YAML lacks")
    }

    /// Puts what was derived in the place of absent values.
    fn fill(&self, json: &mut Json) {
        let config = &self.config;
        let org = config.control_plane.org.as_ref().map(Org::as_str);
        let allow: Vec<String> = config
            .egress
            .allow
            .iter()
            .map(ToString::to_string)
            .collect();
        for (path, value) in [
            ("/name", Json::from(config.name.as_str())),
            ("/title", config.title.as_str().into()),
            ("/control_plane/org", org.into()),
            ("/egress/allow", allow.into()),
            (
                "/telemetry/log_format",
                config.telemetry.log_format.as_str().into(),
            ),
        ] {
            if let Some(place) = json.pointer_mut(path).filter(|place| place.is_null()) {
                *place = value;
            }
        }
    }
}

fn collect(node: &Node, above: &str, origins: &mut Vec<(String, Origin)>) {
    if let Value::Map(entries) = &node.value {
        let dot = if above.is_empty() { "" } else { "." };
        for (key, node) in entries {
            collect(node, &format!("{above}{dot}{}", key.name), origins);
        }
    } else if node.origin != Origin::Default {
        origins.push((above.to_owned(), node.origin.clone()));
    }
}

/// A node as JSON, as it was written where that is text.
fn shown(node: &Node, schema: &Json) -> Json {
    match &node.value {
        Value::Empty | Value::Null => Json::Null,
        Value::Bool(value) => (*value).into(),
        Value::Integer(value) => i64::try_from(*value).map_or(Json::Null, Json::from),
        Value::Float(value) => (*value).into(),
        Value::Text(_) | Value::Outside(_) if schema::is_secret(schema) => SECRET.into(),
        Value::Text(text) | Value::Expanded { written: text, .. } => text.as_str().into(),
        Value::Outside(_) if node.is_null() && schema::takes(schema, "null") => Json::Null,
        Value::Outside(text) if schema::is_text(schema) => literal(text).into(),
        Value::Outside(text) => {
            let parsed = yaml::parse(&"value".into(), text);
            parsed.map_or(Json::Null, |node| unexpanded(shown(&node, schema)))
        }
        Value::List(items) => {
            let schema = schema::item(schema);
            items.iter().map(|item| shown(item, schema)).collect()
        }
        Value::Map(entries) => {
            let entry = |(key, node): &(Key, Node)| {
                (
                    key.name.clone(),
                    shown(node, schema::property(schema, &key.name)),
                )
            };
            Json::Object(entries.iter().map(entry).collect::<Map<_, _>>())
        }
    }
}

/// Text that was never expanded, written so that it is not when read from a file.
fn literal(text: &str) -> String {
    text.replace("${", "$${")
}

fn unexpanded(value: Json) -> Json {
    match value {
        Json::String(text) => literal(&text).into(),
        Json::Array(items) => items.into_iter().map(unexpanded).collect(),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Object(_) => value,
    }
}
