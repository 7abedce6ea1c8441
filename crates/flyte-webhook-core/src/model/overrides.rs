//! What a run of a task has otherwise than the task was deployed.

use data_encoding::HEXLOWER;
use flyte_idl::flyteidl2::{
    core::{
        __buffa::oneof::task_template::Target,
        Resources, Secret, TaskMetadata,
        resources::{ResourceEntry, ResourceName},
        secret::MountType,
    },
    task::TaskSpec,
};
use sha2::{Digest, Sha256};

use super::{Quantity, SecretKey};

/// The variable in which a task finds its token of Hugging Face.
const TOKEN_VARIABLE: &str = "HF_TOKEN";

/// The length of a version that is made here, in hexadecimal digits.
const VERSION_DIGITS: usize = 32;

/// The task runs in no container of its own, so that it has no resources.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the task has no container of its own")]
pub struct NoContainer;

/// What to change; what is absent stays as it was deployed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Overrides {
    /// How much of the processor to ask for.
    pub cpu: Option<Quantity>,
    /// How much memory.
    pub memory: Option<Quantity>,
    /// How much disk.
    pub disk: Option<Quantity>,
    /// The secret that holds the token; an empty key takes the token away.
    pub token: Option<SecretKey>,
    /// Another number leads past the results of earlier runs; 0 does not.
    pub force: i64,
}

impl Overrides {
    /// The task with the changes, `None` where that is the task as it is.
    pub fn apply(&self, task: &TaskSpec) -> Result<Option<TaskSpec>, NoContainer> {
        let mut changed = task.clone();
        let template = changed.task_template.get_or_insert_default();
        let resources = [
            (ResourceName::CPU, &self.cpu),
            (ResourceName::MEMORY, &self.memory),
            (ResourceName::EPHEMERAL_STORAGE, &self.disk),
        ];
        for (name, quantity) in resources {
            let Some(quantity) = quantity else { continue };
            let Some(Target::Container(container)) = &mut template.target else {
                return Err(NoContainer);
            };
            ask_for(container.resources.get_or_insert_default(), name, quantity);
        }
        if let Some(key) = &self.token {
            let context = template.security_context.get_or_insert_default();
            take_token(&mut context.secrets, key);
        }
        if self.force != 0 {
            force(template.metadata.get_or_insert_default(), self.force);
        }
        Ok((changed != *task).then_some(changed))
    }
}

fn ask_for(resources: &mut Resources, name: ResourceName, quantity: &Quantity) {
    let is_named = |entry: &&mut ResourceEntry| entry.name == name;
    let requests = &mut resources.requests;
    if let Some(entry) = requests.iter_mut().find(is_named) {
        entry.value = quantity.to_string();
    } else {
        requests.push(ResourceEntry {
            name: name.into(),
            value: quantity.to_string(),
            ..Default::default()
        });
    }
    // A limit below the request would keep the run from starting.
    for limit in resources.limits.iter_mut().filter(is_named) {
        limit.value = quantity.to_string();
    }
}

fn take_token(secrets: &mut Vec<Secret>, key: &SecretKey) {
    let is_this = secrets
        .iter()
        .any(|it| it.env_var == TOKEN_VARIABLE && it.key == key.as_str());
    if is_this {
        return;
    }
    secrets.retain(|secret| secret.env_var != TOKEN_VARIABLE);
    if !key.as_str().is_empty() {
        secrets.push(Secret {
            key: key.to_string(),
            mount_requirement: MountType::ENV_VAR.into(),
            env_var: TOKEN_VARIABLE.to_owned(),
            ..Default::default()
        });
    }
}

/// The version under which results are kept becomes another one. A task whose
/// results are not kept runs anew in any case.
fn force(metadata: &mut TaskMetadata, number: i64) {
    if !metadata.discoverable {
        return;
    }
    let version = &mut metadata.discovery_version;
    let hash = Sha256::digest(format!("{version}\0{number}"));
    *version = HEXLOWER.encode(&hash);
    version.truncate(VERSION_DIGITS);
}

#[cfg(test)]
mod tests {
    use flyte_idl::flyteidl2::core::{Container, SecurityContext, TaskTemplate};

    use super::*;

    fn entry(name: ResourceName, value: &str) -> ResourceEntry {
        ResourceEntry {
            name: name.into(),
            value: value.to_owned(),
            ..Default::default()
        }
    }

    fn secret(key: &str, variable: &str) -> Secret {
        Secret {
            key: key.to_owned(),
            mount_requirement: MountType::ENV_VAR.into(),
            env_var: variable.to_owned(),
            ..Default::default()
        }
    }

