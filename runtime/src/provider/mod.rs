//! Who sends: how a request is verified, where its parts are, which events there are.

pub mod argyle;
pub(crate) mod clock;
pub mod custom;
#[cfg(feature = "ed25519")]
mod ed25519;
mod events;
pub mod github;
mod keys;
mod payloads;
mod pointer;
pub(crate) mod secret;
pub mod shopify;
pub(crate) mod signature;
pub mod slack;
pub mod standard;
pub mod stripe;
mod timestamp;

use std::{
    borrow::Cow,
    fmt,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, Method, Uri};
use serde_json::value::RawValue;

pub use events::{AnyEvent, Events};
pub use secret::{SecretFault, Secrets};
pub use signature::{Encoding, sole_header};

use crate::route::catalog::Catalog;

/// A sender of webhooks.
///
/// The runtime calls the methods in this order for every request: [`verify`](Self::verify) on the raw bytes, then
/// [`handshake`](Self::handshake), then [`parts`](Self::parts). A provider never makes a
/// [`Delivery`](crate::Delivery); it returns parts, and the runtime makes one of those that were verified.
///
/// # Examples
///
/// A provider that signs with a shared token in a header:
///
/// ```
/// use http::HeaderName;
/// use serde::Deserialize;
/// use serde_json::value::RawValue;
/// use switchhook::{Catalog, Secrets};
/// use switchhook::provider::{EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError, sole_header};
///
/// struct Acme {
///     tokens: Secrets,
/// }
///
/// impl Provider for Acme {
///     const NAME: &'static str = "Acme";
///     const CATALOG: &'static Catalog = &Catalog::open("Acme");
///
///     fn check(&self) -> Result<(), Vec<String>> {
///         self.tokens.check().map_err(|fault| vec![fault.to_string()])
///     }
///
///     fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
///         let token = sole_header(request.headers(), &HeaderName::from_static("x-acme-token"))?;
///         let secret = self.tokens.find(token, request.received_at()).ok_or(VerifyError::Mismatch)?;
///         Ok(Verified::Signed { secret })
///     }
///
///     fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
///         #[derive(Deserialize)]
///         struct Body<'a> {
///             kind: String,
///             #[serde(borrow)]
///             object: &'a RawValue,
///         }
///         let body: Body<'_> = request.json()?;
///         Ok(Parts::new(body.kind, request.part(body.object)))
///     }
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a webhook provider",
    label = "not a provider",
    note = "providers are in `switchhook::provider`; one of your own implements `Provider`"
)]
pub trait Provider: Send + Sync + 'static {
    /// The name that messages print; in lower case, it is the default name of an endpoint.
    const NAME: &'static str;

    /// The events that a provider of this type sends. Handlers are checked against it at compile time.
    const CATALOG: &'static Catalog;

    /// The events that this one sends. `build()` checks the handlers against it; override it where that is known
    /// only at run time.
    fn catalog(&self) -> &'static Catalog {
        Self::CATALOG
    }

    /// Says what is wrong with the configuration, for `build()`.
    ///
    /// # Errors
    ///
    /// A sentence each in lower case, without a secret's text.
    fn check(&self) -> Result<(), Vec<String>> {
        Ok(())
    }

    /// Decides whether the sender made this request, on its raw bytes.
    ///
    /// # Errors
    ///
    /// [`VerifyError`] for the log. The sender is answered 401 whatever the reason.
    ///
    /// # Security
    ///
    /// Read nothing of the body here but its bytes, compare in constant time, take each header exactly once
    /// ([`sole_header`]), never take the algorithm from the request, and check a timestamp only after the
    /// signature that covers it.
    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError>;

    /// Finds the parts of a verified request.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] when the body is not what the provider sends; the sender is answered 400.
    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError>;

    /// The headers that hold a signature or another proof of who sent a request, so that an inbox does not keep them. Those
    /// whose names speak of a signature, a token and the like need not be named.
    fn proofs(&self) -> &[HeaderName] {
        &[]
    }

    /// Answers a handshake in the provider's own way; `None` for everything that is not one.
    ///
    /// It is asked for a `POST` after verification, and for a `GET`, which nobody verified: check in here what
    /// the provider says to check.
    fn handshake(&self, request: &Incoming<'_>) -> Option<http::Response<Bytes>> {
        let _ = request;
        None
    }

    /// The value that orders deliveries: that of `field`, a member of `data` that is a text or a number, or an object's
    /// `id`.
    ///
    /// Handlers name the field with `ordered_by`. Override it where a provider keeps its object deeper.
    fn ordering_key<'a>(field: &str, data: &'a [u8]) -> Option<Cow<'a, str>> {
        member(field, data)
    }
}

