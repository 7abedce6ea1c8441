//! Whether a URL leads where its author wrote, whatever the inputs are.

use url::Url;

use super::piece::fixed_beginning;

/// Whether scheme, host and port stand in a template before anything that inputs
/// may change; `url` is what became of it. A secret that is known is no input.
pub fn host_is_written<'a>(
    template: &str,
    url: &Url,
    secret: impl Fn(&str) -> Option<&'a str>,
) -> bool {
    let (beginning, is_all) = fixed_beginning(template, secret);
    if is_all {
        return true;
    }
    if !is_closed(&beginning) {
        return false;
    }
    let Ok(beginning) = Url::parse(&beginning) else {
        return false;
    };
    let place = |url: &Url| {
        let password = url.password().map(str::to_owned);
        (url.origin(), url.username().to_owned(), password)
    };
    place(&beginning) == place(url)
}

/// Whether the authority of a URL ends within its beginning. The URL standard drops tabs
/// and ends of lines wherever they are, and takes any number of slashes before a host.
fn is_closed(beginning: &str) -> bool {
    let read = beginning.replace(['\t', '\n', '\r'], "");
    let Some((_, rest)) = read.split_once("://") else {
        return false;
    };
    let authority = rest.trim_start_matches(['/', '\\']);
    authority.contains(['/', '?', '#'])
}
