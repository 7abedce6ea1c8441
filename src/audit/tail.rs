//! How an audit log ends that is opened again.

use flyte_webhook_core::chain::{self, Hash};

/// What is found where a log is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Tail {
    /// The hash of its last record.
    pub(super) head: Hash,
    /// The hash of what an interrupted process left after that.
    pub(super) torn: Option<Hash>,
    /// Whether that has no end of line.
    pub(super) is_open: bool,
}

impl Tail {
    pub(super) const EMPTY: Self = Self {
        head: Hash::NOTHING,
        torn: None,
        is_open: false,
    };

    /// The last record in the end of a file, and what follows it.
    pub(super) fn of(end: &[u8], is_whole_file: bool) -> Option<Self> {
        if end.is_empty() {
            return Some(Self::EMPTY);
        }
        let is_open = !end.ends_with(b"\n");
        let text = end.strip_suffix(b"\n").unwrap_or(end);
        let (mut before, mut torn) = (Some(text), None);
        while let Some(lines) = before {
            let (rest, line) = last_line(lines);
            if let Some(head) = chain::head_of(line) {
                let torn = torn.and_then(|from| text.get(from..)).map(Hash::of);
                return Some(Self {
                    head,
                    torn,
                    is_open,
                });
            }
            torn = Some(lines.len() - line.len());
            before = rest;
        }
        // Nothing but what the first record of all may have left.
        let is_start = is_whole_file && text.starts_with(b"{\"seq\":0,");
        is_start.then(|| Self {
            head: Hash::NOTHING,
            torn: Some(Hash::of(text)),
            is_open,
        })
    }
}

/// The last of some lines, and those before it.
fn last_line(lines: &[u8]) -> (Option<&[u8]>, &[u8]) {
    match lines.iter().rposition(|byte| *byte == b'\n') {
        Some(end) => {
            let (before, line) = lines.split_at(end);
            (Some(before), line.get(1..).unwrap_or_default())
        }
        None => (None, lines),
    }
}

#[cfg(test)]
mod tests {
    use flyte_webhook_core::chain::Chain;
    use serde_json::json;

    use super::*;

    #[test]
    fn the_last_record_is_found_before_whatever_was_left_unfinished() {
        let mut chain = Chain::new([1; 16], Hash::NOTHING);
        let line = chain.seal("start", &json!({}));
        let whole = Tail {
            head: chain.head(),
            torn: None,
            is_open: false,
        };
        let after =
            |rest: &str, is_whole_file| Tail::of(format!("{line}{rest}").as_bytes(), is_whole_file);
        let torn = |text: &str, is_open| Tail {
            torn: Some(Hash::of(text.as_bytes())),
            is_open,
            ..whole
        };
        assert_eq!(after("", true), Some(whole));
        assert_eq!(after("{\"seq", false), Some(torn("{\"seq", true)));
        assert_eq!(after("{\"seq\n", false), Some(torn("{\"seq", false)));
        assert_eq!(
            after("{\"seq\n{\"s", false),
            Some(torn("{\"seq\n{\"s", true))
        );
        let cut = line.trim_end();
        let open = Tail {
            is_open: true,
            ..whole
        };
        assert_eq!(Tail::of(cut.as_bytes(), true), Some(open));
        assert_eq!(Tail::of(b"", true), Some(Tail::EMPTY));
        assert_eq!(Tail::of(b"a line\nof another log\n", true), None);
        assert_eq!(
            Tail::of(&line.as_bytes()[..20], true).map(|tail| tail.head),
            Some(Hash::NOTHING)
        );
        assert_eq!(Tail::of(&line.as_bytes()[..20], false), None);
    }
}