/// The text of one member of a JSON object: a string's contents, a number as it stands, or of an object its `id`.
fn member<'a>(field: &str, json: &'a [u8]) -> Option<Cow<'a, str>> {
    let members: std::collections::BTreeMap<Cow<'a, str>, &'a RawValue> =
        serde_json::from_slice(json).ok()?;
    let value = members.get(field)?.get();
    match value.as_bytes().first()? {
        b'"' => serde_json::from_str::<String>(value).ok().map(Cow::Owned),
        b'-' | b'0'..=b'9' => Some(Cow::Borrowed(value)),
        b'{' if field != "id" => member("id", value.as_bytes()),
        _ => None,
    }
}

/// A request whose body was read to its end, as a provider sees it.
///
/// # Examples
///
/// ```
/// use switchhook::provider::Incoming;
///
/// fn is_empty(request: &Incoming<'_>) -> bool {
///     request.body().is_empty()
/// }
/// ```
#[derive(Clone, Copy)]
pub struct Incoming<'a> {
    pub(crate) method: &'a Method,
    pub(crate) uri: &'a Uri,
    pub(crate) headers: &'a HeaderMap,
    pub(crate) body: &'a Bytes,
    pub(crate) received_at: SystemTime,
}

impl<'a> Incoming<'a> {
    /// `POST`, or `GET` for a handshake.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::Incoming;
    ///
    /// fn is_challenge(request: &Incoming<'_>) -> bool {
    ///     request.method() == http::Method::GET
    /// }
    /// ```
    pub fn method(&self) -> &'a Method {
        self.method
    }

    /// The target, with its query.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::Incoming;
    ///
    /// fn query<'a>(request: &Incoming<'a>) -> Option<&'a str> {
    ///     request.uri().query()
    /// }
    /// ```
    pub fn uri(&self) -> &'a Uri {
        self.uri
    }

    /// The value of a field of the query, decoded; `None` where it is not there, or more than once.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::Incoming;
    ///
    /// fn challenge(request: &Incoming<'_>) -> Option<String> {
    ///     Some(request.query("challenge")?.into_owned())
    /// }
    /// ```
    pub fn query(&self, name: &str) -> Option<Cow<'a, str>> {
        let fields = form_urlencoded::parse(self.uri.query()?.as_bytes());
        let mut values = fields.filter(|(field, _)| field == name);
        let (_, value) = values.next()?;
        values.next().is_none().then_some(value)
    }

    /// The headers.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::Incoming;
    ///
    /// fn topic<'a>(request: &Incoming<'a>) -> Option<&'a http::HeaderValue> {
    ///     request.headers().get("x-topic")
    /// }
    /// ```
    pub fn headers(&self) -> &'a HeaderMap {
        self.headers
    }

    /// The body as it was sent.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::Incoming;
    ///
    /// fn length(request: &Incoming<'_>) -> usize {
    ///     request.body().len()
    /// }
    /// ```
    pub fn body(&self) -> &'a Bytes {
        self.body
    }

    /// The time now, by the endpoint's [`Clock`](crate::Clock).
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::Incoming;
    ///
    /// fn is_fresh(request: &Incoming<'_>, sent: std::time::SystemTime) -> bool {
    ///     request.received_at().duration_since(sent).is_ok_and(|age| age.as_secs() < 300)
    /// }
    /// ```
    pub fn received_at(&self) -> SystemTime {
        self.received_at
    }

    /// Decodes the body as the provider's envelope: UTF-8, JSON, and no field of `T` twice.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] says where it is not.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::{EnvelopeError, Incoming};
    ///
    /// #[derive(serde::Deserialize)]
    /// struct Body {
    ///     kind: String,
    /// }
    ///
    /// fn kind(request: &Incoming<'_>) -> Result<String, EnvelopeError> {
    ///     Ok(request.json::<Body>()?.kind)
    /// }
    /// ```
    pub fn json<T: serde::Deserialize<'a>>(&self) -> Result<T, EnvelopeError> {
        object(self.body)
    }

    /// The body as text.
    pub(crate) fn text(&self) -> Result<&'a str, EnvelopeError> {
        utf8(self.body)
    }

    /// The text of a header of which the signature tells nothing, such as the event's name; `None` where there is none.
    ///
    /// # Errors
    ///
    /// [`EnvelopeError`] when it came more than once or is not plain text.
    ///
    /// # Examples
    ///
    /// ```
    /// use http::HeaderName;
    /// use switchhook::provider::{EnvelopeError, Incoming};
    ///
    /// fn topic<'a>(request: &Incoming<'a>) -> Result<Option<&'a str>, EnvelopeError> {
    ///     request.header(&HeaderName::from_static("x-acme-topic"))
    /// }
    /// ```
    pub fn header(&self, name: &HeaderName) -> Result<Option<&'a str>, EnvelopeError> {
        let value = match sole_header(self.headers, name) {
            Ok(value) => value,
            Err(VerifyError::MissingHeader(_)) => return Ok(None),
            Err(error) => return Err(EnvelopeError::new(error.to_string())),
        };
        match std::str::from_utf8(value) {
            Ok(text) if !text.contains(|c: char| c.is_control()) => Ok(Some(text)),
            Ok(_) | Err(_) => Err(EnvelopeError::new(format!("the header `{name}` is not plain text"))),
        }
    }

    /// The same of a header that must be there and hold something.
    pub(crate) fn required_header(&self, name: &HeaderName) -> Result<&'a str, EnvelopeError> {
        match self.header(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            Some(_) => Err(EnvelopeError::new(format!("the header `{name}` is empty"))),
            None => Err(EnvelopeError::new(format!("the header `{name}` is missing"))),
        }
    }

    /// A part of the body, shared with it and not copied.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use serde_json::value::RawValue;
    /// use switchhook::provider::Incoming;
    ///
    /// fn data(request: &Incoming<'_>, object: &RawValue) -> Bytes {
    ///     request.part(object)
    /// }
    /// ```
    pub fn part(&self, json: &RawValue) -> Bytes {
        let (json, body) = (json.get().as_bytes(), self.body.as_ptr_range());
        let part = json.as_ptr_range();
        if body.start <= part.start && part.end <= body.end {
            self.body.slice_ref(json)
        } else {
            Bytes::copy_from_slice(json)
        }
    }
}

