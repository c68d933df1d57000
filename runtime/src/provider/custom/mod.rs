#![doc = include_str!("../../../docs/custom.md")]

#[cfg(feature = "ed25519")]
mod ed25519;
mod place;
#[cfg(feature = "testing")]
mod sending;
mod template;
mod verifier;

use std::{
    fmt,
    marker::PhantomData,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::{HeaderMap, HeaderName};
use serde::de::IgnoredAny;
use sha2::{Sha256, Sha384, Sha512};

pub use self::place::Place;
use self::{
    place::header,
    template::{Part, Template},
    verifier::{KeysIn, Make, Verifier},
};
use super::{
    AnyEvent, Encoding, EnvelopeError, Events, Incoming, Parts, Provider, Secrets, Verified, VerifyError,
    events::name_of,
    pointer::Pointer,
    signature::is_id,
    timestamp::{self, TOLERANCE, Unit},
};
use crate::route::catalog::Catalog;

/// A provider of your own: its scheme described as data, without a line of cryptography.
///
/// The constructor names the algorithm, and the methods say what is where. What is wrong or missing is reported by
/// `build()`. Every header must come exactly once, encodings are read strictly, and a signed timestamp must be within five
/// minutes of now unless set otherwise.
///
/// What data cannot say, such as a challenge that must be answered, is said by implementing [`Provider`] for a type that
/// holds a `Custom` and calls it: see the [module's page](crate::provider::custom).
///
/// # Security
///
/// Only what the template names is signed, besides the algorithm and the key. An event's name or an id that is taken from a
/// header outside the template can be changed by whoever records a delivery; without a timestamp in it, a recorded delivery
/// can be sent again for as long as the secret lives.
///
/// # Examples
///
/// A sender that signs `<timestamp>.<body>` and says in a header what it sends:
///
/// ```
/// use std::time::Duration;
/// use switchhook::provider::{Encoding, custom::{Custom, Place}};
/// use switchhook::{Endpoint, handlers, webhook_handler};
///
/// #[webhook_handler("invoice.paid")]
/// async fn paid() {}
///
/// # fn endpoint() -> Endpoint<Custom, ()> {
/// let acme = Custom::hmac_sha256("s3cr3t")
///     .signature_in("x-acme-signature")
///     .prefix("sha256=")
///     .encoding(Encoding::Hex)
///     .signs("{timestamp}.{body}")
///     .timestamp_in("x-acme-timestamp")
///     .tolerance(Duration::from_mins(5))
///     .event_at(Place::header("x-acme-event"))
///     .id_at(Place::body("/id"))
///     .data_at("/data");
/// Endpoint::new(acme, handlers![paid]).named("acme") // POST /acme
/// # }
/// ```
pub struct Custom<E = AnyEvent> {
    verifier: Box<dyn Verifier>,
    make: Make,
    signature: Option<HeaderName>,
    prefix: String,
    encoding: Encoding,
    signs: Template,
    timestamp: Option<HeaderName>,
    unit: Unit,
    tolerance: Duration,
    event: Option<Place>,
    id: Option<Place>,
    data: Option<Pointer>,
    /// What was given wrong, and to which method.
    faults: Vec<(&'static str, String)>,
    events: PhantomData<fn() -> E>,
}

impl Custom {
    /// A scheme that signs with HMAC-SHA256; the key is the secret's text.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    pub fn hmac_sha256(secrets: impl Into<Secrets>) -> Self {
        Self::new(secrets.into(), verifier::hmac::<hmac::Hmac<Sha256>, 32>)
    }

    /// A scheme that signs with HMAC-SHA384; the key is the secret's text.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::custom::Custom;
    ///
    /// let acme = Custom::hmac_sha384("s3cr3t").signature_in("x-acme-signature");
    /// ```
    pub fn hmac_sha384(secrets: impl Into<Secrets>) -> Self {
        Self::new(secrets.into(), verifier::hmac::<hmac::Hmac<Sha384>, 48>)
    }

    /// A scheme that signs with HMAC-SHA512; the key is the secret's text.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::custom::Custom;
    ///
    /// let acme = Custom::hmac_sha512("s3cr3t").signature_in("x-acme-signature");
    /// ```
    pub fn hmac_sha512(secrets: impl Into<Secrets>) -> Self {
        Self::new(secrets.into(), verifier::hmac::<hmac::Hmac<Sha512>, 64>)
    }

    /// A scheme that signs with HMAC-SHA1; the key is the secret's text.
    ///
    /// # Security
    ///
    /// SHA-1 is broken as a hash. As an HMAC nobody is known to have forged it, but take it only where the sender offers
    /// nothing else.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::custom::Custom;
    ///
    /// let acme = Custom::hmac_sha1("s3cr3t").signature_in("x-acme-signature");
    /// ```
    pub fn hmac_sha1(secrets: impl Into<Secrets>) -> Self {
        Self::new(secrets.into(), verifier::hmac::<hmac::Hmac<sha1::Sha1>, 20>)
    }

    /// A scheme that signs with Ed25519, with the feature `ed25519`: the secrets are the sender's public keys, in lower-case hex unless
    /// [set otherwise](Self::keys_in).
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::custom::{Custom, Place};
    ///
    /// let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    /// let acme = Custom::ed25519(key)
    ///     .signature_in("x-acme-signature")
    ///     .signs("{timestamp}{body}")
    ///     .timestamp_in("x-acme-timestamp")
    ///     .event_at(Place::body("/type"));
    /// ```
    #[cfg(feature = "ed25519")]
    pub fn ed25519(public_keys: impl Into<Secrets>) -> Self {
        Self::new(public_keys.into(), ed25519::ed25519)
    }

    fn new(secrets: Secrets, make: Make) -> Self {
        Self {
            verifier: make(secrets, KeysIn::Text),
            make,
            signature: None,
            prefix: String::new(),
            encoding: Encoding::Hex,
            signs: Template::body(),
            timestamp: None,
            unit: Unit::Seconds,
            tolerance: TOLERANCE,
            event: None,
            id: None,
            data: None,
            faults: Vec::new(),
            events: PhantomData,
        }
    }
}

impl<E: Events> Custom<E> {
    /// Says which events the sender sends, so that handlers are checked against its catalog.
    ///
    /// # Examples
    ///
    /// See [`Events`].
    #[must_use]
    pub fn sends<F: Events>(self) -> Custom<F> {
        let Self { verifier, make, signature, prefix, encoding, signs, timestamp, unit, .. } = self;
        let Self { tolerance, event, id, data, faults, .. } = self;
        Custom {
            verifier,
            make,
            signature,
            prefix,
            encoding,
            signs,
            timestamp,
            unit,
            tolerance,
            event,
            id,
            data,
            faults,
            events: PhantomData,
        }
    }

    /// Says that the secrets are the keys in an encoding, and not themselves the keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::{Encoding, custom::Custom};
    ///
    /// let acme = Custom::hmac_sha256("czNjcjN0").keys_in(Encoding::Base64);
    /// ```
    #[must_use]
    pub fn keys_in(mut self, encoding: Encoding) -> Self {
        self.verifier = (self.make)(self.verifier.secrets().clone(), KeysIn::Encoded(encoding));
        self
    }

    /// The header that holds the signature.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn signature_in(mut self, name: &str) -> Self {
        self.signature = self.header("signature_in", name);
        self
    }

    /// What stands in front of the signature in its header, exactly. Nothing unless set.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// How the signature is written; in lower-case hex unless set.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// What is signed: text in which `{id}` stands for the delivery's id, `{timestamp}` for the timestamp and `{body}` for the
    /// body, each as it was sent. `{body}` alone unless set. An id that contains the character behind `{id}` is refused.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn signs(mut self, template: &str) -> Self {
        match Template::read(template) {
            Ok(template) => self.signs = template,
            Err(fault) => self.faults.push(("signs", fault)),
        }
        self
    }

    /// The header that holds the timestamp, in unix seconds.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn timestamp_in(mut self, name: &str) -> Self {
        self.timestamp = self.header("timestamp_in", name);
        self
    }

    /// Says that the timestamp counts milliseconds.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::custom::Custom;
    ///
    /// let acme = Custom::hmac_sha256("s3cr3t").timestamp_in("x-acme-time").in_milliseconds();
    /// ```
    #[must_use]
    pub fn in_milliseconds(mut self) -> Self {
        self.unit = Unit::Milliseconds;
        self
    }

    /// How far the timestamp may be from now, before and after; five minutes unless set.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn tolerance(mut self, tolerance: Duration) -> Self {
        self.tolerance = tolerance;
        self
    }

    /// Where the event's name is.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn event_at(mut self, place: Place) -> Self {
        self.event = Some(place);
        self
    }

    /// Where the sender's id of the delivery is, where it gives one. `{id}` in the template is a header.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn id_at(mut self, place: Place) -> Self {
        self.id = Some(place);
        self
    }

    /// Where in the body `data` is, as a JSON pointer (RFC 6901); the whole body unless set. Where it is not there, `data` is
    /// `null`.
    ///
    /// # Examples
    ///
    /// See [`Custom`].
    #[must_use]
    pub fn data_at(mut self, pointer: &str) -> Self {
        match Pointer::read(pointer) {
            Some(pointer) => self.data = Some(pointer),
            None => self.faults.push(("data_at", Pointer::fault(pointer))),
        }
        self
    }

    /// What the first secret signs this message with, in the scheme's encoding and without its prefix: for challenges that
    /// are to be answered with it. `None` where the secrets are public keys.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::custom::Custom;
    ///
    /// let acme = Custom::hmac_sha256("It's a Secret to Everybody");
    /// let signature = acme.signature_of(b"Hello, World!").unwrap();
    /// assert_eq!(signature, "757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17");
    /// ```
    pub fn signature_of(&self, message: &[u8]) -> Option<String> {
        Some(self.encoding.encode(&self.verifier.sign(&[message])?))
    }

    /// Verifies a message of your own making, given in parts, with the scheme's secrets, their ends and its encoding; without its
    /// prefix. For a [`Provider`] whose message or whose header data cannot describe.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Mismatch`], when none of the secrets made the signature, or it is not one of this algorithm in this
    /// encoding.
    ///
    /// # Security
    ///
    /// The comparison takes constant time. That the message is what the sender signed, and its timestamp near, is for you to see
    /// to.
    ///
    /// # Examples
    ///
    /// A sender that signs its URL too:
    ///
    /// ```
    /// use http::HeaderName;
    /// use switchhook::provider::{Incoming, Verified, VerifyError, custom::Custom, sole_header};
    ///
    /// fn verify(acme: &Custom, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
    ///     let signature = sole_header(request.headers(), &HeaderName::from_static("x-acme-signature"))?;
    ///     let message = [request.uri().path().as_bytes(), request.body()];
    ///     acme.verify_message(request.received_at(), &message, signature)
    /// }
    /// ```
    pub fn verify_message(
        &self,
        at: SystemTime,
        message: &[&[u8]],
        signature: &[u8],
    ) -> Result<Verified, VerifyError> {
        let verified = self.verifier.verify(at, message, self.encoding, signature);
        verified.unwrap_or(Err(VerifyError::Mismatch))
    }

    fn header(&mut self, method: &'static str, name: &str) -> Option<HeaderName> {
        header(name).map_err(|fault| self.faults.push((method, fault))).ok()
    }

    /// What contradicts something else, or is missing; what was given wrong is neither.
    fn gaps(&self) -> Vec<&'static str> {
        let is_wrong = |method| self.faults.iter().any(|(wrong, _)| *wrong == method);
        let (signs_is_right, no_header) = (!is_wrong("signs"), self.timestamp.is_none());
        let id_is_no_header =
            self.id.as_ref().is_none_or(|id| id.sole_header().is_none() && id.faults().is_empty());
        let gaps = [
            (
                self.signature.is_none() && !is_wrong("signature_in"),
                "say which header holds the signature with `.signature_in(…)`",
            ),
            (self.event.is_none(), "say where the event's name is with `.event_at(…)`"),
            (
                self.signs.has(&Part::Timestamp) && no_header && !is_wrong("timestamp_in"),
                "`{timestamp}` is signed; say which header holds it with `.timestamp_in(…)`",
            ),
            (
                signs_is_right && !self.signs.has(&Part::Timestamp) && !no_header,
                "the timestamp is not signed, so that anybody can set it; put `{timestamp}` into `.signs(…)`, or leave \
                 `.timestamp_in(…)` out",
            ),
            (
                self.signs.has(&Part::Id) && id_is_no_header,
                "`{id}` is signed; say which header holds it with `.id_at(Place::header(…))`",
            ),
            (
                self.shares_a_header(),
                "the signature, the timestamp and the id must each have a header of their own",
            ),
        ];
        gaps.into_iter().filter(|(is_gap, _)| *is_gap).map(|(_, sentence)| sentence).collect()
    }

    /// Tells whether one header would have to be two of those that sign a request.
    fn shares_a_header(&self) -> bool {
        let [signature, id, timestamp] = self.signing();
        let same = |one: Option<&HeaderName>, other| one.is_some() && one == other;
        same(signature, id) || same(signature, timestamp) || same(id, timestamp)
    }

    /// Which headers sign a request.
    fn signing(&self) -> [Option<&HeaderName>; 3] {
        let id = self.signs.end_of_id().and(self.id.as_ref()).and_then(Place::sole_header);
        [self.signature.as_ref(), id, self.timestamp.as_ref()]
    }
}

