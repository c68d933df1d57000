//! Requests as a provider sees them.

use std::{sync::LazyLock, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, Method, Uri};

use crate::provider::Incoming;

static POST: Method = Method::POST;
static ROOT: LazyLock<Uri> = LazyLock::new(Uri::default);

/// A `POST` to `/` with these headers and this body, read at this time: for calling a provider's methods without an endpoint.
///
/// # Examples
///
/// ```
/// use std::time::UNIX_EPOCH;
/// use bytes::Bytes;
/// use http::HeaderMap;
/// use switchhook::provider::{Provider, Verified, argyle::Argyle};
/// use switchhook::testing::{Sender, incoming};
///
/// let argyle = Argyle::new("s3cr3t");
/// let body = Bytes::from_static(b"{}");
/// let headers = Sender::sign(&argyle, UNIX_EPOCH, HeaderMap::new(), &body);
/// let verified = argyle.verify(&incoming(&headers, &body, UNIX_EPOCH));
/// assert_eq!(verified, Ok(Verified::Signed { secret: 0 }));
/// ```
pub fn incoming<'a>(headers: &'a HeaderMap, body: &'a Bytes, at: SystemTime) -> Incoming<'a> {
    Incoming { method: &POST, uri: &ROOT, headers, body, received_at: at }
}