fn utf8(text: &[u8]) -> Result<&str, EnvelopeError> {
    std::str::from_utf8(text).map_err(|_error| EnvelopeError::new("the body is not UTF-8"))
}

/// Decodes a JSON object: UTF-8, JSON, and no field of `T` twice.
pub(crate) fn object<'a, T: serde::Deserialize<'a>>(json: &'a [u8]) -> Result<T, EnvelopeError> {
    // JSON that is skipped is not checked for UTF-8 on the way.
    let json = utf8(json)?;
    if !json.trim_start().starts_with('{') {
        return Err(EnvelopeError::new("the body is not a JSON object"));
    }
    serde_json::from_str(json).map_err(|error| EnvelopeError::json(&error))
}

/// What [`Provider::verify`] found.
///
/// # Examples
///
/// ```
/// use switchhook::provider::Verified;
///
/// assert_ne!(Verified::Signed { secret: 0 }, Verified::Unsigned);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verified {
    /// The signature is right; `secret` is the position, from 0, of the one that made it.
    Signed {
        /// The position of the secret.
        secret: usize,
    },
    /// Nothing was checked, since the provider was told to take unsigned requests.
    Unsigned,
}

/// Why a request is not the sender's. For the log only: the answer never says which.
///
/// # Examples
///
/// ```
/// use switchhook::provider::VerifyError;
///
/// assert_eq!(VerifyError::Mismatch.to_string(), "the signature is not one of the known secrets'");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerifyError {
    /// A header that carries the signature, or that it covers, is not there.
    #[error("the header `{0}` is missing")]
    MissingHeader(HeaderName),
    /// Such a header came more than once.
    #[error("the header `{0}` came more than once")]
    RepeatedHeader(HeaderName),
    /// Such a header does not have its form.
    #[error("the header `{0}` is malformed")]
    MalformedHeader(HeaderName),
    /// The timestamp that the signature covers is too old, or lies ahead.
    #[error(
        "the signed timestamp lies {seconds} s {} this machine's time, and {} s are allowed",
        if *is_past { "before" } else { "after" },
        tolerance.as_secs()
    )]
    Timestamp {
        /// How far it is away.
        seconds: u64,
        /// Whether it lies before now.
        is_past: bool,
        /// How far it may be away.
        tolerance: Duration,
    },
    /// No secret made this signature.
    #[error("the signature is not one of the known secrets'")]
    Mismatch,
}

