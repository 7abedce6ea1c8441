//! Faults on request, for tests and for users' own drills.
//!
//! A rule names a method and perhaps a caller; the first rule that matches a
//! call and has uses left decides what becomes of it. The rules are replaced as
//! a whole, each counts its own uses.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use connectrpc::Router;
use http::Extensions;
use rand::RngExt;
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

mod effect;

pub(super) use effect::{
    AppEndpoint, AuthorizationServer, ClusterEndpoint, Cut, Interceptor, JoinedAppNames,
    NeverEnqueued, UploadAddress, apply,
};
pub use effect::{Code, Effect};

/// What the two kinds of links to objects are called in rules and counts.
pub(super) const OBJECT_METHODS: [&str; 2] = ["Objects/Put", "Objects/Get"];

/// Where links to objects lead.
pub(super) const OBJECT_PATH: &str = "/data/";

/// The one method that knows what to do with `never_enqueued`.
const CREATE_RUN: &str = "RunService/CreateRun";

/// It takes seconds to compress as much, and memory to inflate it.
const MAX_BOMB: u64 = 1 << 30;

/// A rule that cannot be used.
#[derive(Debug, thiserror::Error, PartialEq)]
pub enum Error {
    /// No such method.
    #[error("rule {index}: there is no method `{method}`; did you mean `{nearest}`? `*` is all")]
    Method {
        /// Which rule, from 0.
        index: usize,
        /// What it says.
        method: String,
        /// What it may mean.
        nearest: String,
    },
    /// Not a probability.
    #[error("rule {index}: the probability is {probability}; write a number from 0 to 1")]
    Probability {
        /// Which rule, from 0.
        index: usize,
        /// What it says.
        probability: f64,
    },
    /// No other method starts runs.
    #[error("rule {0}: `never_enqueued` is for the method `{CREATE_RUN}` alone")]
    NeverEnqueued(usize),
    /// It would take too long to make.
    #[error("rule {index}: the bomb has {bytes} bytes, at most {MAX_BOMB} are allowed")]
    Bomb {
        /// Which rule, from 0.
        index: usize,
        /// What it says.
        bytes: u64,
    },
    /// It would change nothing.
    #[error("rule {0}: write an `effect`, a `delay_ms` or both")]
    Nothing(usize),
}

/// One fault and the calls that it befalls.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// `Service/Method`, or `*` for all.
    pub method: String,
    /// The subject of the caller; all callers without it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<String>,
    /// How many milliseconds to wait first.
    #[serde(default)]
    pub delay_ms: u64,
    /// What happens; without it the call goes on after the delay.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effect: Option<Effect>,
    /// For how many calls; without it for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// For which part of the calls, from 0 to 1; without it for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

/// A rule with what is left of it, as the control endpoint shows it.
#[derive(Debug, Serialize)]
pub(super) struct Shown {
    #[serde(flatten)]
    rule: Rule,
    hits: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<u32>,
}

struct Active {
    rule: Rule,
    left: AtomicU32,
    hits: AtomicU64,
}

/// What befalls one call.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    pub(super) delay: Duration,
    pub(super) effect: Option<Effect>,
}

/// The rules in force.
#[derive(Clone)]
pub(super) struct Faults {
    active: Arc<watch::Sender<Arc<[Active]>>>,
    methods: Arc<BTreeSet<String>>,
}

impl Faults {
    /// The rules in force from the start.
    pub(super) fn new(router: &Router, rules: Vec<Rule>) -> Result<Self, Error> {
        let methods = router.methods().map(method_name).chain(OBJECT_METHODS);
        let faults = Self {
            methods: Arc::new(methods.map(str::to_owned).collect()),
            active: Arc::new(watch::Sender::new(Arc::from([]))),
        };
        faults.replace(rules)?;
        Ok(faults)
    }

    /// Puts these rules in the place of all others, or changes nothing.
    pub(super) fn replace(&self, rules: Vec<Rule>) -> Result<(), Error> {
        for (index, rule) in rules.iter().enumerate() {
            self.check(index, rule)?;
        }
        let active = rules.into_iter().map(|rule| Active {
            left: AtomicU32::new(rule.count.unwrap_or_default()),
            hits: AtomicU64::new(0),
            rule,
        });
        self.active.send_replace(active.collect());
        Ok(())
    }

    /// The rules with their counts.
    pub(super) fn show(&self) -> Vec<Shown> {
        let active = self.active.borrow().clone();
        let show = |active: &Active| Shown {
            rule: active.rule.clone(),
            hits: active.hits.load(Ordering::Relaxed),
            left: active
                .rule
                .count
                .map(|_| active.left.load(Ordering::Relaxed)),
        };
        active.iter().map(show).collect()
    }

    /// What befalls a call; takes one use of the rule.
    pub(super) fn pick(&self, method: &str, caller: &str) -> Option<Fault> {
        let active = self.active.borrow().clone();
        let active = active
            .iter()
            .find(|active| active.befalls(method, caller))?;
        active.hits.fetch_add(1, Ordering::Relaxed);
        Some(Fault {
            delay: Duration::from_millis(active.rule.delay_ms),
            effect: active.rule.effect.clone(),
        })
    }

    fn check(&self, index: usize, rule: &Rule) -> Result<(), Error> {
        if rule.method != "*" && !self.methods.contains(&rule.method) {
            let method = rule.method.clone();
            return Err(Error::Method {
                index,
                nearest: self.nearest(&method),
                method,
            });
        }
        if let Some(probability) = rule.probability.filter(|it| !(0.0..=1.0).contains(it)) {
            return Err(Error::Probability { index, probability });
        }
        match rule.effect {
            None if rule.delay_ms == 0 => Err(Error::Nothing(index)),
            Some(Effect::NeverEnqueued) if rule.method != CREATE_RUN => {
                Err(Error::NeverEnqueued(index))
            }
            Some(Effect::GzipBomb { bytes }) if bytes > MAX_BOMB => {
                Err(Error::Bomb { index, bytes })
            }
            _ => Ok(()),
        }
    }

