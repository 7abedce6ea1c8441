//! What is known of a request while it is being answered.

use std::{borrow::Cow, fmt, net::IpAddr, sync::Arc};

use data_encoding::HEXLOWER;
use flyte_webhook_core::{
    id::{AppId, RunName, Scope, TaskId, TriggerId},
    parts::sha256,
};
use tokio::sync::watch;
use url::Url;

/// What is known of a request, gathered by whoever finds it out. Cheap to clone;
/// all clones are of the same request.
#[derive(Clone)]
pub struct Trail(watch::Sender<Facts>);

/// What a trail holds.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// Where the request came from.
    pub client: Option<IpAddr>,
    /// Who sent it.
    pub who: Who,
    /// What was asked, as a stable word: an endpoint's name.
    pub action: Option<Cow<'static, str>>,
    /// On what.
    pub resource: Option<Resource>,
    /// What let it through, in this order: keys of the configuration.
    pub rules: Vec<Cow<'static, str>>,
    /// The run that was to be started, or was asked for.
    pub run: Option<RunName>,
    /// The last host that was called for it.
    pub upstream: Option<Arc<str>>,
    /// What refused it, where that is not told by its answer: a key of the configuration.
    pub denied: Option<Cow<'static, str>>,
    /// Where it is a delivery, what came of that.
    pub delivery: Option<Delivery>,
}

/// What came of a delivery.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// A stable word for it.
    pub outcome: &'static str,
    /// Why, or the run.
    pub reason: String,
}

/// Who sent a request, and by what that is known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Who {
    /// There are no credentials.
    #[default]
    Nobody,
    /// Whoever has this credential, of which there is a hash.
    Credential([u8; 32]),
    /// The subject of a token that this server verified.
    Subject(Arc<str>),
    /// The client of a Flyte API key that was exchanged.
    ApiKey(Arc<str>),
    /// The id of a local key.
    LocalKey(Arc<str>),
    /// The name of a hook whose signature fits.
    Hook(Arc<str>),
    /// The id of an administrator's token.
    Administrator(Arc<str>),
}

/// How many bytes of a hash are shown: enough to tell callers apart.
const SHOWN: usize = 8;

impl Who {
    /// By what it is known.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Nobody => "nobody",
            Self::Credential(_) => "credential",
            Self::Subject(_) => "subject",
            Self::ApiKey(_) => "api_key",
            Self::LocalKey(_) => "local_key",
            Self::Hook(_) => "hook",
            Self::Administrator(_) => "administrator",
        }
    }

    /// The name, where it has one.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Nobody | Self::Credential(_) => None,
            Self::Subject(id)
            | Self::ApiKey(id)
            | Self::LocalKey(id)
            | Self::Hook(id)
            | Self::Administrator(id) => Some(id),
        }
    }

    /// The name of a key. A subject may be a person, whose name only the audit
    /// log has.
    pub fn key_id(&self) -> Option<&str> {
        self.id().filter(|_| !matches!(self, Self::Subject(_)))
    }

    /// What is shown in the place of a name: of a credential nothing else, of a
    /// subject in the log.
    pub fn hash(&self) -> Option<String> {
        let hash = match self {
            Self::Credential(hash) => *hash,
            Self::Subject(subject) => sha256(["subject", subject]),
            Self::Nobody
            | Self::ApiKey(_)
            | Self::LocalKey(_)
            | Self::Hook(_)
            | Self::Administrator(_) => return None,
        };
        hash.get(..SHOWN).map(|shown| HEXLOWER.encode(shown))
    }

    /// Whether this server found out itself who it is.
    pub fn is_verified(&self) -> bool {
        !matches!(self, Self::Nobody | Self::Credential(_))
    }

    /// The key of the configuration by which it was let in.
    fn rule(&self) -> Option<&'static str> {
        match self {
            Self::Nobody => None,
            Self::Credential(_) => Some("auth.passthrough"),
            Self::Subject(_) => Some("auth.jwt"),
            Self::ApiKey(_) => Some("auth.exchange_api_keys"),
            Self::LocalKey(_) => Some("auth.local_keys"),
            Self::Hook(_) => Some("hooks"),
            Self::Administrator(_) => Some("admin.tokens"),
        }
    }
}

/// What was acted upon.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// A task.
    Task(TaskId),
    /// A run and the place it lives in.
    Run(Scope, RunName),
    /// An app.
    App(AppId),
    /// A trigger, in this server's own project and domain.
    Trigger(TriggerId),
    /// A hook, by its name.
    Hook(Arc<str>),
}

impl Resource {
    /// The kind, as a stable word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Task(_) => "task",
            Self::Run(..) => "run",
            Self::App(_) => "app",
            Self::Trigger(_) => "trigger",
            Self::Hook(_) => "hook",
        }
    }
}

