//! Reading a body within its bounds.

use std::{error::Error, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, header};
use http_body::Body;
use http_body_util::{BodyExt, LengthLimitError, Limited};

/// Why a body was not read to its end.
#[derive(Debug, thiserror::Error)]
pub(super) enum BodyError {
    #[error("the body has more than {0} bytes")]
    TooLong(usize),
    #[error("the body was not complete within {0:?}")]
    TooSlow(Duration),
    #[error("the body broke off")]
    Broken,
}

/// Reads a body of at most `limit` bytes that arrives within `timeout`.
///
/// A body that says in its head, or by its type, that it is too long is not read at all.
pub(super) async fn read<B>(body: B, limit: usize, timeout: Duration) -> Result<Bytes, BodyError>
where
    B: Body<Data = Bytes>,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    if body.size_hint().lower() > u64::try_from(limit).unwrap_or(u64::MAX) {
        return Err(BodyError::TooLong(limit));
    }
    match tokio::time::timeout(timeout, Limited::new(body, limit).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(BodyError::TooLong(limit)),
        Ok(Err(_)) => Err(BodyError::Broken),
        Err(_) => Err(BodyError::TooSlow(timeout)),
    }
}

/// Tells whether the body is sent as it was signed: nothing is inflated before it is verified.
pub(super) fn is_plain(headers: &HeaderMap) -> bool {
    headers
        .get_all(header::CONTENT_ENCODING)
        .iter()
        .all(|encoding| encoding.as_bytes().trim_ascii().eq_ignore_ascii_case(b"identity"))
}
