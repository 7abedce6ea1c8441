//! The address of a call to an app: a path below the app's own endpoint.
//!
//! The endpoint comes from the control plane, the path from a caller. Whatever
//! the caller writes, scheme, host and port stay the endpoint's, and the path
//! stays below the endpoint's path: also where the app decodes it once more.

use percent_encoding::percent_decode_str;
use url::Url;

/// The longest path that is taken, in bytes.
const LONGEST_PATH: usize = 2048;

/// Why an app's endpoint cannot be called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EndpointError {
    /// The app has none, as long as it is not deployed.
    #[error("it is empty")]
    Empty,
    /// Nothing a URL could be, or one that reads otherwise than it is written.
    #[error("it is no URL")]
    NoUrl,
    /// Neither http nor https.
    #[error("its scheme is neither http nor https")]
    Scheme,
    /// A user name or password before the host.
    #[error("it has user information")]
    UserInfo,
    /// A query or fragment, after which no path can stand.
    #[error("it has a query or a fragment")]
    Query,
}

/// Why a path is refused; the message is for the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PathError {
    #[error("has more than {LONGEST_PATH} bytes")]
    TooLong,
    #[error("has a control character in it")]
    Control,
    #[error("has a backslash in it; write '/'")]
    Backslash,
    #[error("has a dot segment in it; write the path that is meant")]
    Dots,
    /// Nothing known leads here; it is the last line of defence.
    #[error("leads away from the app's endpoint")]
    Elsewhere,
}

/// The endpoint of an app, fit to put paths below it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppEndpoint(Url);

impl AppEndpoint {
    /// Reads what the control plane says.
    pub fn parse(text: &str) -> Result<Self, EndpointError> {
        if text.is_empty() {
            return Err(EndpointError::Empty);
        }
        // The parser drops or rewrites these in silence.
        let foreign = |c: char| c.is_whitespace() || c.is_control() || c == '\\';
        if text.contains(foreign) {
            return Err(EndpointError::NoUrl);
        }
        let url = Url::parse(text).map_err(|_unparsable| EndpointError::NoUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(EndpointError::Scheme);
        }
        let authority = text.split('/').nth(2).unwrap_or_default();
        if authority.contains('@') {
            return Err(EndpointError::UserInfo);
        }
        if text.contains(['?', '#']) {
            return Err(EndpointError::Query);
        }
        Ok(Self(url))
    }

    /// The endpoint itself.
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// The address of a path below the endpoint, with `query` after what query
    /// the path has of its own. A fragment is dropped, as in any request.
    pub fn below(&self, path: &CallPath, query: &str) -> Result<Url, PathError> {
        let base = self.0.path().trim_end_matches('/');
        let mut url = self.0.clone();
        url.set_path(&format!("{base}/{}", path.path));
        let both = [path.query.as_str(), query];
        let query: Vec<&str> = both.into_iter().filter(|part| !part.is_empty()).collect();
        url.set_query((!query.is_empty()).then(|| query.join("&")).as_deref());
        if self.is_above(&url) {
            Ok(url)
        } else {
            Err(PathError::Elsewhere)
        }
    }

    fn is_above(&self, url: &Url) -> bool {
        let base = self.0.path().trim_end_matches('/');
        let rest = url.path().strip_prefix(base);
        url.scheme() == self.0.scheme()
            && url.host() == self.0.host()
            && url.port() == self.0.port()
            && url.username().is_empty()
            && url.password().is_none()
            && rest.is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A caller's path, taken apart and found harmless.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallPath {
    /// Without the slashes that it begins with.
    path: String,
    query: String,
}

impl CallPath {
    /// Judges a path, which may have a query and a fragment of its own.
    pub fn parse(text: &str) -> Result<Self, PathError> {
        if text.len() > LONGEST_PATH {
            return Err(PathError::TooLong);
        }
        if text.contains(char::is_control) {
            return Err(PathError::Control);
        }
        let text = text.split('#').next().unwrap_or_default();
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        check(path)?;
        Ok(Self {
            path: path.trim_start_matches('/').to_owned(),
            query: query.to_owned(),
        })
    }
}

/// Judges a path as it is, and as it is after each decoding that an app, or a
/// proxy before it, may do.
fn check(path: &str) -> Result<(), PathError> {
    let mut path = path.to_owned();
    loop {
        if path.contains(char::is_control) {
            return Err(PathError::Control);
        }
        if path.contains('\\') {
            return Err(PathError::Backslash);
        }
        if path.split('/').any(is_dots) {
            return Err(PathError::Dots);
        }
        // Each round that changes anything makes it shorter.
        let decoded = percent_decode_str(&path).decode_utf8_lossy().into_owned();
        if decoded.len() >= path.len() {
            return Ok(());
        }
        path = decoded;
    }
}

/// Some servers cut parameters off a segment before they resolve it.
fn is_dots(segment: &str) -> bool {
    let name = segment.split(';').next().unwrap_or_default();
    matches!(name.trim(), "." | "..")
}

#[cfg(test)]
mod tests;