/// The id: `domain/project/name`, or `task/name` of a trigger.
impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Task(id) => id.fmt(f),
            Self::Run(scope, name) => write!(f, "{}/{}/{name}", scope.domain, scope.project),
            Self::App(id) => id.fmt(f),
            Self::Trigger(id) => id.fmt(f),
            Self::Hook(name) => f.write_str(name),
        }
    }
}

impl Default for Trail {
    fn default() -> Self {
        Self(watch::Sender::new(Facts::default()))
    }
}

impl Trail {
    /// The trail of a request from this address.
    pub fn from(client: Option<IpAddr>) -> Self {
        let trail = Self::default();
        trail.note(|facts| facts.client = client);
        trail
    }

    /// The trail of something that is done for the same request, which has no more of
    /// this one than who sent it.
    #[must_use]
    pub fn part(&self) -> Self {
        let Facts {
            client, who, rules, ..
        } = self.facts();
        Self(watch::Sender::new(Facts {
            client,
            who,
            rules,
            ..Facts::default()
        }))
    }

    /// What was called for a part was called for the whole.
    pub fn take_in(&self, part: &Self) {
        if let Some(upstream) = &part.0.borrow().upstream {
            self.calls(upstream);
        }
    }

    /// Where the request came from.
    pub fn client(&self) -> Option<IpAddr> {
        self.0.borrow().client
    }

    /// What was asked, where that is known by now.
    pub fn action(&self) -> Option<Cow<'static, str>> {
        self.0.borrow().action.clone()
    }

    /// What is known by now.
    pub fn facts(&self) -> Facts {
        self.0.borrow().clone()
    }

    /// Somebody sent it; who it is may come out later.
    pub fn sent_by(&self, who: Who) {
        self.note(|facts| facts.who = who);
    }

    /// The sender was let in.
    pub fn let_in(&self) {
        self.note(|facts| facts.rules.extend(facts.who.rule().map(Cow::Borrowed)));
    }

    /// What was asked.
    pub fn asked(&self, action: impl Into<Cow<'static, str>>) {
        self.note(|facts| facts.action = Some(action.into()));
    }

    /// On what; the first counts, which is what the caller named.
    pub fn about(&self, resource: Resource) {
        self.note(|facts| {
            facts.resource.get_or_insert(resource);
        });
    }

    /// Something let it through, whoever says so first.
    pub fn permitted_by(&self, rule: impl fmt::Display) {
        let rule = rule.to_string().into();
        self.note(|facts| {
            if !facts.rules.contains(&rule) {
                facts.rules.push(rule);
            }
        });
    }

    /// Something refused it, though its answer does not say so.
    pub fn denied_by(&self, rule: &'static str) {
        self.note(|facts| {
            facts.denied.get_or_insert(rule.into());
        });
    }

    /// A run is about to be started, or was found to be that of the request.
    pub fn run(&self, run: &RunName) {
        self.note(|facts| facts.run = Some(run.clone()));
    }

    /// It was a delivery, of which this has come.
    pub fn delivery(&self, delivery: Delivery) {
        self.note(|facts| facts.delivery = Some(delivery));
    }

    /// A host is about to be called.
    pub fn calls(&self, upstream: &Arc<str>) {
        self.note(|facts| facts.upstream = Some(Arc::clone(upstream)));
    }

    fn note(&self, add: impl FnOnce(&mut Facts)) {
        // Nobody listens: it is read when the request ends.
        self.0.send_if_modified(|facts| {
            add(facts);
            false
        });
    }
}

/// Host and port of a URL, as hosts are named in the log.
pub fn host_and_port(url: &Url) -> Arc<str> {
    let host = url.host_str().unwrap_or_default();
    match url.port_or_known_default() {
        Some(port) => format!("{host}:{port}").into(),
        None => host.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_has_a_hash_in_the_log_and_a_key_its_name() {
        let subject = Who::Subject("ada@example.com".into());
        assert_eq!(subject.id(), Some("ada@example.com"));
        assert_eq!(subject.key_id(), None);
        assert_eq!(subject.hash().map(|hash| hash.len()), Some(2 * SHOWN));
        let key = Who::LocalKey("ci".into());
        assert_eq!((key.key_id(), key.hash()), (Some("ci"), None));
    }

    #[test]
    fn the_first_resource_counts_and_the_last_sender() {
        let trail = Trail::default();
        let trigger = |name: &str| {
            let (task, name) = ("demo.hello".parse().unwrap(), name.parse().unwrap());
            Resource::Trigger(TriggerId { task, name })
        };
        trail.about(trigger("daily"));
        trail.about(trigger("weekly"));
        trail.sent_by(Who::Credential([0; 32]));
        trail.sent_by(Who::LocalKey("ci".into()));
        trail.let_in();
        let facts = trail.facts();
        assert_eq!(facts.resource.unwrap().to_string(), "demo.hello/daily");
        assert_eq!(facts.rules, ["auth.local_keys"]);
    }
}
