//! The "did you mean" of every error that names a closed set of words.

/// Finds the candidate closest to `word`, if one is close enough to be a slip.
///
/// Candidates are lower-case; `word` may be in any case.
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // Beyond this the distance of a hostile word would cost more than it helps.
    const LONGEST: usize = 64;
    if word.len() > LONGEST {
        return None;
    }
    let word = word.to_ascii_lowercase();
    let allowed = (word.chars().count() / 3).max(1);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len() <= LONGEST)
        .map(|candidate| (strsim::damerau_levenshtein(&word, candidate), candidate))
        .filter(|(distance, _)| *distance <= allowed)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_word_and_a_stranger_finds_none() {
        assert_eq!(nearest("run_tsak", ["run", "run_task"]), Some("run_task"));
        assert_eq!(nearest("Run_Task", ["run", "run_task"]), Some("run_task"));
        assert_eq!(nearest("zebra", ["run", "run_task"]), None);
        assert_eq!(nearest(&"x".repeat(1_000_000), ["x"]), None);
    }
}