/// Why a verified body is not the provider's envelope.
///
/// # Examples
///
/// ```
/// use switchhook::provider::EnvelopeError;
///
/// assert_eq!(EnvelopeError::new("the event is no text").to_string(), "the event is no text");
/// ```
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct EnvelopeError(String);

impl EnvelopeError {
    /// A sentence in lower case, without a part of the payload: it is logged.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::EnvelopeError;
    ///
    /// assert_eq!(EnvelopeError::new("the body has no kind").to_string(), "the body has no kind");
    /// ```
    pub fn new(why: impl Into<String>) -> Self {
        Self(why.into())
    }

    pub(crate) fn json(error: &serde_json::Error) -> Self {
        Self(format!("the body is not the envelope: {}", crate::json::without_values(error)))
    }
}

/// The parts of a verified request.
///
/// # Examples
///
/// ```
/// use bytes::Bytes;
/// use switchhook::provider::Parts;
///
/// let parts = Parts::new("invoice.paid", Bytes::from_static(b"{}")).id("evt_1");
/// ```
pub struct Parts<'a> {
    pub(crate) event: Cow<'a, str>,
    pub(crate) data: Bytes,
    pub(crate) id: Option<Cow<'a, str>>,
    pub(crate) id_is_signed: bool,
}

impl<'a> Parts<'a> {
    /// The event's name, and its `data` as JSON text.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use switchhook::provider::Parts;
    ///
    /// let parts = Parts::new("invoice.paid", Bytes::from_static(b"{}"));
    /// ```
    pub fn new(event: impl Into<Cow<'a, str>>, data: Bytes) -> Self {
        Self { event: event.into(), data, id: None, id_is_signed: false }
    }

    /// The sender's id of the delivery, where the signature covers it. With an inbox a second delivery of this id is
    /// not stored.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use switchhook::provider::Parts;
    ///
    /// let parts = Parts::new("invoice.paid", Bytes::from_static(b"{}")).id("evt_1");
    /// ```
    #[must_use]
    pub fn id(self, id: impl Into<Cow<'a, str>>) -> Self {
        Self { id: Some(id.into()), id_is_signed: true, ..self }
    }

    /// The sender's id of the delivery, where the signature does not cover it: with an inbox a second delivery of
    /// this id is not stored if its body is the same too, so that nobody can suppress a delivery by using its id first.
    ///
    /// # Examples
    ///
    /// ```
    /// use bytes::Bytes;
    /// use switchhook::provider::Parts;
    ///
    /// let parts = Parts::new("push", Bytes::from_static(b"{}")).unsigned_id("72d3162e-cc78-11e3-81ab-4c9367dc0958");
    /// ```
    #[must_use]
    pub fn unsigned_id(self, id: impl Into<Cow<'a, str>>) -> Self {
        Self { id: Some(id.into()), id_is_signed: false, ..self }
    }
}

/// Prints no `data`.
impl fmt::Debug for Parts<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("event", &self.event).finish_non_exhaustive()
    }
}

/// Prints no header and no body.
impl fmt::Debug for Incoming<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Incoming")
            .field("method", self.method)
            .field("body_len", &self.body.len())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_orders_by_its_text_or_number() {
        let data =
            br#"{"account":"0190\u0061","version":7,"nested":{"account":"x"},"none":null,"owner":{"id":9}}"#;
        assert_eq!(member("owner", data).as_deref(), Some("9"));
        assert_eq!(member("account", data).as_deref(), Some("0190a"));
        assert_eq!(member("version", data).as_deref(), Some("7"));
        for absent in ["nested", "none", "other"] {
            assert_eq!(member(absent, data), None);
        }
        assert_eq!(member("account", b"[1]"), None);
    }
}
