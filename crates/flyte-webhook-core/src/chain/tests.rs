use proptest::prelude::*;
use serde_json::json;

use super::*;

const ID: [u8; 16] = [7; 16];

/// A log of one whole chain with so many records between start and end.
fn log(records: usize) -> Vec<String> {
    let mut chain = Chain::new(ID, Hash::NOTHING);
    let mut lines = vec![chain.seal(event::START, &json!({"version": "1"}))];
    for number in 0..records {
        lines.push(chain.seal(
            "request",
            &json!({"request.id": format!("r{number}\n"), "n": number}),
        ));
    }
    lines.push(chain.seal(event::END, &json!({})));
    lines
}

/// A second chain in the same log.
fn restarted(mut lines: Vec<String>) -> Vec<String> {
    let head = head_of(lines.last().unwrap().trim_end().as_bytes()).unwrap();
    let mut chain = Chain::new([8; 16], head);
    lines.push(chain.seal(event::START, &json!({})));
    lines.push(chain.seal("request", &json!({})));
    lines
}

fn checked<T: AsRef<str>>(lines: &[T]) -> (Summary, Vec<String>) {
    checked_by(Verifier::default(), lines)
}

fn checked_by<T: AsRef<str>>(mut verifier: Verifier, lines: &[T]) -> (Summary, Vec<String>) {
    let mut faults = Vec::new();
    for line in lines {
        let line = line.as_ref();
        faults.extend(verifier.line(line.strip_suffix('\n').unwrap_or(line).as_bytes()));
    }
    let (summary, more) = verifier.finish();
    faults.extend(more);
    (summary, faults.iter().map(ToString::to_string).collect())
}

/// The line with one more letter in it, and a hash that fits.
fn forged(line: &str) -> String {
    let (sealed, _) = line.rsplit_once(SEAM).unwrap();
    let sealed = sealed.replace("request.id\":\"", "request.id\":\"x");
    let hash = Hash::of(sealed.as_bytes());
    format!("{sealed}{SEAM}{hash}\"}}\n")
}

#[test]
fn a_record_is_hashed_as_anybody_can() {
    let line = &log(0)[0];
    let (sealed, hash) = line.trim_end().split_once(",\"hash\":").unwrap();
    assert_eq!(
        sealed,
        "{\"seq\":0,\"chain\":\"07070707070707070707070707070707\",\"prev\":\
         \"0000000000000000000000000000000000000000000000000000000000000000\",\
         \"event\":\"start\",\"version\":\"1\""
    );
    assert_eq!(hash, format!("\"{}\"}}", Hash::of(sealed.as_bytes())));
}

#[test]
fn a_log_as_it_was_written_is_whole() {
    let lines = restarted(log(3));
    let (summary, faults) = checked(&lines);
    assert_eq!(faults, [""; 0]);
    let expected = Summary {
        records: 7,
        chains: 2,
        head: head_of(lines[6].trim_end().as_bytes()),
        ..Summary::default()
    };
    assert_eq!(summary, expected);
    assert!(checked(&log(3)).0.is_ended);
}

#[test]
fn a_record_that_was_changed_and_hashed_anew_does_not_fit_the_next() {
    let mut lines = log(3);
    lines[2] = forged(&lines[2]);
    let (_, faults) = checked(&lines);
    assert_eq!(
        faults,
        [
            "4: does not follow the line before, which was changed and given a new hash, or put there"
        ]
    );
}

#[test]
fn a_whole_chain_that_was_taken_out_is_missed() {
    let lines = restarted(log(3));
    let (_, faults) = checked(&lines[5..]);
    assert_eq!(faults.len(), 1);
    assert!(
        faults[0].starts_with("1: follows a record that is missing: "),
        "{faults:?}"
    );
    let lines = restarted(lines);
    let lines = [&lines[..5], &lines[7..]].concat();
    assert!(checked(&lines).1[0].starts_with("6: "));
}

#[test]
fn a_tail_that_was_cut_is_missed_by_whoever_knows_the_head() {
    let lines = log(3);
    for (number, line) in lines.iter().enumerate() {
        let head = head_of(line.trim_end().as_bytes()).unwrap();
        let known = || Verifier::default().with_head(head);
        let (summary, faults) = checked_by(known(), &lines);
        assert_eq!(faults, [""; 0]);
        assert_eq!(summary.newer, Some((lines.len() - 1 - number) as u64));
        let (_, faults) = checked_by(known(), &lines[..number]);
        assert!(faults[0].contains(&head.to_string()), "{faults:?}");
    }
}

