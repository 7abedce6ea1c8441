//! The variables a task's process starts with.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::sync::Arc;

use flyte_idl::flyteidl2::core::Container;

use super::{Attempt, app::App};

/// Carries the attempt's directory: a process that left its group is still known by it.
pub(super) const MARK: &str = "FLYTE_WEBHOOK_ATTEMPT";

/// What a program needs to find its interpreter, its libraries, its files and its language.
/// An allowlist, because the server's environment may hold credentials under any name: not even
/// proxy settings pass, whose addresses can contain a password.
const PASSED: [&str; 20] = [
    "CONDA_PREFIX",
    "DYLD_FALLBACK_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH",
    "HOME",
    "LANG",
    "LANGUAGE",
    "LD_LIBRARY_PATH",
    "LOGNAME",
    "PATH",
    "PYENV_ROOT",
    "PYENV_VERSION",
    "PYTHONHOME",
    "PYTHONPATH",
    "SHELL",
    "SSL_CERT_DIR",
    "SSL_CERT_FILE",
    "TMPDIR",
    "TZ",
    "USER",
    "VIRTUAL_ENV",
];

/// What a task may declare otherwise.
const DEFAULTS: [(&str, &str); 2] = [
    // The SDK writes below prefixes as if they were an object store's, where no directory has to be
    // made first. fsspec, which it writes with, makes them when it is told to.
    ("FSSPEC_FILE_AUTO_MKDIR", "true"),
    // The log is a pipe, and a task that is killed would take a full buffer with it.
    ("PYTHONUNBUFFERED", "1"),
];

/// The part of the server's own environment that a task may see.
#[derive(Debug, Clone, Default)]
pub struct HostEnvironment(Arc<BTreeMap<String, String>>);

impl HostEnvironment {
    /// Keeps the harmless ones of `variables`, usually `std::env::vars_os()`.
    pub fn keep(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let kept = variables.into_iter().filter_map(|(name, value)| {
            let name = name.into_string().ok()?;
            let value = value.into_string().ok()?;
            passes(&name).then_some((name, value))
        });
        Self(Arc::new(kept.collect()))
    }
}

fn passes(name: &str) -> bool {
    PASSED.contains(&name) || name.starts_with("LC_")
}

/// The whole environment of the attempt's process; later sources win.
pub(super) fn variables(attempt: &Attempt, container: &Container) -> BTreeMap<String, String> {
    let mut variables = BTreeMap::clone(&attempt.host.0);
    let defaults = DEFAULTS.map(|(name, value)| (name.to_owned(), value.to_owned()));
    variables.extend(defaults);
    let declared = container.env.iter();
    variables.extend(declared.map(|pair| (pair.key.clone(), pair.value.clone())));
    variables.extend(attempt.envs.iter().cloned());
    variables.extend(platform(attempt).map(|(name, value)| (name.to_owned(), value)));
    valid(variables)
}

/// The whole environment of an app's process; later sources win.
pub(super) fn of_app(app: &App, mark: &str) -> BTreeMap<String, String> {
    let owned = |(name, value): (&str, String)| (name.to_owned(), value);
    let mut variables = BTreeMap::clone(&app.host.0);
    variables.extend(DEFAULTS.map(|(name, value)| (name.to_owned(), value.to_owned())));
    variables.extend(app.defaults.iter().cloned().map(owned));
    let declared = app.container.env.iter();
    variables.extend(declared.map(|pair| (pair.key.clone(), pair.value.clone())));
    variables.extend(app.platform.iter().cloned().map(owned));
    variables.insert(MARK.to_owned(), mark.to_owned());
    valid(variables)
}

/// Neither has a place in a process environment, and `execve` would refuse the whole process.
fn valid(mut variables: BTreeMap<String, String>) -> BTreeMap<String, String> {
    variables.retain(|name, value| {
        !name.is_empty() && !name.contains(['=', '\0']) && !value.contains('\0')
    });
    variables
}

/// What the control plane tells `a0`, which reads it below its command line.
fn platform(attempt: &Attempt) -> impl Iterator<Item = (&'static str, String)> {
    // `a0` refuses an empty organization, the control plane ignores the name.
    let org = if attempt.org.is_empty() {
        "local"
    } else {
        &attempt.org
    };
    [
        ("ACTION_NAME", attempt.action.clone()),
        // The SDK counts attempts from 0.
        (
            "FLYTE_ATTEMPT_NUMBER",
            attempt.attempt.saturating_sub(1).to_string(),
        ),
        ("FLYTE_INTERNAL_EXECUTION_DOMAIN", attempt.domain.clone()),
        ("FLYTE_INTERNAL_EXECUTION_PROJECT", attempt.project.clone()),
        (MARK, attempt.directory.display().to_string()),
        ("RUN_NAME", attempt.run.clone()),
        ("_U_EP_OVERRIDE", attempt.control_plane.to_string()),
        ("_U_INSECURE", "true".to_owned()),
        ("_U_ORG_NAME", org.to_owned()),
        ("_U_RUN_BASE", attempt.run_base.clone()),
        // Without it the SDK enqueues child actions through services that no open-source control
        // plane has.
        ("_U_USE_ACTIONS", "1".to_owned()),
    ]
    .into_iter()
}
