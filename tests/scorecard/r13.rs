//! R13: the vectors of every scheme, and deliveries that are right but for one bit.

use std::{fs, path::Path};

use flyte_webhook_core::hook::{
    headers::Headers,
    scheme::{Scheme, Unverified, Verifier},
    sign::Signer,
};
use jiff::Timestamp;
use rand::{RngExt, SeedableRng, rngs::SmallRng};

use crate::{
    Size,
    deliveries::{File, Vector},
    verdict::Verdict,
};

const MUTANTS: usize = 1_000_000;

/// Whether a delivery is believed: by the verifier, given what it is a mutant of.
type Check = fn(&Verifier, &Delivery, &Delivery, Timestamp) -> bool;

/// A delivery that can be changed.
#[derive(Clone)]
struct Delivery {
    headers: Vec<(String, Vec<u8>)>,
    body: Vec<u8>,
}

/// What was counted.
#[derive(Default)]
struct Tally {
    mutants: usize,
    accepted: Vec<String>,
}

pub(crate) fn run(size: Size) -> Verdict {
    let files = files();
    let (vectors, mut complaints) = wrong(&files);
    let mut tally = Tally::default();
    for (name, file) in &files {
        for vector in file.vectors.iter().filter(|vector| stands_alone(vector)) {
            let delivery = Delivery::of(vector);
            let now = vector.now();
            turn_bits(
                name,
                &file.scheme(),
                &vector.verifier(file.scheme()),
                &delivery,
                now,
                &mut tally,
                believes,
            );
        }
    }
    let mut chance = SmallRng::seed_from_u64(13);
    while tally.mutants < size.of(MUTANTS) {
        for (name, file) in files.iter().filter(|(name, _)| !name.ends_with("ed25519")) {
            turn_bits_of_random(name, file, &mut chance, &mut tally);
        }
    }
    let mut lax = Tally::default();
    let (name, file) = files.iter().find(|(name, _)| name == "github").unwrap();
    let vector = &file.vectors[0];
    let verifier = vector.verifier(file.scheme());
    let delivery = Delivery::of(vector);
    turn_bits(
        name,
        &file.scheme(),
        &verifier,
        &delivery,
        vector.now(),
        &mut lax,
        looks_at_the_beginning,
    );

    let value = format!(
        "vectors={vectors},wrong={},mutants={},accepted={}",
        complaints.len(),
        tally.mutants,
        tally.accepted.len()
    );
    complaints.extend(tally.accepted);
    Verdict::new(value, complaints)
        .require(vectors >= 600, "vectors of every scheme")
        .with_control(
            !lax.accepted.is_empty(),
            "a verifier that looks at the beginning of a signature",
        )
}

fn files() -> Vec<(String, File)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/hooks/vectors");
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, File::read(&fs::read_to_string(&path).unwrap()))
    };
    entries.map(read).collect()
}

/// How many vectors there are, and which are not judged as they should be.
fn wrong(files: &[(String, File)]) -> (usize, Vec<String>) {
    let vectors = files.iter().flat_map(|(name, file)| {
        let vectors = file.vectors.iter();
        vectors.map(move |vector| (name, file, vector))
    });
    let is_wrong = |(_, file, vector): &(&String, &File, &Vector)| {
        let verifier = vector.verifier(file.scheme());
        Delivery::of(vector).is_believed(&verifier, vector.now()) != vector.accept
    };
    let wrong = vectors.clone().filter(is_wrong);
    let told = wrong.map(|(name, _, vector)| format!("{name}: {}", vector.name));
    (vectors.count(), told.collect())
}

/// Whether nothing in a delivery may change without making it wrong: it holds one
/// signature, and is no form of which some part is not looked at.
fn stands_alone(vector: &Vector) -> bool {
    vector.accept && !vector.name.contains("signature") && !vector.name.contains("version")
}

impl Delivery {
    fn of(vector: &Vector) -> Self {
        let headers = vector.headers.iter();
        let lower =
            |(name, value): &(String, String)| (name.to_lowercase(), value.clone().into_bytes());
        Self {
            headers: headers.map(lower).collect(),
            body: vector.body(),
        }
    }