#[test]
fn what_an_interrupted_process_left_is_accepted_from_the_one_that_tells_of_it() {
    let mut lines = log(3);
    lines.truncate(3);
    let head = head_of(lines[2].trim_end().as_bytes()).unwrap();
    let torn = "{\"seq\":3,\"chain\":\"07";
    let mut next = Chain::new([8; 16], head);
    lines.push(format!("{torn}\n"));
    let told = next.clone().seal(
        event::START,
        &json!({"torn": Hash::of(torn.as_bytes()).to_string()}),
    );
    let (summary, faults) = checked(&[&lines[..], std::slice::from_ref(&told)].concat());
    assert_eq!((summary.torn, faults), (1, vec![]));
    for (last, text) in [
        (told, "{\"seq\":3"),
        (next.seal(event::START, &json!({})), torn),
    ] {
        let lines = [&lines[..3], &[format!("{text}\n"), last]].concat();
        assert_eq!(checked(&lines).1, ["4: is no record"]);
    }
}

#[test]
fn another_file_goes_on_where_the_first_ended_and_says_so() {
    let mut chain = Chain::new(ID, Hash::NOTHING);
    let first = chain.seal(event::START, &json!({}));
    let next = chain.seal(event::ROTATE, &json!({}));
    let (summary, faults) = checked(&[&next]);
    assert_eq!(summary.goes_on_from, head_of(first.trim_end().as_bytes()));
    assert_eq!(faults, [""; 0]);
    assert_eq!(checked(&[&first, &next]).1, [""; 0]);
    let last = chain.seal("request", &json!({}));
    assert_eq!(checked(&[&next, &last]).1, [""; 0]);
    assert_eq!(checked(&[&last]).1.len(), 1);
}

#[test]
fn an_empty_log_and_foreign_text_are_no_log() {
    assert_eq!(checked::<&str>(&[]).1, ["0: is no record"]);
    assert_eq!(checked(&["{}", "x"]).1, ["1: is no record"]);
    let mixed = [&["{\"level\":\"INFO\"}\n".to_owned()], &log(1)[..]].concat();
    assert_eq!(checked(&mixed).1, ["1: is no record"]);
    let (summary, faults) = checked_by(Verifier::default().mixed(), &mixed);
    assert_eq!((summary.passed_over, faults), (1, vec![]));
}

/// The first fault's line, after which nothing is said to be whole.
fn found_at(lines: &[String]) -> Option<u64> {
    let (_, faults) = checked(lines);
    let line = faults.first()?.split(':').next()?;
    line.parse().ok()
}

proptest! {
    #[test]
    fn every_changed_byte_is_found_in_its_line(
        records in 0_usize..6, at in any::<prop::sample::Index>(), byte in any::<u8>(),
    ) {
        let lines = restarted(log(records));
        let text = lines.concat();
        // The head of a log vouches for its last record.
        let end = text.len() - lines[lines.len() - 1].len();
        let at = at.index(end);
        let mut changed = text.clone().into_bytes();
        prop_assume!(changed[at] != byte);
        changed[at] = byte;
        let mut verifier = Verifier::default();
        let mut faults = Vec::new();
        for line in changed.strip_suffix(b"\n").unwrap().split(|b| *b == b'\n') {
            faults.extend(verifier.line(line));
        }
        faults.extend(verifier.finish().1);
        let line = text[..at].matches('\n').count() as u64 + 1;
        // A line end that is gone makes one line of two, one that is new two of one.
        prop_assert!(faults.first().is_some_and(|fault| fault.line.abs_diff(line) <= 1), "{faults:?}");
        if byte != b'\n' && text.as_bytes()[at] != b'\n' {
            prop_assert_eq!(faults[0].line, line);
        }
    }

    #[test]
    fn every_removed_record_but_the_last_is_found(records in 0_usize..8, at in any::<prop::sample::Index>()) {
        let mut lines = restarted(log(records));
        let at = at.index(lines.len() - 1);
        lines.remove(at);
        prop_assert_eq!(found_at(&lines), Some(at as u64 + 1));
    }

    #[test]
    fn every_two_records_that_change_places_are_found(
        records in 0_usize..8, one in any::<prop::sample::Index>(), other in any::<prop::sample::Index>(),
    ) {
        let mut lines = restarted(log(records));
        let (one, other) = (one.index(lines.len()), other.index(lines.len()));
        prop_assume!(one != other);
        lines.swap(one, other);
        prop_assert_eq!(found_at(&lines), Some(one.min(other) as u64 + 1));
    }

    #[test]
    fn every_record_that_is_put_in_is_found(
        records in 0_usize..8, from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(),
    ) {
        let mut lines = restarted(log(records));
        let (from, to) = (from.index(lines.len()), to.index(lines.len() + 1));
        let line = lines[from].clone();
        lines.insert(to, line);
        prop_assert!(found_at(&lines).is_some());
    }

    #[test]
    fn whatever_stands_in_a_log_nothing_panics(
        lines in prop::collection::vec("\\PC{0,40}|\\{\"seq\":[0-9]{1,25},\"chain\":\"a\",\"prev\":\"[0-9a-f]{64}\",\"event\":\"(start|end|rotate)\",\"hash\":\"[0-9a-f]{64}\"\\}", 0..8),
    ) {
        prop_assert!(!checked(&lines).1.is_empty());
    }
}
