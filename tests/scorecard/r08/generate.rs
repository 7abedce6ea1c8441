//! Header sets of chance, most of them hostile.

use std::fmt::{self, Debug};

use rand::{Rng, RngExt, seq::IndexedRandom};

/// Names that some proxy, framework or control plane gives a meaning.
const NAMES: [&str; 40] = [
    "Accept",
    "Accept-Encoding",
    "Baggage",
    "Connect-Accept-Encoding",
    "Connect-Content-Encoding",
    "Connect-Protocol-Version",
    "Connect-Timeout-Ms",
    "Connection",
    "Content-Encoding",
    "Content-Type",
    "Flyte-Authorization",
    "Forwarded",
    "Grpc-Encoding",
    "Grpc-Metadata-Authorization",
    "Grpc-Status",
    "Grpc-Timeout",
    "HTTP2-Settings",
    "If-None-Match",
    "Keep-Alive",
    "Origin",
    "Proxy-Authorization",
    "Proxy-Connection",
    "Range",
    "Referer",
    "TE",
    "Traceparent",
    "Trailer",
    "Upgrade",
    "User-Agent",
    "Via",
    "X-API-Key",
    "X-Forwarded-For",
    "X-Forwarded-Host",
    "X-Forwarded-User",
    "X-Http-Method-Override",
    "X-Real-IP",
    "X-User-Subject",
    "X_Request_Id",
    "Authorization_",
    "x-flyte-webhook-upstream-status",
];

const VALUES: [&str; 12] = [
    "",
    "1",
    "1H",
    "*/*",
    "gzip",
    "application/grpc",
    "trailers",
    "h2c",
    "close, x-forwarded-for",
    "authorization",
    "Bearer stolen",
    "127.0.0.1",
];

/// What one request is sent with.
pub(super) struct Given {
    route: &'static Route,
    authorizations: Vec<Vec<u8>>,
    cookies: Vec<Vec<u8>>,
    /// An id that is to be taken over.
    pub(super) request_id: Option<String>,
    /// All header lines, in the order in which they are sent.
    lines: Vec<(String, Vec<u8>)>,
}

struct Route {
    path: &'static str,
    /// The size of the message that goes upstream, if it is not empty.
    message: Option<usize>,
}

const ROUTES: [Route; 2] = [
    Route {
        path: "/me",
        message: None,
    },
    Route {
        path: "/run/none",
        message: Some(34),
    },
];

impl Given {
    pub(super) fn random(chance: &mut impl Rng) -> Self {
        let authorizations = credentials(chance, "Bearer ");
        let cookies = credentials(chance, "session=");
        let id = chance.random_range(0..3);
        let request_id = (id == 0).then(|| text(chance, b"aZ09-_.", 1..129));
        let mut lines: Vec<(String, Vec<u8>)> = Vec::new();
        for value in &authorizations {
            lines.push((cased(chance, "authorization"), value.clone()));
        }
        for value in &cookies {
            lines.push((cased(chance, "cookie"), value.clone()));
        }
        if let Some(id) = &request_id {
            lines.push((cased(chance, "x-request-id"), id.clone().into_bytes()));
        } else if id == 1 {
            let unfit = text(chance, b"a /;\"\xff\t:", 2..9)
                + "\""
                + &"x".repeat(chance.random_range(0..200));
            lines.push((cased(chance, "x-request-id"), unfit.into_bytes()));
        }
        for _ in 0..chance.random_range(0..12) {
            let at = chance.random_range(0..=lines.len());
            lines.insert(at, noise(chance));
        }
        Self {
            route: ROUTES.choose(chance).unwrap(),
            authorizations,
            cookies,
            request_id,
            lines,
        }
    }

    /// The first authorization, unless it is blank.
    pub(super) fn authorization(&self) -> Option<&[u8]> {
        first(&self.authorizations)
    }

    /// The first cookie, unless it is blank.
    pub(super) fn cookie(&self) -> Option<&[u8]> {
        first(&self.cookies)
    }

    pub(super) fn is_let_in(&self) -> bool {
        self.authorization().is_some() || self.cookie().is_some()
    }

    pub(super) fn message_length(&self) -> Option<usize> {
        self.route.message
    }

    pub(super) fn request(&self) -> Vec<u8> {
        let mut request = format!("GET {} HTTP/1.1\r\nHost: x\r\n", self.route.path).into_bytes();
        for (name, value) in &self.lines {
            request.extend_from_slice(name.as_bytes());
            request.extend_from_slice(b": ");
            request.extend_from_slice(value);
            request.extend_from_slice(b"\r\n");
        }
        request.extend_from_slice(b"\r\n");
        request
    }
}

impl Debug for Given {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.request().escape_ascii())
    }
}

/// None to three values, of which some are blank.
fn credentials(chance: &mut impl Rng, prefix: &str) -> Vec<Vec<u8>> {
    let count = *[0, 1, 1, 1, 2, 3].choose(chance).unwrap();
    let mut value = || {
        if chance.random_bool(0.15) {
            return Vec::new();
        }
        let mut value = prefix.as_bytes().to_vec();
        let size = *[1, 8, 40, 900, 4_000].choose(chance).unwrap();
        value.extend((0..size).map(|_| visible(chance)));
        value
    };
    (0..count).map(|_| value()).collect()
}

/// A byte that may stand in a value; not only ASCII.
fn visible(chance: &mut impl Rng) -> u8 {
    match chance.random_range(0x21..=0xff) {
        0x7f => b'~',
        byte => byte,
    }
}

fn noise(chance: &mut impl Rng) -> (String, Vec<u8>) {
    let name = if chance.random_bool(0.8) {
        (*NAMES.choose(chance).unwrap()).to_owned()
    } else {
        format!("x-{}", text(chance, b"abc_-~!", 1..20))
    };
    let value = if chance.random_bool(0.7) {
        VALUES.choose(chance).unwrap().as_bytes().to_vec()
    } else {
        (0..chance.random_range(0..60))
            .map(|_| visible(chance))
            .collect()
    };
    (cased(chance, &name), value)
}

fn text(chance: &mut impl Rng, from: &[u8], size: std::ops::Range<usize>) -> String {
    let size = chance.random_range(size);
    let byte = |_| char::from(*from.choose(chance).unwrap());
    (0..size).map(byte).collect()
}

/// A name as some client may spell it.
fn cased(chance: &mut impl Rng, name: &str) -> String {
    match chance.random_range(0..3) {
        0 => name.to_ascii_uppercase(),
        1 => name.to_ascii_lowercase(),
        _ => name.to_owned(),
    }
}

fn first(values: &[Vec<u8>]) -> Option<&[u8]> {
    values
        .first()
        .map(Vec::as_slice)
        .filter(|value| !value.is_empty())
}
