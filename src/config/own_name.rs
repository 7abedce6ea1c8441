//! The webhook's own app name.

use flyte_webhook_core::{id::Scope, own::Own};
use url::Url;

use super::{control_plane::ControlPlane, environment::Environment, platform};

const FALLBACK: &str = "flyte-webhook";

/// Checks the grammar of an app's name, a label of a host name.
pub(super) fn check(name: &str) -> Result<String, &'static str> {
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    let good = name.chars().all(letter) && !name.starts_with('-') && !name.ends_with('-');
    if good && (1..=255).contains(&name.len()) {
        return Ok(name.to_owned());
    }
    Err(
        "is not an app's name; write lower-case letters, digits and '-', \
         with a letter or digit first and last",
    )
}

/// Where this server answers, as far as the configuration and the platform say.
pub(super) fn own(
    name: &str,
    public_url: Option<&Url>,
    environment: &Environment,
    scope: &Scope,
) -> Own {
    let own = Own::new(name, scope);
    let own = match environment.filled(platform::SERVICE) {
        Some(service) => own.with_service(service),
        None => own,
    };
    match public_url {
        Some(url) => own.with_url(url),
        None => own,
    }
}

/// The name that the platform gave the app, from `{name}-{project}-{domain}`.
///
/// # Errors
///
/// Where the platform has shortened that, so that the name cannot be told: this
/// server would not know itself.
pub(super) fn default(
    environment: &Environment,
    own: &ControlPlane,
) -> Result<String, &'static str> {
    let Some(service) = environment.filled(platform::SERVICE) else {
        return Ok(FALLBACK.to_owned());
    };
    let tail = format!("-{}-{}", own.project, own.domain).to_ascii_lowercase();
    let name = service.strip_suffix(&tail);
    match name.and_then(|name| check(name).ok()) {
        Some(name) => Ok(name),
        None if is_shortened(service) => {
            Err("cannot be told from K_SERVICE, which is shortened; write the app's name")
        }
        None => Ok(FALLBACK.to_owned()),
    }
}

/// A service's name of the most letters that ends with a hash of the whole.
fn is_shortened(service: &str) -> bool {
    let hash = service.rsplit('-').next().unwrap_or_default();
    service.len() == 63 && hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit())
}