/// The value of each of some headers, which must come exactly once; in one pass, since looking several up takes longer.
fn sole_headers<'a, const N: usize>(
    headers: &'a HeaderMap,
    names: [Option<&HeaderName>; N],
) -> Result<[&'a [u8]; N], VerifyError> {
    let mut values = [None; N];
    for (name, value) in headers {
        if let Some(place) = names.iter().position(|wanted| *wanted == Some(name))
            && values[place].replace(value.as_bytes()).is_some()
        {
            return Err(VerifyError::RepeatedHeader(name.clone()));
        }
    }
    for (value, wanted) in values.iter_mut().zip(names) {
        match (&value, wanted) {
            (None, Some(name)) => return Err(VerifyError::MissingHeader(name.clone())),
            (None, None) => *value = Some(b""),
            (Some(_), _) => {}
        }
    }
    Ok(values.map(Option::unwrap_or_default))
}

impl<E> fmt::Debug for Custom<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Custom").field(self.verifier.secrets()).finish()
    }
}

impl<E: Events> Provider for Custom<E> {
    const NAME: &'static str = name_of::<E>("Custom");
    const CATALOG: &'static Catalog = E::CATALOG;

    fn check(&self) -> Result<(), Vec<String>> {
        let places = self.event.iter().chain(&self.id).flat_map(Place::faults);
        let mut faults: Vec<String> =
            self.faults.iter().map(|(_, fault)| fault).chain(places).cloned().collect();
        faults.extend(self.gaps().into_iter().map(str::to_owned));
        faults.extend(self.verifier.check().err().into_iter().flatten());
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let [signature_in, id_in, timestamp_in] = self.signing();
        // Without a header for it, `build()` fails.
        let signature_in = signature_in.ok_or(VerifyError::Mismatch)?;
        let malformed = |name: &HeaderName| VerifyError::MalformedHeader(name.clone());
        let [signature, id, timestamp] =
            sole_headers(request.headers(), [Some(signature_in), id_in, timestamp_in])?;
        let signature =
            signature.strip_prefix(self.prefix.as_bytes()).ok_or_else(|| malformed(signature_in))?;
        if let (Some(name), Some(end)) = (id_in, self.signs.end_of_id())
            && !is_id(id, end)
        {
            return Err(malformed(name));
        }
        let timestamp = timestamp_in.map(|name| timestamp::digits(name, timestamp)).transpose()?;
        let digits = timestamp.map_or(&b""[..], |timestamp| timestamp.0);
        let message = self.signs.fill(id, digits, request.body());
        let verified = self
            .verifier
            .verify(request.received_at(), message.parts(), self.encoding, signature)
            .ok_or_else(|| malformed(signature_in))??;
        if let Some(timestamp) = timestamp {
            timestamp.near(request.received_at(), self.tolerance, self.unit)?;
        }
        Ok(verified)
    }

    fn proofs(&self) -> &[HeaderName] {
        self.signature.as_slice()
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        request.json::<IgnoredAny>()?;
        let event = self.event.as_ref().map(|event| event.find(request)).transpose()?.flatten();
        let event = event.ok_or_else(|| EnvelopeError::new("the request names no event"))?;
        let data = match &self.data {
            None => request.body().clone(),
            Some(pointer) => {
                let data = pointer.find(request.text()?)?;
                data.map_or(Bytes::from_static(b"null"), |data| request.part(data))
            }
        };
        let parts = Parts::new(event, data);
        let Some(place) = &self.id else { return Ok(parts) };
        Ok(match place.find(request)? {
            Some(id) if place.is_in_body() || self.signs.has(&Part::Id) => parts.id(id),
            Some(id) => parts.unsigned_id(id),
            None => parts,
        })
    }
}
