//! Requests as providers send them.

pub(super) mod providers;

use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request};
use http_body_util::Full;
use serde::Serialize;

use crate::{Clock, SystemClock, provider::Provider};

/// A provider whose requests can be made here: signed with its first secret, in the form it sends.
///
/// Implement it for a provider of your own to test with [`request`].
///
/// # Examples
///
/// ```
/// use std::time::UNIX_EPOCH;
/// use switchhook::provider::argyle::{Argyle, IdentityIds};
/// use switchhook::testing::Sender;
///
/// let argyle = Argyle::new("s3cr3t");
/// let (headers, body) = argyle.compose("identities.updated", &IdentityIds::default());
/// assert!(body.starts_with(b"{\n  \"event\": \"identities.updated\""));
/// let headers = argyle.sign(UNIX_EPOCH, headers, &body);
/// assert_eq!(headers["x-argyle-signature"].len(), 128);
/// ```
pub trait Sender: Provider {
    /// The headers and the body of a request for this event, without what signs it; `data` is what the handler's
    /// `Data<T>` finds.
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes);

    /// The headers with those that sign the body at this time. An id that the signature covers is kept, or added.
    fn sign(&self, at: SystemTime, headers: HeaderMap, body: &[u8]) -> HeaderMap;
}

/// A request as the provider sends it, with its first secret's signature of now.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::{Argyle, IdentityIds};
/// use switchhook::testing::request;
///
/// let request = request(&Argyle::new("s3cr3t"), "identities.updated", &IdentityIds::default());
/// assert_eq!(request.method(), "POST");
/// ```
pub fn request<P: Sender, T: Serialize>(sender: &P, event: &str, data: &T) -> Request<Full<Bytes>> {
    request_at(sender, SystemClock.now(), event, data)
}

/// The same, signed at another time than now.
///
/// # Examples
///
/// ```
/// use std::time::UNIX_EPOCH;
/// use switchhook::provider::stripe::Stripe;
/// use switchhook::testing::request_at;
///
/// let old = request_at(&Stripe::new("whsec_s3cr3t"), UNIX_EPOCH, "ping", &());
/// assert!(old.headers()["stripe-signature"].as_bytes().starts_with(b"t=0,v1="));
/// ```
pub fn request_at<P: Sender, T: Serialize>(
    sender: &P,
    at: SystemTime,
    event: &str,
    data: &T,
) -> Request<Full<Bytes>> {
    let (headers, body) = sender.compose(event, data);
    let headers = sender.sign(at, headers, &body);
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = http::Method::POST;
    *request.headers_mut() = headers;
    request
}

fn with(mut headers: HeaderMap, more: impl IntoIterator<Item = (HeaderName, String)>) -> HeaderMap {
    for (name, value) in more {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    headers
}
