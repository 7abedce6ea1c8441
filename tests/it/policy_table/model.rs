//! What the allowlists mean, written down anew: on plain strings, by listing
//! every way to write an object that counts.

/// The project and the domain of the server.
pub(crate) const OWN: [&str; 2] = ["development", "flytesnacks"];
/// The server's own app.
pub(crate) const OWN_APP: &str = "hook";

/// The allowlists of one server; absent ones allow all.
#[derive(Clone, Debug, Default)]
pub(crate) struct Lists {
    pub(crate) tasks: Option<Vec<String>>,
    pub(crate) apps: Option<Vec<String>>,
    pub(crate) triggers: Option<Vec<String>>,
}

/// What must become of a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Decision {
    /// It names nothing that could exist.
    Nothing,
    /// It names this server.
    Own,
    Denied,
    Allowed,
}

impl Lists {
    pub(crate) fn task(&self, domain: &str, project: &str, name: &str) -> bool {
        let ways = [
            name.to_owned(),
            format!("{project}/{name}"),
            format!("{domain}/{project}/{name}"),
        ];
        holds(self.tasks.as_deref(), &ways)
    }

    pub(crate) fn app(&self, domain: &str, project: &str, name: &str) -> bool {
        let mut ways = vec![
            format!("{project}/{name}"),
            format!("{domain}/{project}/{name}"),
        ];
        if [domain, project] == OWN {
            ways.push(name.to_owned());
        }
        holds(self.apps.as_deref(), &ways)
    }

    pub(crate) fn trigger(&self, task: &str, name: &str) -> bool {
        holds(
            self.triggers.as_deref(),
            &[name.to_owned(), format!("{task}/{name}")],
        )
    }

    /// What must become of a request of this target.
    pub(crate) fn decide(&self, target: &str) -> Decision {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let segments: Option<Vec<String>> = path.split('/').skip(1).map(decoded).collect();
        let Some(segments) = segments else {
            return Decision::Nothing;
        };
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        let allowed = match segments[..] {
            ["task" | "run-task", domain, project, name] => {
                let legal = is_name(domain, 63) && is_name(project, 63) && is_name(name, 255);
                legal.then(|| self.task(domain, project, name))
            }
            ["app", name] | ["app", name, "activate" | "deactivate" | "call"] => {
                return self.decide_app(name, query);
            }
            ["trigger", task, name, "activate" | "deactivate"] => {
                let legal = is_name(task, 255) && is_name(name, 255);
                let [domain, project] = OWN;
                legal.then(|| self.trigger(task, name) && self.task(domain, project, task))
            }
            _ => None,
        };
        decision(allowed)
    }

    fn decide_app(&self, name: &str, query: &str) -> Decision {
        let place = |key: &str, own: &str| {
            let mut values = query
                .split('&')
                .rev()
                .filter_map(|pair| pair.split_once('='));
            let last = values.find(|(given, _)| *given == key);
            match last {
                None | Some((_, "")) => Some(own.to_owned()),
                Some((_, value)) => decoded(&value.replace('+', " ")).filter(|it| is_name(it, 63)),
            }
        };
        let [own_domain, own_project] = OWN;
        let (domain, project) = (place("domain", own_domain), place("project", own_project));
        let (Some(domain), Some(project)) = (domain, project) else {
            return Decision::Nothing;
        };
        if !is_app_name(name) {
            Decision::Nothing
        } else if name == OWN_APP && [domain.as_str(), &project] == OWN {
            Decision::Own
        } else {
            decision(Some(self.app(&domain, &project, name)))
        }
    }
}

fn decision(allowed: Option<bool>) -> Decision {
    match allowed {
        None => Decision::Nothing,
        Some(true) => Decision::Allowed,
        Some(false) => Decision::Denied,
    }
}

fn holds(list: Option<&[String]>, ways: &[String]) -> bool {
    list.is_none_or(|list| list.iter().any(|entry| ways.contains(entry)))
}

/// Decoded once; `None` where that is no text.
fn decoded(segment: &str) -> Option<String> {
    let mut bytes = Vec::new();
    let mut rest = segment.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let escape = after.get(..2).filter(|_| first == b'%');
        let value = escape
            .filter(|hex| hex.iter().all(u8::is_ascii_hexdigit))
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        if let Some(value) = value {
            bytes.push(value);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

/// The control plane's grammar of most names.
pub(crate) fn is_name(text: &str, longest: usize) -> bool {
    const LETTERS: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    let plain = text.chars().all(|letter| LETTERS.contains(letter));
    plain && (1..=longest).contains(&text.len()) && ![".", ".."].contains(&text)
}

/// The control plane's grammar of apps' names.
fn is_app_name(text: &str) -> bool {
    is_name(text, 30) && !text.contains(['.', '_']) && text.trim_matches('-') == text
}
