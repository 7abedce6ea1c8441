//! Deliveries of every scheme, of which other implementations have said whether
//! they are to be believed (`tests/hooks`).

#![cfg(test)]

#[path = "deliveries/vector.rs"]
mod vector;

use std::{fs, path::Path};

use vector::{File, Vector};

fn files() -> Vec<(String, File)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/hooks/vectors");
    let entries = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let read = |path: std::path::PathBuf| {
        let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
        (name, File::read(&fs::read_to_string(&path).unwrap()))
    };
    entries.map(read).collect()
}

/// Whether a vector is believed.
fn accepts(file: &File, vector: &Vector) -> bool {
    let verifier = vector.verifier(file.scheme());
    let (headers, body) = (vector.headers(), vector.body());
    vector::verify(&verifier, &headers, &body, vector.now()).is_ok()
}

#[test]
fn what_others_believe_is_believed_and_nothing_else() {
    let mut wrong = Vec::new();
    for (name, file) in files() {
        for vector in &file.vectors {
            if accepts(&file, vector) != vector.accept {
                wrong.push(format!("{name}: {}", vector.name));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_scheme_has_vectors_enough() {
    let files = files();
    for source in flyte_webhook_core::hook::source::Source::ALL {
        assert!(
            files.iter().any(|(_, file)| file.source() == source),
            "{source}"
        );
    }
    for (name, file) in files {
        let negative = file.vectors.iter().filter(|vector| !vector.accept).count();
        let all = file.vectors.len();
        assert!(
            all >= 30 && negative >= 15,
            "{name}: {all}, {negative} of them negative"
        );
        let judged = file.vectors.iter().all(|vector| !vector.judges.is_empty());
        assert!(judged, "{name} has vectors that nobody else has judged");
    }
}

#[test]
fn where_others_say_something_else_there_is_a_reason() {
    for (name, file) in files() {
        for vector in &file.vectors {
            for (judge, verdict) in &vector.judges {
                let differs = *verdict != vector.accept;
                let reason = vector.differs.get(judge);
                assert_eq!(
                    differs,
                    reason.is_some(),
                    "{name}: {}: {judge}",
                    vector.name
                );
            }
        }
    }
}
