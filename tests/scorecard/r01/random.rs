//! Request targets by chance.

use rand::{RngExt, rngs::SmallRng, seq::IndexedRandom};

use super::cases::{Case, ROUTES, case, escaped, spellings};

/// A route and names by chance, each spelt in up to two ways one after the other.
pub(super) fn random(chance: &mut SmallRng) -> Case {
    let &(method, route, objects) = ROUTES.choose(chance).unwrap();
    let names = *objects.choose(chance).unwrap();
    let names: Vec<String> = names.iter().map(|&name| spelt(name, chance)).collect();
    case(method, route, &names)
}

fn spelt(name: &str, chance: &mut SmallRng) -> String {
    let mut name = name.to_owned();
    for _ in 0..2 {
        if chance.random_bool(0.5) {
            continue;
        }
        name = match chance.random_range(0..4) {
            0 => (*spellings(&name).choose(chance).unwrap()).clone(),
            1 => flipped(&name, chance),
            _ => escaped(&name, |_| chance.random_bool(0.5)),
        };
    }
    name
}

fn flipped(name: &str, chance: &mut SmallRng) -> String {
    let flip = |letter: char| {
        if chance.random_bool(0.2) {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    };
    name.chars().map(flip).collect()
}
