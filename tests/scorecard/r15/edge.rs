//! How long a signature counts, of every source that signs the time.

use flyte_webhook::{config::Hook, hooks::verify};
use flyte_webhook_core::hook::{
    headers::Headers,
    scheme::Scheme,
    sign::{Sample, Signer},
    source::Source,
};
use jiff::{SignedDuration, Timestamp};

use crate::harness::config;

/// How many seconds a signature counts, but for [`LINEAR`]'s.
pub(super) const WINDOW: i64 = 300;
const LINEAR: i64 = 60;

const STANDARD: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo=";
const PLAIN: &str = "a-secret-of-the-score-card-0123456789";

/// When deliveries here are signed: now, for them.
const SIGNED: i64 = 1_800_000_000;

/// Looks at both edges of each source; gives how many times were looked at, and what was
/// wrong. The window is that of the hook which is no provider's.
pub(super) fn look(window: i64) -> (usize, Vec<String>) {
    let yaml = yaml(window);
    let hooks = config("http://127.0.0.1:9", &yaml).hooks;
    let (mut looked, mut wrong) = (0, Vec::new());
    for hook in &hooks {
        let begin = Timestamp::from_second(SIGNED).unwrap();
        let sample = sample(hook, begin);
        let seconds = if hook.reader.source == Source::Linear {
            LINEAR
        } else {
            WINDOW
        };
        for away in (seconds - 3..=seconds + 3).flat_map(|away| [away, -away]) {
            let now = begin + SignedDuration::from_secs(away);
            let is_believed = is_believed(hook, &sample, now);
            looked += 1;
            if is_believed != (away.abs() <= seconds) {
                let verb = if is_believed {
                    "counts"
                } else {
                    "does not count"
                };
                wrong.push(format!("{}: signed {away} s ago {verb}", hook.name));
            }
        }
    }
    (looked, wrong)
}

fn is_believed(hook: &Hook, sample: &Sample, now: Timestamp) -> bool {
    let headers: Headers = sample
        .headers
        .iter()
        .map(|(name, value)| (name, value))
        .collect();
    matches!(verify(hook, &headers, &sample.body, now), Ok(Ok(_)))
}

fn sample(hook: &Hook, begin: Timestamp) -> Sample {
    let scheme = hook.verifier.scheme().clone();
    let signer = Signer::new(scheme, hook.signing_secret.clone()).unwrap();
    signer.sample(&hook.reader, "delivery-1", begin, None)
}

/// A hook of every source that signs the time, and one of a sender that is none of them.
fn yaml(window: i64) -> String {
    let common = "identity: {value: identity-of-the-hook}\n    \
                  rules: [{task: development/flytesnacks/demo.hello}]\n";
    let known = Source::ALL.into_iter().filter_map(|source| {
        let Scheme::Signed(signed) = source.scheme()? else {
            return None;
        };
        signed.window?;
        let is_standard = matches!(
            source,
            Source::GitLab | Source::StandardWebhooks | Source::Svix
        );
        let secret = if is_standard { STANDARD } else { PLAIN };
        let name = source.name();
        Some(format!(
            "  {name}:\n    source: {name}\n    secrets: [{{value: {secret}}}]\n    {common}"
        ))
    });
    let known: String = known.collect();
    format!(
        "hooks:\n{known}  other:\n    source: generic\n    secrets: [{{value: {PLAIN}}}]\n    \
         signature: {{header: x-signature, content: '{{ts}}.{{body}}', \
         timestamp_header: x-timestamp, tolerance: {window}s}}\n    {common}"
    )
}
