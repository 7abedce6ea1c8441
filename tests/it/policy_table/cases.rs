//! Request targets: objects in and out of the lists, spelt in every way that
//! was thought of.

/// A request to send.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    pub(crate) method: &'static str,
    pub(crate) target: String,
}

/// Routes with a `*` for each name that is spelt, and names to put there; the
/// first of each is in the list, or is the server itself.
pub(crate) const ROUTES: &[(&str, &str, &[&[&str]])] = &[
    ("GET", "/task/*/*/*", &[TASK, IN_PROJECT, IN_PLACE]),
    ("POST", "/run-task/*/*/*", &[TASK, IN_PROJECT, IN_PLACE]),
    ("GET", "/app/*", &[&["mine"], &["hook"], &["other"]]),
    ("POST", "/app/*/activate", &[&["mine"], &["hook"]]),
    ("POST", "/app/*/deactivate", &[&["mine"], &["hook"]]),
    ("POST", "/app/*/call?path=/x", &[&["mine"], &["hook"]]),
    (
        "GET",
        "/app/tool?project=*",
        &[&["shared"], &["flytesnacks"]],
    ),
    (
        "GET",
        "/app/hook?project=*&domain=*",
        &[&["flytesnacks", "development"]],
    ),
    (
        "POST",
        "/app/web/activate?domain=*&project=*",
        &[&["production", "site"]],
    ),
    (
        "POST",
        "/trigger/*/*/activate",
        &[&["any", "nightly"], &["etl.load", "hourly"]],
    ),
    (
        "POST",
        "/trigger/*/*/deactivate",
        &[&["etl.load", "hourly"], &["etl", "hourly"]],
    ),
];
const TASK: &[&str] = &["staging", "p", "env.t"];
const IN_PROJECT: &[&str] = &["staging", "site", "build"];
const IN_PLACE: &[&str] = &["production", "site", "deploy"];

/// Ways to write a name; `*` is the name.
const SPELLINGS: &[&str] = &[
    "*",
    "*%2F",
    "%2F*",
    "*%2f..",
    "*%2Fx",
    "x%2F*",
    "*/",
    "/*",
    "*//",
    "%2e%2e",
    "..",
    "%2E/*",
    "../*",
    "*/..",
    "%252e%252e",
    "*%252F",
    "*%20",
    "%20*",
    "*+",
    "*%09",
    "*%00",
    "*%0a",
    "*%0d%0a",
    "*%e2%80%8b",
    "%ef%bb%bf*",
    "*%ff",
    "*%c0%ae",
    "*%ed%a0%80",
    "*;x=1",
    "*,*",
    "*:v1",
    "*@v1",
    "*.",
    "*%5c",
    "*%2500",
    "*%",
    "*%zz",
    "*-",
    "-*",
    "*_",
    "%2a",
    "",
    "*%E2%80%AE",
    "*%u0061",
];

/// Every route with every name, in every spelling.
pub(crate) fn systematic() -> Vec<Case> {
    let mut cases = Vec::new();
    for &(method, route, objects) in ROUTES {
        for names in objects {
            for position in 0..names.len() {
                let spelt = spellings(names[position]);
                cases.extend(spelt.into_iter().map(|spelling| {
                    let mut names: Vec<String> = names.iter().map(|&it| it.into()).collect();
                    names[position] = spelling;
                    case(method, route, &names)
                }));
            }
        }
    }
    cases
}

/// A request with these names in the places of the route's `*`.
pub(crate) fn case(method: &'static str, route: &str, names: &[String]) -> Case {
    let mut target = route.to_owned();
    for name in names {
        target = target.replacen('*', &name.replace('*', "%2A"), 1);
    }
    Case { method, target }
}

/// A name in every spelling.
pub(crate) fn spellings(name: &str) -> Vec<String> {
    let mut spellings: Vec<String> = SPELLINGS
        .iter()
        .map(|spelling| spelling.replace('*', name))
        .collect();
    let large = name.to_ascii_uppercase();
    let once = escaped(name, |_| true);
    spellings.extend([
        large,
        once.replace('%', "%25"),
        once.to_ascii_lowercase(),
        once,
        look_alike(name),
        name.repeat(60),
    ]);
    spellings
}

/// Writes letters as escapes.
pub(crate) fn escaped(name: &str, mut chosen: impl FnMut(u8) -> bool) -> String {
    let letter = |byte: u8| {
        if chosen(byte) {
            format!("%{byte:02X}")
        } else {
            char::from(byte).to_string()
        }
    };
    name.bytes().map(letter).collect()
}

/// The first letter in its full width, which some normalise to the plain one.
fn look_alike(name: &str) -> String {
    let (first, rest) = name.split_at(1.min(name.len()));
    let wide = |byte: u8| format!("%EF%BD%{:02X}", byte.wrapping_sub(b'a').wrapping_add(0x81));
    first.bytes().map(wide).collect::<String>() + rest
}
