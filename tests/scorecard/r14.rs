//! R14: secrets are compared in one place, in constant time, and a wrong signature
//! costs what a right one costs.

use std::{hint::black_box, time::Instant};

use flyte_webhook_core::hook::{
    headers::Headers,
    scheme::{Scheme, Unverified, Verifier},
    sign::Signer,
    source::Source,
};
use jiff::Timestamp;
use secrecy::SecretString;

use crate::{secrets, verdict::Verdict};

const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);
/// As many bytes as GitHub's deliveries mostly have.
const BODY: usize = 9_000;
const ROUNDS: usize = 60;
const ONCE: usize = 40;
/// How much more a wrong signature may cost than a right one, or a right than a wrong.
const MOST: f64 = 1.2;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";

pub(crate) fn run() -> Verdict {
    let (files, found) = secrets::found();
    let mut complaints = found.clone();
    let mut highest: f64 = 1.0;
    for source in Source::ALL {
        let Some(scheme) = source.scheme() else {
            continue;
        };
        let trial = Trial::new(&scheme);
        let (kind, ratio) = trial.worst(|verifier, headers, body| {
            let _ = black_box(verifier.verify(Unverified::new(headers, body), NOW));
        });
        highest = highest.max(ratio);
        if ratio > MOST {
            complaints.push(format!("{source}: {kind} costs {ratio:.2} times as much"));
        }
    }
    let hasty = Trial::new(&Source::GitHub.scheme().unwrap()).worst_of_hasty();
    let value = format!("places={},ratio={highest:.2}", found.len() + 1);
    Verdict::new(value, complaints)
        .require(files > 100, "the files are looked at")
        .with_control(
            !secrets::comparisons("if token.expose_secret() == given {").is_empty(),
            "a comparison of a secret elsewhere",
        )
        .with_control(
            hasty > MOST,
            "a verifier that stops at the first secret that fits",
        )
}

/// Deliveries with right and with wrong signatures.
struct Trial {
    verifier: Verifier,
    /// One for each secret, so that a verifier can stop at the first that fits.
    each: Vec<Verifier>,
    body: Vec<u8>,
    right: Headers,
    wrong: Vec<(&'static str, Headers)>,
}

impl Trial {
    fn new(scheme: &Scheme) -> Self {
        let body: Vec<u8> = (0..BODY).map(|at| b"abcdefgh"[at % 8]).collect();
        let signed = |secret: &str, body: &[u8]| {
            let signer = Signer::new(scheme.clone(), secret.into()).unwrap();
            signer.headers("msg_1", NOW, body)
        };
        let right = signed(SECRET, &body);
        let stranger = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
        let verifier = |secrets: &[&str]| {
            let secrets: Vec<SecretString> = secrets.iter().map(|it| (*it).into()).collect();
            Verifier::new(scheme.clone(), &secrets).unwrap()
        };
        Self {
            verifier: verifier(&[SECRET, OTHER]),
            each: vec![verifier(&[SECRET]), verifier(&[OTHER])],
            wrong: vec![
                (
                    "a stranger's",
                    signed(stranger, &body).into_iter().collect(),
                ),
                (
                    "another body's",
                    signed(SECRET, b"other").into_iter().collect(),
                ),
                (
                    "the second secret's",
                    signed(OTHER, &body).into_iter().collect(),
                ),
            ],
            right: right.into_iter().collect(),
            body,
        }
    }

    /// The kind of delivery that differs most in its cost from a right one.
    fn worst(&self, verify: impl Fn(&Verifier, &Headers, &[u8])) -> (&'static str, f64) {
        let time = |headers: &Headers| {
            let start = Instant::now();
            (0..ONCE).for_each(|_| verify(&self.verifier, headers, &self.body));
            start.elapsed().as_secs_f64()
        };
        let ratio = |headers: &Headers| {
            // The least of many rounds is what it costs when nothing comes between.
            let (mut right, mut wrong) = (f64::MAX, f64::MAX);
            for _ in 0..ROUNDS {
                right = right.min(time(&self.right));
                wrong = wrong.min(time(headers));
            }
            (wrong / right).max(right / wrong)
        };
        let ratios = self
            .wrong
            .iter()
            .map(|(kind, headers)| (*kind, ratio(headers)));
        ratios
            .max_by(|one, other| one.1.total_cmp(&other.1))
            .unwrap()
    }

    /// The same of a verifier that stops at the first secret that fits.
    fn worst_of_hasty(&self) -> f64 {
        let hasty = |_: &Verifier, headers: &Headers, body: &[u8]| {
            let mut each = self.each.iter();
            black_box(each.any(|it| it.verify(Unverified::new(headers, body), NOW).is_ok()));
        };
        self.worst(hasty).1
    }
}
