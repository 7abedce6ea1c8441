//! Names of apps, near the server's own.

/// A name with many places to cut it at.
pub(super) const OWN: &str = "web-hook-for-team-a-b-c-d";
/// The server's domain and project.
pub(super) const PLACE: [&str; 2] = ["development", "flytesnacks"];

/// An app as a caller names it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct AppName {
    pub(super) name: String,
    pub(super) project: String,
    pub(super) domain: String,
}

impl AppName {
    pub(super) fn new(name: &str, project: &str, domain: &str) -> Self {
        let [name, project, domain] = [name, project, domain].map(str::to_owned);
        Self {
            name,
            project,
            domain,
        }
    }

    /// The path of a route about this app.
    pub(super) fn target(&self, route: &str) -> String {
        let Self {
            name,
            project,
            domain,
        } = self;
        let more = if route.contains('?') { '&' } else { '?' };
        format!("/app/{name}{route}{more}project={project}&domain={domain}")
    }
}

/// The own name, project and domain with some letters large.
pub(super) fn aliases(count: usize) -> Vec<AppName> {
    let [domain, project] = PLACE;
    let alias = |mask: usize| {
        let (name, rest) = large(OWN, mask);
        let (project, rest) = large(project, rest);
        AppName::new(&name, &project, &large(domain, rest).0)
    };
    // Odd steps, so that the bits of all three are mixed.
    (1..=count)
        .map(|step| alias(step.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1))
        .collect()
}

/// Makes the letters large whose bits are set; gives the bits that are left.
fn large(text: &str, mask: usize) -> (String, usize) {
    let mut mask = mask;
    let letters = text.chars().map(|letter| {
        if !letter.is_ascii_alphabetic() {
            return letter;
        }
        let is_large = mask & 1 == 1;
        mask = mask.rotate_right(1);
        if is_large {
            letter.to_ascii_uppercase()
        } else {
            letter
        }
    });
    let text = letters.collect();
    (text, mask)
}

/// Other names, projects and domains that give the same when they are joined,
/// as they are and with letters large.
pub(super) fn collisions(count: usize) -> Vec<AppName> {
    let [domain, project] = PLACE;
    let joined = format!("{OWN}-{project}-{domain}");
    let own = AppName::new(OWN, project, domain);
    let plain: Vec<AppName> = cuts(&joined).into_iter().filter(|it| *it != own).collect();
    let variants = (0..).map(|step: usize| step.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    variants
        .flat_map(|mask| {
            plain.iter().map(move |name| AppName {
                name: large(&name.name, mask).0,
                ..name.clone()
            })
        })
        .take(count)
        .collect()
}

/// Every way to cut a joined name into three.
fn cuts(joined: &str) -> Vec<AppName> {
    let mut names = Vec::new();
    for (first, _) in joined.match_indices('-') {
        let (name, rest) = (&joined[..first], &joined[first + 1..]);
        for (second, _) in rest.match_indices('-') {
            names.push(AppName::new(name, &rest[..second], &rest[second + 1..]));
        }
    }
    // What is longer cannot be a name.
    names.retain(|it| it.name.len() <= 30);
    names
}

/// Apps that look like the server's own and are others.
pub(super) fn neighbours() -> Vec<AppName> {
    let [domain, project] = PLACE;
    let own = ["staging", "production"].map(|domain| AppName::new(OWN, project, domain));
    let elsewhere =
        ["development", "staging", "production"].map(|it| AppName::new(OWN, "other", it));
    let near = (0..15).map(|number| AppName::new(&format!("{OWN}{number}"), project, domain));
    own.into_iter().chain(elsewhere).chain(near).collect()
}
