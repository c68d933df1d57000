//! Requests as providers send them.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Request, header};
use http_body_util::Full;
use serde::Serialize;

use crate::provider::{Provider, argyle::Argyle};

/// A provider whose requests can be made here: signed with its first secret, in the form it sends.
///
/// Implement it for a provider of your own to test with [`request`].
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::{Argyle, IdentityIds};
/// use switchhook::testing::Sender;
///
/// let (headers, body) = Argyle::new("s3cr3t").compose("identities.updated", &IdentityIds::default());
/// assert_eq!(headers["x-argyle-signature"].len(), 128);
/// assert!(body.starts_with(b"{\n  \"event\": \"identities.updated\""));
/// ```
pub trait Sender: Provider {
    /// The headers and the body of a request for this event; `data` is what stands in its `data`.
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes);
}

/// A request as the provider sends it, with its first secret's signature.
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
    let (headers, body) = sender.compose(event, data);
    let mut request = Request::new(Full::new(body));
    *request.method_mut() = http::Method::POST;
    *request.headers_mut() = headers;
    request
}

/// Argyle indents bodies by two spaces and writes `event`, `name`, `data`; the name here is `test`.
impl Sender for Argyle {
    fn compose<T: Serialize>(&self, event: &str, data: &T) -> (HeaderMap, Bytes) {
        #[derive(Serialize)]
        struct Body<'a, T> {
            event: &'a str,
            name: &'static str,
            data: &'a T,
        }
        let body = serde_json::to_vec_pretty(&Body { event, name: "test", data }).unwrap_or_default();
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(header::ACCEPT, HeaderValue::from_static("*/*"));
        if let Some((name, signature)) = self.sign(&body) {
            insert(&mut headers, name, &signature);
        }
        (headers, Bytes::from(body))
    }
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}
