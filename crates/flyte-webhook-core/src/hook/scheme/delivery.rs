//! A delivery before and after it was verified.

use jiff::Timestamp;

use crate::hook::headers::Headers;

/// What came: headers and raw body.
#[derive(Clone, Copy)]
pub struct Delivery<'a> {
    headers: &'a Headers,
    body: &'a [u8],
}

impl<'a> Delivery<'a> {
    /// The headers.
    pub fn headers(&self) -> &'a Headers {
        self.headers
    }

    /// The body as it came.
    pub fn body(&self) -> &'a [u8] {
        self.body
    }
}

/// A delivery from anybody. What it says is not to be acted on.
#[derive(Clone, Copy)]
pub struct Unverified<'a>(Delivery<'a>);

impl<'a> Unverified<'a> {
    /// A delivery as it came in.
    pub fn new(headers: &'a Headers, body: &'a [u8]) -> Self {
        Self(Delivery { headers, body })
    }

    /// What it says, to be looked at and no more: to be verified or explained.
    pub fn peek(&self) -> &Delivery<'a> {
        &self.0
    }
}

/// A delivery that one of the secrets vouches for.
#[derive(Clone, Copy)]
pub struct Verified<T> {
    inner: T,
    secret: usize,
    signed_at: Option<Timestamp>,
}

impl<T> Verified<T> {
    pub(super) fn new(inner: T, secret: usize, signed_at: Option<Timestamp>) -> Self {
        Self {
            inner,
            secret,
            signed_at,
        }
    }

    /// Which secret vouches for it, counted from 0.
    pub fn secret(&self) -> usize {
        self.secret
    }

    /// When it was signed. Where the scheme signs no time, anyone who has seen
    /// the delivery may send it again, whenever: it has to be remembered.
    pub fn signed_at(&self) -> Option<Timestamp> {
        self.signed_at
    }
}

impl<T> std::ops::Deref for Verified<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.inner
    }
}
