//! Paths and endpoints that try to lead where no call may go.

pub(super) const METHODS: [&str; 5] = ["GET", "POST", "PUT", "PATCH", "DELETE"];

/// Endpoints that the control plane's record should not have; `PORT` is the
/// canary's.
pub(super) const FORMS: &[&str] = &[
    "file:///etc/passwd",
    "file://127.0.0.1:PORT/x",
    "ftp://127.0.0.1:PORT/",
    "gopher://127.0.0.1:PORT/",
    "ws://127.0.0.1:PORT",
    "data:,x",
    "javascript:alert(1)",
    "unix:///run/x.sock",
    "jar:http://127.0.0.1:PORT!/",
    "http+unix://127.0.0.1:PORT",
    "127.0.0.1:PORT",
    "//127.0.0.1:PORT",
    "/x",
    "x",
    "http:",
    "http://",
    "http:///",
    "https://:PORT",
    "http://127.0.0.1:99999",
    "http://127.0.0.1:PORT?x=",
    "http://127.0.0.1:PORT/?",
    "http://127.0.0.1:PORT#",
    "http://127.0.0.1:PORT/#x",
    "http://user@127.0.0.1:PORT",
    "http://user:pass@127.0.0.1:PORT",
    "http://@127.0.0.1:PORT",
    "http://:@127.0.0.1:PORT",
    "http://example.com@127.0.0.1:PORT",
    "http://127.0.0.1:PORT\\@example.com",
    "http:\\\\127.0.0.1:PORT",
    "http://127.0.0.1 :PORT",
    " http://127.0.0.1:PORT",
    "http://127.0.0.1:PORT ",
    "http://127.0.0.1:PORT\n",
    "ht\ntp://127.0.0.1:PORT",
    "http://127.0.0.1:PORT\t/x",
    "http://127.0.0.1:PORT/\r\nx: y",
    "http://[::1",
    "http://a..b",
    "http://%00/",
    "http://[fe80::1%25eth0]/",
];

/// Hosts that are not on the public internet, the canary's in many spellings.
pub(super) const PRIVATE_HOSTS: &[&str] = &[
    "127.0.0.1",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "017700000001",
    "0177.0.0.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "localhost",
    "LocalHost",
    "0.0.0.0",
    "0",
    "[::]",
    "10.0.0.1",
    "192.168.1.1",
    "172.16.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "[::ffff:169.254.169.254]",
    "2852039166",
    "[fd00:ec2::254]",
    "100.100.100.200",
    "[fe80::1]",
    "224.0.0.1",
    "255.255.255.255",
    "198.18.0.1",
    "192.0.2.1",
];

/// What is wrong with the request line that a path below `/base` has made.
pub(super) fn check(line: &str, method: &str) -> Option<String> {
    let words: Vec<&str> = line.split(' ').collect();
    let [sent_method, target, "HTTP/1.1"] = words[..] else {
        return Some(format!("no request line: {line:?}"));
    };
    let target = target.split('?').next().unwrap_or_default();
    let decoded = target
        .to_ascii_lowercase()
        .replace("%2e", ".")
        .replace("%2f", "/");
    let is_below = target.starts_with("/base/") && decoded.split('/').all(|it| it != "..");
    (sent_method != method || !is_below).then(|| format!("sent {line:?}"))
}

/// Every trick with every way to begin and to end.
pub(super) fn paths(canary: &str) -> Vec<String> {
    let tricks = [
        "@CANARY/x",
        ":x@CANARY/x",
        "//CANARY/x",
        "///CANARY/x",
        "http://CANARY/x",
        "https:CANARY",
        "\\\\CANARY\\x",
        "/\\CANARY/x",
        "\\/CANARY",
        "/\t/CANARY",
        "/\r\n/CANARY",
        " //CANARY",
        "/..//CANARY",
        "/../x",
        "/../../x",
        "/./../x",
        "/%2e%2e/x",
        "/%2E%2E/x",
        "/.%2e/x",
        "/%252e%252e/x",
        "/..%2fx",
        "/%2e%2e%2fx",
        "/..%5cx",
        "/..;/x",
        "/..;a/x",
        "/x\r\nHost: CANARY\r\n\r\nGET / HTTP/1.1",
        "/x HTTP/1.1\r\nx: y",
        "/x\0",
        "/x%00",
        "/x%0d%0aHost:%20CANARY",
        "?@CANARY",
        "/?x=//CANARY",
        "#@CANARY/x",
        "/x#/../..",
        ".CANARY/x",
        ":80@CANARY/x",
        "/%40CANARY/x",
        "/%2F%2FCANARY/x",
        "/\u{2025}/x",
        "/\u{ff0e}\u{ff0e}/x",
        "/\u{2215}CANARY",
        "/é/ü",
        "/a b/c",
        "/%zz/%",
        "/~user/x",
    ];
    let starts = ["", "/", "x", "/x/y/", "/%20"];
    let ends = ["", "/..", "?q=1"];
    let mut corpus = Vec::new();
    for trick in tricks {
        for start in starts {
            for end in ends {
                corpus.push(format!("{start}{trick}{end}").replace("CANARY", canary));
            }
        }
    }
    corpus
}
