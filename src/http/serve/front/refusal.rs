//! Why a request is not even parsed.

/// What is wrong with the bytes of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// A line that does not end in CR LF, or holds one of them inside.
    #[error("a line does not end in CR LF")]
    LineEnd,
    /// The first line is not method, target and version.
    #[error("the request line is not a method, a target and a version")]
    RequestLine,
    /// Another version than 1.0 or 1.1.
    #[error("the version is neither HTTP/1.1 nor HTTP/1.0")]
    Version,
    /// CONNECT, for which this server is no proxy.
    #[error("CONNECT is for proxies, which this server is not")]
    Connect,
    /// A target that is no path, or a URL of another host.
    #[error("the target is neither a path nor a URL of the host that Host names")]
    Target,
    /// The target is longer than allowed.
    #[error("the target is longer than limits.max_uri_bytes")]
    TargetTooLong,
    /// A header line that is no name, colon and value.
    #[error("a header line is not a name, a colon and a value")]
    Header,
    /// A header that goes on in the next line.
    #[error("a header goes on in the next line")]
    Folded,
    /// More header lines than allowed.
    #[error("there are more header lines than limits.max_headers")]
    TooManyHeaders,
    /// A head larger than allowed.
    #[error("request line and headers have more bytes than limits.max_head_bytes")]
    HeadTooLarge,
    /// No `Host`, or several, or none that names a host.
    #[error("there is not exactly one Host header that names a host")]
    Host,
    /// A `Content-Length` that is no number, or several.
    #[error("Content-Length is not one number")]
    Length,
    /// A `Transfer-Encoding` that is not `chunked`.
    #[error("Transfer-Encoding is not chunked alone, in HTTP/1.1")]
    Encoding,
    /// Both, of which a proxy may have taken the other.
    #[error("there are both Content-Length and Transfer-Encoding")]
    TwoLengths,
    /// A body whose chunks are not well-formed.
    #[error("a chunk of the body is not well-formed")]
    Chunk,
    /// The head did not arrive in time.
    #[error("the head did not arrive within server.head_timeout")]
    Slow,
}
