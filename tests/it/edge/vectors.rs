//! Requests that are no clean HTTP/1.

/// A request of `/health` with these lines after the first.
pub(crate) fn with(lines: &str) -> String {
    format!("GET /health HTTP/1.1\r\n{lines}\r\n")
}

/// A POST of it, with a body.
fn post(lines: &str, body: &str) -> String {
    format!("POST /health HTTP/1.1\r\nhost: x\r\n{lines}\r\n{body}")
}

fn first_line(line: &str) -> String {
    format!("{line}\r\nhost: x\r\n\r\n")
}

/// What is refused, and how.
pub(crate) fn refused() -> Vec<(String, u16)> {
    let bad = [line_ends(), first_lines(), headers(), hosts(), lengths()].concat();
    let bad = bad.into_iter().map(|bytes| (bytes, 400));
    bad.chain(other_statuses()).collect()
}

fn line_ends() -> Vec<String> {
    vec![
        "GET /health HTTP/1.1\nhost: x\n\n".to_owned(),
        "GET /health HTTP/1.1\r\nhost: x\n\r\n".to_owned(),
        "GET /health HTTP/1.1\rhost: x\r\r".to_owned(),
        with("host: x\ry: z\r\n"),
        "\nGET /health HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
        "\r\n\r\nGET /health HTTP/1.1\r\nhost: x\r\n\r\n".to_owned(),
    ]
}

fn first_lines() -> Vec<String> {
    vec![
        first_line("GET /health"),
        first_line("GET  /health HTTP/1.1"),
        first_line("GET /health  HTTP/1.1"),
        first_line("GET /health HTTP/1.1 "),
        first_line(" GET /health HTTP/1.1"),
        first_line("GET\t/health\tHTTP/1.1"),
        first_line("GET /health HTTP/1"),
        first_line("GET /health http/1.1"),
        first_line("GET /health HTTP/11.1"),
        first_line("GET /health XTTP/1.1"),
        first_line("G(T /health HTTP/1.1"),
        first_line("GET health HTTP/1.1"),
        first_line("GET * HTTP/1.1"),
        first_line("GET /health#x HTTP/1.1"),
        first_line("GET /he\u{1}alth HTTP/1.1"),
        first_line("GET /café HTTP/1.1"),
        first_line("CONNECT x:80 HTTP/1.1"),
        first_line("CONNECT /health HTTP/1.1"),
        first_line("GET http://y/health HTTP/1.1"),
        first_line("GET http://x:81/health HTTP/1.1"),
        first_line("GET http:///health HTTP/1.1"),
        first_line("GET ftp://x/health HTTP/1.1"),
        first_line("GET x:80 HTTP/1.1"),
        "GET /health\r\n".to_owned(),
    ]
}

fn headers() -> Vec<String> {
    vec![
        with("host: x\r\n folded: y\r\n"),
        with("host: x\r\na: b\r\n\tc\r\n"),
        with(" host: x\r\n"),
        with("host : x\r\n"),
        with("host: x\r\na\t: b\r\n"),
        with("host: x\r\n: b\r\n"),
        with("host: x\r\nno colon\r\n"),
        with("host: x\r\na(b: c\r\n"),
        with("host: x\r\na: \u{0}\r\n"),
        with("host: x\r\na: \u{7f}\r\n"),
    ]
}

fn hosts() -> Vec<String> {
    vec![
        with(""),
        with("host: x\r\nhost: x\r\n"),
        with("host: x\r\nHOST: y\r\n"),
        with("host: x/y\r\n"),
        with("host: u@x\r\n"),
        with("host: x y\r\n"),
        with("host: x, y\u{e9}\r\n"),
    ]
}

fn lengths() -> Vec<String> {
    vec![
        post("content-length: 0\r\ncontent-length: 0\r\n", ""),
        post("content-length: 0\r\ncontent-length: 5\r\n", "hello"),
        post("content-length: 5, 5\r\n", "hello"),
        post("content-length: +5\r\n", "hello"),
        post("content-length: -5\r\n", "hello"),
        post("content-length: 0x5\r\n", "hello"),
        post("content-length: 5 5\r\n", "hello"),
        post("content-length:\r\n", ""),
        post("content-length: 99999999999999999999\r\n", ""),
        post(
            "content-length: 5\r\ntransfer-encoding: chunked\r\n",
            "0\r\n\r\n",
        ),
        post(
            "transfer-encoding: chunked\r\ncontent-length: 5\r\n",
            "0\r\n\r\n",
        ),
        post(
            "transfer-encoding: chunked\r\ntransfer-encoding: chunked\r\n",
            "0\r\n\r\n",
        ),
        post("transfer-encoding: identity, chunked\r\n", "0\r\n\r\n"),
        post("transfer-encoding: chunked, identity\r\n", "0\r\n\r\n"),
        post("transfer-encoding: gzip, chunked\r\n", "0\r\n\r\n"),
        post("transfer-encoding: identity\r\n", ""),
        post("transfer-encoding: xchunked\r\n", "0\r\n\r\n"),
        post("transfer-encoding: \"chunked\"\r\n", "0\r\n\r\n"),
        post("transfer-encoding: chunked;x=y\r\n", "0\r\n\r\n"),
        post("transfer-encoding: \u{b}chunked\r\n", "0\r\n\r\n"),
        post("transfer-encoding:\r\n", "0\r\n\r\n"),
        "POST /health HTTP/1.0\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"
            .to_owned(),
    ]
}

fn other_statuses() -> Vec<(String, u16)> {
    let large = "x".repeat(40 << 10);
    vec![
        (
            first_line(&format!("GET /{} HTTP/1.1", &large[..8192])),
            414,
        ),
        (format!("GET /{large}"), 414),
        (with(&format!("host: x\r\n{}", "a: b\r\n".repeat(64))), 431),
        (with(&format!("host: x\r\na: {large}\r\n")), 431),
        (format!("GET / HTTP/1.1\r\nhost: x\r\na: {large}"), 431),
        (first_line("GET /health HTTP/1.2"), 505),
        (first_line("GET /health HTTP/2.0"), 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(), 505),
    ]
}