    fn headers(&self) -> Headers {
        self.headers
            .iter()
            .map(|(name, value)| (name, value))
            .collect()
    }

    fn is_believed(&self, verifier: &Verifier, now: Timestamp) -> bool {
        let headers = self.headers();
        verifier
            .verify(Unverified::new(&headers, &self.body), now)
            .is_ok()
    }
}

fn believes(verifier: &Verifier, mutant: &Delivery, _: &Delivery, now: Timestamp) -> bool {
    mutant.is_believed(verifier, now)
}

/// The negative control: what differs after the first half is passed over.
fn looks_at_the_beginning(_: &Verifier, mutant: &Delivery, right: &Delivery, _: Timestamp) -> bool {
    let mut both = mutant.headers.iter().zip(&right.headers);
    mutant.body == right.body && both.all(|((_, one), (_, other))| half(one) == half(other))
}

fn half(text: &[u8]) -> &[u8] {
    &text[..text.len() / 2]
}

/// The headers that are part of the proof, and where in them it begins.
fn proof(scheme: &Scheme) -> Vec<(String, usize)> {
    match scheme {
        Scheme::Signed(signed) => {
            let names = signed.names.iter();
            let all = names.flat_map(|names| {
                [
                    Some(names.signature.clone()),
                    names.id.clone(),
                    names.timestamp.clone(),
                ]
            });
            all.flatten().map(|name| (name, 0)).collect()
        }
        Scheme::Token(token) => vec![(token.header.clone(), 0)],
        // The word before it may be written in any case (RFC 9110).
        Scheme::Basic(_) => vec![("authorization".to_owned(), "Basic".len())],
    }
}

/// Turns every bit that a scheme covers, one at a time.
fn turn_bits(
    name: &str,
    scheme: &Scheme,
    verifier: &Verifier,
    right: &Delivery,
    now: Timestamp,
    tally: &mut Tally,
    check: Check,
) {
    let proof = proof(scheme);
    let mut mutant = right.clone();
    let mut judge = |mutant: &Delivery, what: String| {
        tally.mutants += 1;
        if check(verifier, mutant, right, now) {
            tally.accepted.push(format!("{name}: {what}"));
        }
    };
    for (header, from) in &proof {
        let at = right.headers.iter().position(|(name, _)| name == header);
        let Some(at) = at else { continue };
        for bit in from * 8..right.headers[at].1.len() * 8 {
            mutant.headers[at].1[bit / 8] ^= 1 << (bit % 8);
            judge(&mutant, format!("bit {bit} of {header}"));
            mutant.headers[at].1[bit / 8] ^= 1 << (bit % 8);
        }
    }
    if !matches!(scheme, Scheme::Signed(_)) {
        return;
    }
    for bit in 0..right.body.len() * 8 {
        mutant.body[bit / 8] ^= 1 << (bit % 8);
        judge(&mutant, format!("bit {bit} of the body"));
        mutant.body[bit / 8] ^= 1 << (bit % 8);
    }
}

/// The same with a delivery of a random body, which the server itself signs.
fn turn_bits_of_random(name: &str, file: &File, chance: &mut SmallRng, tally: &mut Tally) {
    let vector = &file.vectors[0];
    let now = vector.now();
    let signer = Signer::new(file.scheme(), vector.secrets[0].as_str().into()).unwrap();
    let body: Vec<u8> = (0..chance.random_range(1..400))
        .map(|_| chance.random())
        .collect();
    let headers = signer
        .headers("msg_1", now, &body)
        .into_iter()
        .map(|(name, value)| (name, value.into_bytes()))
        .collect();
    let right = Delivery { headers, body };
    let verifier = vector.verifier(file.scheme());
    assert!(right.is_believed(&verifier, now), "{name}");
    turn_bits(
        name,
        &file.scheme(),
        &verifier,
        &right,
        now,
        tally,
        believes,
    );
}
