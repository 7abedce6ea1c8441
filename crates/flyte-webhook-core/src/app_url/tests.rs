//! Paths that try to leave, and paths that are what they seem.

use proptest::prelude::*;

use super::*;

fn below(endpoint: &str, path: &str, query: &str) -> Result<String, PathError> {
    let endpoint = AppEndpoint::parse(endpoint).unwrap();
    endpoint
        .below(&CallPath::parse(path)?, query)
        .map(String::from)
}

#[test]
fn a_path_is_put_below_the_endpoint() {
    for (endpoint, path, query, url) in [
        ("http://a:1", "/x", "", "http://a:1/x"),
        ("http://a:1", "x/y", "", "http://a:1/x/y"),
        ("http://a:1/", "//x", "q=1", "http://a:1/x?q=1"),
        ("https://a/base/", "/x", "", "https://a/base/x"),
        ("https://a/base", "", "", "https://a/base/"),
        ("https://a", "/", "", "https://a/"),
        ("https://a", "/x/", "", "https://a/x/"),
        ("https://a", "/x?a=1", "", "https://a/x?a=1"),
        ("https://a", "/x?a=1", "b=2", "https://a/x?a=1&b=2"),
        ("https://a", "/x?a=../..", "", "https://a/x?a=../.."),
        ("https://a", "/x#part", "", "https://a/x"),
        ("https://a", "/x#part?a=1", "", "https://a/x"),
        ("https://a", "/a b/é", "", "https://a/a%20b/%C3%A9"),
        ("https://a", "/a%20b%2Fc", "", "https://a/a%20b%2Fc"),
        ("https://a", "/a//b", "", "https://a/a//b"),
        ("https://a", "/..a/b../...", "", "https://a/..a/b../..."),
        ("https://a", "/100%", "", "https://a/100%"),
    ] {
        let found = below(endpoint, path, query);
        assert_eq!(found.as_deref(), Ok(url), "{endpoint} {path}");
    }
}

/// No path that is let through leads elsewhere; this would notice one that did.
#[test]
fn an_endpoint_is_above_what_differs_in_nothing_but_the_rest_of_the_path() {
    let endpoint = AppEndpoint::parse("https://a/base/").unwrap();
    for (url, is_above) in [
        ("https://a/base/", true),
        ("https://a/base/x?y", true),
        ("http://a:443/base/x", false),
        ("https://b/base/x", false),
        ("https://a:444/base/x", false),
        ("https://u@a/base/x", false),
        ("https://:p@a/base/x", false),
        ("https://a/base", false),
        ("https://a/basement", false),
        ("https://a/x", false),
    ] {
        assert_eq!(endpoint.is_above(&url.parse().unwrap()), is_above, "{url}");
    }
}

/// What a program that pastes or joins texts sends to another host.
#[test]
fn what_reads_as_another_host_stays_a_path() {
    for (path, url) in [
        ("@evil/x", "http://a:1/b/@evil/x"),
        (".evil/x", "http://a:1/b/.evil/x"),
        (":8443/x", "http://a:1/b/:8443/x"),
        ("//evil/x", "http://a:1/b/evil/x"),
        ("////evil/x", "http://a:1/b/evil/x"),
        ("http://evil/x", "http://a:1/b/http://evil/x"),
        ("file:///etc/passwd", "http://a:1/b/file:///etc/passwd"),
        ("?@evil/x", "http://a:1/b/?@evil/x"),
        ("/x?@evil", "http://a:1/b/x?@evil"),
    ] {
        assert_eq!(
            below("http://a:1/b", path, "").as_deref(),
            Ok(url),
            "{path}"
        );
    }
}

#[test]
fn paths_that_could_leave_are_refused() {
    use PathError::{Backslash, Control, Dots, TooLong};
    for (path, error) in [
        ("/..", Dots),
        ("..", Dots),
        ("/./x", Dots),
        ("/x/../../etc", Dots),
        ("/%2e%2e/x", Dots),
        ("/%2E./x", Dots),
        ("/.%2e", Dots),
        ("/x%2f..%2fy", Dots),
        ("/x%2F%2E%2E%2Fy", Dots),
        ("/%252e%252e/x", Dots),
        ("/%25252e%25252e/x", Dots),
        ("/..;/x", Dots),
        ("/..;a=b/x", Dots),
        ("/%2e%2e%3b/x", Dots),
        ("/ ../x", Dots),
        ("/..%20/x", Dots),
        ("/../x?q", Dots),
        ("/\\evil/x", Backslash),
        ("\\\\evil\\x", Backslash),
        ("/..\\x", Backslash),
        ("/..%5c..%5cx", Backslash),
        ("/%255c", Backslash),
        ("/x\r\nhost: evil", Control),
        ("/\t/evil", Control),
        ("/x\0", Control),
        ("/x\u{85}", Control),
        ("/x?q=\n", Control),
        ("/x#\r", Control),
        ("/x%0d%0ahost:%20evil", Control),
        ("/x%00", Control),
        ("/x%250a", Control),
    ] {
        assert_eq!(below("http://a:1/b", path, ""), Err(error), "{path:?}");
    }
    let long = "x".repeat(LONGEST_PATH + 1);
    assert_eq!(below("http://a", &long, ""), Err(TooLong));
}

#[test]
fn what_is_no_plain_endpoint_is_refused() {
    use EndpointError::{Empty, NoUrl, Query, Scheme, UserInfo};
    for (text, error) in [
        ("", Empty),
        ("/x", NoUrl),
        ("a", NoUrl),
        ("a:1", Scheme),
        ("//a", NoUrl),
        ("http://", NoUrl),
        ("http://a b", NoUrl),
        (" http://a", NoUrl),
        ("http://a\n", NoUrl),
        ("ht\ntp://a", NoUrl),
        ("http:\\\\a", NoUrl),
        ("http://a:99999", NoUrl),
        ("file:///etc/passwd", Scheme),
        ("ftp://a/", Scheme),
        ("gopher://a/", Scheme),
        ("javascript:alert(1)", Scheme),
        ("unix:/run/x", Scheme),
        ("http://user@a", UserInfo),
        ("http://user:password@a", UserInfo),
        ("http://@a", UserInfo),
        ("http://a?x=1", Query),
        ("http://a/?", Query),
        ("http://a/#x", Query),
    ] {
        assert_eq!(AppEndpoint::parse(text), Err(error), "{text:?}");
    }
}

proptest! {
    #[test]
    fn no_path_changes_scheme_host_port_or_leaves_the_base(
        path in r"([/.@:?#\\%;a\t ]|%2e|%2E|%2f|%5c|http://|\PC){0,20}",
        query in "[a-z&=%]{0,8}",
        base in "(/[a-z.]{1,4}){0,2}/?",
    ) {
        let endpoint = AppEndpoint::parse(&format!("http://host:81{base}")).unwrap();
        if let Ok(url) = CallPath::parse(&path).and_then(|path| endpoint.below(&path, &query)) {
            prop_assert_eq!(url.origin(), endpoint.url().origin());
            prop_assert_eq!(url.username(), "");
            let base = endpoint.url().path().trim_end_matches('/');
            prop_assert!(url.path().starts_with(&format!("{base}/")), "{}", url);
            prop_assert!(url.path().split('/').all(|segment| segment != ".."));
        }
    }
}