    fn nearest(&self, wanted: &str) -> String {
        let likeness = |known: &String| strsim::jaro_winkler(wanted, known);
        let nearer = |one: &&String, other: &&String| likeness(one).total_cmp(&likeness(other));
        self.methods
            .iter()
            .max_by(nearer)
            .cloned()
            .unwrap_or_default()
    }
}

impl Active {
    fn befalls(&self, method: &str, caller: &str) -> bool {
        let rule = &self.rule;
        (rule.method == "*" || rule.method == method)
            && rule.caller.as_deref().is_none_or(|wanted| wanted == caller)
            && rule
                .probability
                .is_none_or(|probability| rand::rng().random_bool(probability))
            && self.take()
    }

    fn take(&self) -> bool {
        let one_less = |left: u32| left.checked_sub(1);
        let (set, fetch) = (Ordering::AcqRel, Ordering::Acquire);
        self.rule.count.is_none() || self.left.fetch_update(set, fetch, one_less).is_ok()
    }
}

/// `Service/Method` of `/package.Service/Method`, as rules and counts say it.
pub(super) fn method_name(path: &str) -> &str {
    let path = path.trim_start_matches('/');
    let service = path.split('/').next().unwrap_or_default();
    let package = service.rfind('.').map_or(0, |dot| dot + 1);
    path.get(package..).unwrap_or(path)
}

/// Whether a fault wants a run stored and left there.
pub(super) fn keeps_from_queue(extensions: &Extensions) -> bool {
    extensions.get::<NeverEnqueued>().is_some()
}

/// Whether a fault wants apps found by their joined names.
pub(super) fn joins_app_names(extensions: &Extensions) -> bool {
    extensions.get::<JoinedAppNames>().is_some()
}

/// Where a fault wants data said to be.
pub(super) fn cluster_endpoint(extensions: &Extensions) -> Option<&str> {
    extensions.get().map(|ClusterEndpoint(url)| url.as_str())
}

/// Where a fault wants apps said to be.
pub(super) fn app_endpoint(extensions: &Extensions) -> Option<&str> {
    extensions.get().map(|AppEndpoint(url)| url.as_str())
}

/// Where a fault says that uploads go.
pub(super) fn upload_address(extensions: &Extensions) -> Option<&str> {
    extensions.get().map(|UploadAddress(url)| url.as_str())
}

/// The authorization server that a fault tells of.
pub(super) fn authorization_server(extensions: &Extensions) -> Option<&AuthorizationServer> {
    extensions.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(rules: serde_json::Value) -> Result<Faults, Error> {
        let faults = Faults {
            methods: Arc::new(BTreeSet::from(["RunService/CreateRun".to_owned()])),
            active: Arc::new(watch::Sender::new(Arc::from([]))),
        };
        faults.replace(serde_json::from_value(rules).unwrap())?;
        Ok(faults)
    }

    #[test]
    fn a_rule_befalls_its_method_and_caller_as_often_as_it_says() {
        let faults = faults(serde_json::json!([
            {"method": "RunService/CreateRun", "caller": "jo", "delay_ms": 5, "count": 2},
        ]))
        .unwrap();
        assert_eq!(faults.pick("RunService/AbortRun", "jo"), None);
        assert_eq!(faults.pick("RunService/CreateRun", "al"), None);
        let fault = Fault {
            delay: Duration::from_millis(5),
            effect: None,
        };
        assert_eq!(
            faults.pick("RunService/CreateRun", "jo"),
            Some(fault.clone())
        );
        assert_eq!(faults.pick("RunService/CreateRun", "jo"), Some(fault));
        assert_eq!(faults.pick("RunService/CreateRun", "jo"), None);
    }

    #[test]
    fn a_wrong_rule_is_refused_with_what_to_write() {
        let misspelt = faults(serde_json::json!([{"method": "RunService/Creat", "delay_ms": 1}]));
        assert_eq!(
            misspelt.err().map(|error| error.to_string()).as_deref(),
            Some(
                "rule 0: there is no method `RunService/Creat`; did you mean \
                 `RunService/CreateRun`? `*` is all"
            )
        );
        let empty = faults(serde_json::json!([{"method": "*"}]));
        assert_eq!(empty.err(), Some(Error::Nothing(0)));
        let often = faults(serde_json::json!([{"method": "*", "delay_ms": 1, "probability": 2.0}]));
        assert_eq!(
            often.err(),
            Some(Error::Probability {
                index: 0,
                probability: 2.0
            })
        );
    }

    #[test]
    fn an_effect_that_could_do_nothing_or_never_end_is_refused() {
        let elsewhere = faults(serde_json::json!([
            {"method": "*", "effect": {"type": "never_enqueued"}},
        ]));
        assert_eq!(elsewhere.err(), Some(Error::NeverEnqueued(0)));
        let bomb = faults(serde_json::json!([
            {"method": "*", "effect": {"type": "gzip_bomb", "bytes": u64::MAX}},
        ]));
        let bytes = u64::MAX;
        assert_eq!(bomb.err(), Some(Error::Bomb { index: 0, bytes }));
    }

    #[test]
    fn a_method_is_named_without_its_package() {
        assert_eq!(
            method_name("/flyteidl2.workflow.RunService/CreateRun"),
            "RunService/CreateRun"
        );
        assert_eq!(method_name("/x/y"), "x/y");
    }
}