    /// A task with two CPUs of at most four, a token, another secret and a cache.
    fn task() -> TaskSpec {
        let resources = Resources {
            requests: vec![entry(ResourceName::CPU, "2")],
            limits: vec![entry(ResourceName::CPU, "4")],
            ..Default::default()
        };
        let container = Container {
            image: "prefetch:1".to_owned(),
            resources: resources.into(),
            ..Default::default()
        };
        let secrets = vec![secret("OTHER", "OTHER"), secret("TEAM_TOKEN", "HF_TOKEN")];
        let template = TaskTemplate {
            target: Some(container.into()),
            metadata: TaskMetadata {
                discoverable: true,
                discovery_version: "v1".to_owned(),
                ..Default::default()
            }
            .into(),
            security_context: SecurityContext {
                secrets,
                ..Default::default()
            }
            .into(),
            ..Default::default()
        };
        TaskSpec {
            task_template: template.into(),
            short_name: "hf_model".to_owned(),
            ..Default::default()
        }
    }

    fn quantity(text: &str) -> Quantity {
        Quantity::parse(text).unwrap()
    }

    fn token(key: &str) -> Overrides {
        Overrides {
            token: Some(SecretKey::parse(key).unwrap()),
            ..Default::default()
        }
    }

    #[test]
    fn what_is_as_deployed_changes_nothing() {
        let same = Overrides {
            cpu: Some(quantity("2")),
            ..token("TEAM_TOKEN")
        };
        for overrides in [Overrides::default(), token("TEAM_TOKEN")] {
            assert_eq!(overrides.apply(&task()), Ok(None), "{overrides:?}");
        }
        // The limit was another.
        assert!(same.apply(&task()).unwrap().is_some());
    }

    #[test]
    fn resources_are_asked_for_and_limits_follow() {
        let overrides = Overrides {
            cpu: Some(quantity("8")),
            memory: Some(quantity("64Gi")),
            disk: Some(quantity("500Gi")),
            ..Default::default()
        };
        let changed = overrides.apply(&task()).unwrap().unwrap();
        let Some(Target::Container(container)) = &changed.task_template.target else {
            panic!("{changed:?}");
        };
        let requests = [
            entry(ResourceName::CPU, "8"),
            entry(ResourceName::MEMORY, "64Gi"),
            entry(ResourceName::EPHEMERAL_STORAGE, "500Gi"),
        ];
        assert_eq!(container.resources.requests, requests);
        assert_eq!(container.resources.limits, [entry(ResourceName::CPU, "8")]);
        assert_eq!(container.image, "prefetch:1");
        assert_eq!(changed.short_name, "hf_model");
    }

    #[test]
    fn a_task_without_a_container_has_no_resources() {
        let mut task = task();
        task.task_template.get_or_insert_default().target = None;
        let overrides = Overrides {
            disk: Some(quantity("1Gi")),
            ..Default::default()
        };
        assert_eq!(overrides.apply(&task), Err(NoContainer));
        assert!(token("X").apply(&task).unwrap().is_some());
    }

    #[test]
    fn the_token_is_replaced_or_taken_away_and_other_secrets_stay() {
        let secrets = |key: &str| {
            let changed = token(key).apply(&task()).unwrap().unwrap();
            changed.task_template.security_context.secrets.clone()
        };
        let other = || secret("OTHER", "OTHER");
        assert_eq!(secrets("MINE"), [other(), secret("MINE", "HF_TOKEN")]);
        assert_eq!(secrets(""), [other()]);
    }

    #[test]
    fn every_number_but_zero_leads_past_the_cache_by_a_way_of_its_own() {
        let version = |force: i64, task: &TaskSpec| {
            let overrides = Overrides {
                force,
                ..Default::default()
            };
            let changed = overrides.apply(task).unwrap();
            changed.map(|it| it.task_template.metadata.discovery_version.clone())
        };
        let task = task();
        assert_eq!(version(0, &task), None);
        assert_eq!(
            version(1, &task).unwrap(),
            "d6098dc758fa39b2a2639f7847b7c665"
        );
        assert_eq!(version(1, &task), version(1, &task));
        assert_ne!(version(1, &task), version(2, &task));
        assert_ne!(version(1, &task), version(-1, &task));
        let mut uncached = task;
        let template = uncached.task_template.get_or_insert_default();
        template.metadata.get_or_insert_default().discoverable = false;
        assert_eq!(version(1, &uncached), None);
    }
}
