//! The answer to a task's request.

use std::time::Duration;

use http::{
    HeaderMap, Response, StatusCode,
    header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE},
};
use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};

use super::{charset, error::Error, inflate};
use crate::egress::connection;

/// An answer, read whole.
pub(super) struct Answer {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) text: String,
}

impl Answer {
    /// Reads an answer within its bounds; each piece has to come in time.
    pub(super) async fn read(
        response: Response<Incoming>,
        limit: usize,
        patience: Duration,
    ) -> Result<Self, Error> {
        let (head, mut body) = response.into_parts();
        let announced = head.headers.get(CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse().ok());
        // A HEAD's answer announces a body that does not come.
        if announced.is_some_and(|length: u64| length > limit as u64) && !body.is_end_stream() {
            return Err(Error::TooLarge { limit });
        }
        let mut bytes = Vec::new();
        while let Some(frame) = tokio::time::timeout(patience, body.frame())
            .await
            .map_err(|_late| Error::Timeout(patience))?
        {
            let frame = frame.map_err(connection::Error::broken)?;
            let Ok(piece) = frame.into_data() else {
                continue;
            };
            if bytes.len() + piece.len() > limit {
                return Err(Error::TooLarge { limit });
            }
            bytes.extend_from_slice(&piece);
        }
        let bytes = inflate::inflated(bytes, text_of(&head.headers, &CONTENT_ENCODING), limit)?;
        let text = charset::decoded(&bytes, text_of(&head.headers, &CONTENT_TYPE));
        Ok(Self {
            status: head.status,
            headers: head.headers,
            text,
        })
    }
}

/// A header as text, empty where there is none.
pub(super) fn text_of<'a>(headers: &'a HeaderMap, name: &http::HeaderName) -> &'a str {
    let value = headers.get(name);
    value
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}
