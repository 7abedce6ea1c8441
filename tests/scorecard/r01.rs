//! R01: the allowlists against a model that shares no code with the server, on
//! generated lists in this process and on encoded paths over the wire.

#[path = "../it/policy_table/cases.rs"]
#[expect(dead_code, reason = "the integration tests use the rest")]
mod cases;
#[path = "../it/policy_table/live.rs"]
mod live;
#[path = "../it/policy_table/model.rs"]
mod model;
mod random;

use axum::Router;
use flyte_webhook_core::{
    id::{AppId, AppName, Domain, Project, Scope, TaskId, TaskName, TriggerId, TriggerName},
    policy::{self, Policy},
};
use rand::{RngExt, SeedableRng, rngs::SmallRng, seq::IndexedRandom};

use crate::{Size, harness::TestApp, stand_in, verdict::Verdict};
use cases::Case;
use live::differences;
use model::{Lists, OWN};

const PAIRS: usize = 1_000_000;
const PATHS: usize = 2_000;

/// Names that are legal everywhere; some differ by little.
const NAMES: [&str; 10] = [
    "t",
    "T",
    "a",
    "b",
    "a-b",
    "ab",
    "flytesnacks",
    "development",
    "x1",
    "b-a",
];
/// What an entry is made of beside them.
const ODD: [&str; 12] = [
    "",
    "*",
    " t",
    "t ",
    "..",
    ".",
    "t/",
    "a/b/t",
    "é",
    "T*",
    "t\0",
    "development/",
];

/// What a list is of.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Tasks,
    Apps,
    Triggers,
}

/// A list and an object to look for.
#[derive(Clone, Debug)]
struct Pair {
    kind: Kind,
    entries: Vec<String>,
    /// Domain, project and name, or for a trigger nothing, task and name.
    object: [&'static str; 3],
}

/// Whether a policy with the pair's list lets the pair's object through.
type Decide = fn(&Pair) -> Result<bool, policy::Error>;

pub(crate) async fn run(size: Size) -> Verdict {
    let mut chance = SmallRng::seed_from_u64(1);
    let (pairs, paths) = (size.of(PAIRS), size.of(PATHS));
    let (mut complaints, matching) = compare(pairs, &mut chance, decide);
    let app = TestApp::with(live::CONFIGURATION).await;
    let cases: Vec<Case> = (0..paths).map(|_| random::random(&mut chance)).collect();
    let tally = differences(&app, app.address, &cases).await;
    let value = format!(
        "different={}/{pairs},live={}/{paths},allowed={},denied={},nowhere={}",
        complaints.len(),
        tally.differences.len(),
        tally.allowed,
        tally.denied,
        tally.nothing
    );
    complaints.extend(tally.differences);

    let (lax, _) = compare(10_000, &mut chance, decide_in_lower_case);
    let open = stand_in::serve(Router::new().fallback(|| async { "{}" })).await;
    let opened = differences(&app, open, &cases[..20]).await;
    Verdict::new(value, complaints)
        .require(matching > pairs / 20, "many pairs match")
        .require(
            tally.allowed.min(tally.denied).min(tally.nothing) > paths / 20,
            "paths of all kinds",
        )
        .with_control(!lax.is_empty(), "a policy that ignores case")
        .with_control(opened.differences.len() == 20, "a server without lists")
}

/// Where a policy differs from the model, and how many pairs match.
fn compare(pairs: usize, chance: &mut SmallRng, decide: Decide) -> (Vec<String>, usize) {
    let (mut differences, mut matching) = (Vec::new(), 0);
    for _ in 0..pairs {
        let pair = Pair::random(chance);
        let expected = pair.model(&pair.entries);
        matching += usize::from(expected);
        let difference = match decide(&pair) {
            Ok(decided) => decided != expected,
            // Only what could never match may be refused.
            Err(error) => pair.model(std::slice::from_ref(&error.entry)),
        };
        if difference {
            differences.push(format!("{pair:?}, expected {expected}"));
        }
    }
    (differences, matching)
}

impl Pair {
    fn random(chance: &mut SmallRng) -> Self {
        let name = |chance: &mut SmallRng| *NAMES.choose(chance).unwrap();
        let [domain, project] = match chance.random_range(0..3) {
            0 => OWN,
            _ => [name(chance), name(chance)],
        };
        let object = [domain, project, name(chance)];
        let count = chance.random_range(0..4);
        Self {
            kind: *[Kind::Tasks, Kind::Apps, Kind::Triggers]
                .choose(chance)
                .unwrap(),
            entries: (0..count).map(|_| entry(&object, chance)).collect(),
            object,
        }
    }

    fn model(&self, entries: &[String]) -> bool {
        let list = Some(entries.to_vec());
        let none = Lists::default();
        let [domain, project, name] = self.object;
        match self.kind {
            Kind::Tasks => Lists {
                tasks: list,
                ..none
            }
            .task(domain, project, name),
            Kind::Apps => Lists { apps: list, ..none }.app(domain, project, name),
            Kind::Triggers => Lists {
                triggers: list,
                ..none
            }
            .trigger(project, name),
        }
    }
}

/// Up to four parts, some of them the object's, now and then an odd one.
fn entry(object: &[&'static str; 3], chance: &mut SmallRng) -> String {
    let count = *[1, 1, 1, 2, 2, 3, 3, 4].choose(chance).unwrap();
    let part = |at: usize| match chance.random_range(0..20) {
        0 => *ODD.choose(chance).unwrap(),
        1..8 => object.iter().rev().nth(at).copied().unwrap_or("t"),
        _ => *NAMES.choose(chance).unwrap(),
    };
    let parts: Vec<&str> = (0..count).rev().map(part).collect();
    parts.join("/")
}

fn decide(pair: &Pair) -> Result<bool, policy::Error> {
    let list = Some(pair.entries.as_slice());
    let none = policy::Lists::default();
    let lists = match pair.kind {
        Kind::Tasks => policy::Lists {
            tasks: list,
            ..none
        },
        Kind::Apps => policy::Lists { apps: list, ..none },
        Kind::Triggers => policy::Lists {
            triggers: list,
            ..none
        },
    };
    let [domain, project] = OWN;
    let own = Scope {
        org: None,
        domain: Domain::parse(domain).unwrap(),
        project: Project::parse(project).unwrap(),
    };
    let policy = Policy::parse(lists, &own)?;
    let [domain, project, name] = pair.object;
    Ok(match pair.kind {
        Kind::Tasks => policy
            .task(&TaskId::parse(domain, project, name).unwrap())
            .is_ok(),
        Kind::Apps => {
            let id = AppId {
                domain: Domain::parse(domain).unwrap(),
                project: Project::parse(project).unwrap(),
                name: AppName::parse(name).unwrap(),
            };
            policy.app(&id).is_ok()
        }
        Kind::Triggers => {
            let id = TriggerId {
                task: TaskName::parse(project).unwrap(),
                name: TriggerName::parse(name).unwrap(),
            };
            policy.trigger(&id).is_ok()
        }
    })
}

/// The same on lists in which a large letter counts as a small one.
fn decide_in_lower_case(pair: &Pair) -> Result<bool, policy::Error> {
    let mut pair = pair.clone();
    for entry in &mut pair.entries {
        *entry = entry.to_ascii_lowercase();
    }
    decide(&pair)
}
