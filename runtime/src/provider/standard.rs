//! Standard Webhooks, the scheme that many senders share. See <https://www.standardwebhooks.com>.

use std::{fmt, marker::PhantomData, time::Duration};

use hmac::Hmac;
use http::{HeaderMap, HeaderName};
use serde::de::IgnoredAny;
use sha2::Sha256;

use super::{
    AnyEvent, EnvelopeError, Events, Incoming, Parts, Provider, Secrets, Verified, VerifyError,
    events::name_of,
    keys::{self, Keys, include, signed_by},
    pointer::Pointer,
    signature::{Candidates, Encoding, MOST_ELEMENTS, is_id},
    timestamp::{self, TOLERANCE, Unit},
};
use crate::route::catalog::Catalog;

/// The three headers of a delivery.
struct Names {
    id: HeaderName,
    timestamp: HeaderName,
    signature: HeaderName,
}

static WEBHOOK: Names = Names {
    id: HeaderName::from_static("webhook-id"),
    timestamp: HeaderName::from_static("webhook-timestamp"),
    signature: HeaderName::from_static("webhook-signature"),
};

static SVIX: Names = Names {
    id: HeaderName::from_static("svix-id"),
    timestamp: HeaderName::from_static("svix-timestamp"),
    signature: HeaderName::from_static("svix-signature"),
};

/// Senders that follow Standard Webhooks, and all that send by way of Svix.
///
/// `webhook-signature` is a list, separated by spaces, of `v1,<base64>` (HMAC-SHA256) and `v1a,<base64>` (Ed25519) of
/// `{id}.{timestamp}.{body}`, where the id is that of `webhook-id` and the timestamp, in unix seconds, that of
/// `webhook-timestamp`. Versions of other names are passed over. The headers may begin with `svix-` instead; where both sets
/// are there, they must say the same.
///
/// The event is the body's `type` unless set otherwise ([`event_at`](Self::event_at)), the delivery's id is `webhook-id`, and
/// `data` is the body's `data`, or the whole body where it has none.
///
/// Secrets are `whsec_` and the base64 of an HMAC key (the prefix may be missing), or, with the feature `ed25519`, `whpk_` and
/// the base64 of an Ed25519 public key. An HMAC key never checks a `v1a`, nor the other way round.
///
/// # Security
///
/// The signature covers the id, the timestamp, which may be five minutes off at most, and the body: a recorded delivery can be
/// sent again for that long, and an inbox recognises it by its id for much longer. It does not cover other headers.
///
/// Source: <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>,
/// <https://docs.svix.com/receiving/verifying-payloads/how-manual>.
///
/// # Examples
///
/// ```
/// use switchhook::{Endpoint, handlers, webhook_handler};
/// use switchhook::provider::standard::Standard;
///
/// #[webhook_handler("user.created")]
/// async fn created() {}
///
/// # fn endpoint() -> Endpoint<Standard, ()> {
/// Endpoint::new(Standard::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"), handlers![created])
/// # }
/// ```
pub struct Standard<E = AnyEvent> {
    keys: Keys<Key>,
    tolerance: Duration,
    /// As given, for messages, and as read.
    event_at: Vec<(String, Option<Pointer>)>,
    data_at: (String, Option<Pointer>),
    events: PhantomData<fn() -> E>,
}

enum Key {
    Symmetric(Hmac<Sha256>),
    #[cfg(feature = "ed25519")]
    Public(super::ed25519::PublicKey),
}

impl Key {
    fn read(secret: &[u8]) -> Result<Self, &'static str> {
        if secret.starts_with(b"whsk_") {
            return Err("is a private key; whoever receives has the public one, which begins with `whpk_`");
        }
        if let Some(key) = secret.strip_prefix(b"whpk_") {
            return Self::read_public(key);
        }
        let key = secret.strip_prefix(b"whsec_").unwrap_or(secret);
        let key =
            Encoding::Base64.decode_all(key).ok_or("is not base64, with or without `whsec_` in front")?;
        keys::hmac(&key).map(Self::Symmetric).ok_or("is a key of zeros, so that anybody could sign")
    }

    #[cfg(feature = "ed25519")]
    fn read_public(key: &[u8]) -> Result<Self, &'static str> {
        let key = Encoding::Base64.decode_all(key).ok_or("is not base64 behind `whpk_`")?;
        super::ed25519::PublicKey::read(&key).map(Self::Public).ok_or("is no Ed25519 public key")
    }

    #[cfg(not(feature = "ed25519"))]
    fn read_public(_: &[u8]) -> Result<Self, &'static str> {
        Err("is an Ed25519 public key, for which switchhook needs its feature `ed25519`")
    }
}

impl Standard {
    /// Takes deliveries that one of the secrets signed. `build()` refuses a bad one, or none at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::standard::Standard;
    ///
    /// let standard = Standard::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
    /// ```
    pub fn new(secrets: impl Into<Secrets>) -> Self {
        let keys = Keys::new(secrets.into(), |secret| Key::read(secret).ok());
        let at = |text: &str| (text.to_owned(), Pointer::read(text));
        let (event_at, data_at) = (vec![at("/type")], at("/data"));
        Self { keys, tolerance: TOLERANCE, event_at, data_at, events: PhantomData }
    }
}

impl<E: Events> Standard<E> {
    /// Says which events the sender sends, so that handlers are checked against its catalog.
    ///
    /// # Examples
    ///
    /// See [`Events`].
    #[must_use]
    pub fn sends<F: Events>(self) -> Standard<F> {
        let Self { keys, tolerance, event_at, data_at, events: _ } = self;
        Standard { keys, tolerance, event_at, data_at, events: PhantomData }
    }

    /// Where in the body the event's name is, as JSON pointers (RFC 6901): the first that is there. `/type` unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::standard::Standard;
    ///
    /// let svix = Standard::new("whsec_plJ3nmyCDGBKInavdOK15jsl").event_at(["/event_type"]);
    /// ```
    #[must_use]
    pub fn event_at<T: Into<String>>(mut self, pointers: impl IntoIterator<Item = T>) -> Self {
        let pointers = pointers.into_iter().map(Into::into);
        self.event_at = pointers.map(|text: String| (text.clone(), Pointer::read(&text))).collect();
        self
    }

    /// Where in the body `data` is, as a JSON pointer (RFC 6901); `/data` unless set. Where it is not there, `data` is the whole
    /// body.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::standard::Standard;
    ///
    /// let svix = Standard::new("whsec_plJ3nmyCDGBKInavdOK15jsl").data_at("/payload");
    /// ```
    #[must_use]
    pub fn data_at(mut self, pointer: &str) -> Self {
        self.data_at = (pointer.to_owned(), Pointer::read(pointer));
        self
    }

    /// How far the timestamp may be from now, before and after; five minutes unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use switchhook::provider::standard::Standard;
    ///
    /// let strict = Standard::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").tolerance(Duration::from_mins(1));
    /// ```
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// What the first secret signs a body with; nothing where that is a public key.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, id: &str, seconds: u64, body: &[u8]) -> Option<[(HeaderName, String); 3]> {
        use hmac::Mac;

        #[cfg_attr(
            not(feature = "ed25519"),
            expect(clippy::infallible_destructuring_match, reason = "with `ed25519` there are other keys")
        )]
        let key = match self.keys.first()? {
            Key::Symmetric(key) => key,
            #[cfg(feature = "ed25519")]
            Key::Public(_) => return None,
        };
        let seconds = seconds.to_string();
        let signature =
            keys::mac(key, &Message::new(id.as_bytes(), seconds.as_bytes(), body).parts).finalize();
        let signature = format!("v1,{}", Encoding::Base64.encode(&signature.into_bytes()));
        Some([
            (WEBHOOK.id.clone(), id.to_owned()),
            (WEBHOOK.timestamp.clone(), seconds),
            (WEBHOOK.signature.clone(), signature),
        ])
    }
}

impl<E> fmt::Debug for Standard<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Standard").field(&self.keys).finish()
    }
}

/// What is signed.
struct Message<'a> {
    parts: [&'a [u8]; 5],
    #[cfg(feature = "ed25519")]
    whole: std::cell::OnceCell<Vec<u8>>,
}

impl<'a> Message<'a> {
    fn new(id: &'a [u8], timestamp: &'a [u8], body: &'a [u8]) -> Self {
        Self {
            parts: [id, b".", timestamp, b".", body],
            #[cfg(feature = "ed25519")]
            whole: std::cell::OnceCell::new(),
        }
    }

    /// In one piece, made once for all public keys.
    #[cfg(feature = "ed25519")]
    fn whole(&self) -> &[u8] {
        self.whole.get_or_init(|| self.parts.concat())
    }
}

/// What the three headers say.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
struct Signed<'a> {
    id: Option<&'a [u8]>,
    timestamp: Option<&'a [u8]>,
    signature: Option<&'a [u8]>,
}

impl<'a> Signed<'a> {
    /// Reads them in one pass, since looking up six names takes longer; and tells which set it was.
    fn read(headers: &'a HeaderMap) -> Result<(Self, &'static Names), VerifyError> {
        let (mut webhook, mut svix) = (Self::default(), Self::default());
        for (name, value) in headers {
            let place = match name.as_str() {
                "webhook-id" => &mut webhook.id,
                "webhook-timestamp" => &mut webhook.timestamp,
                "webhook-signature" => &mut webhook.signature,
                "svix-id" => &mut svix.id,
                "svix-timestamp" => &mut svix.timestamp,
                "svix-signature" => &mut svix.signature,
                _ => continue,
            };
            if place.replace(value.as_bytes()).is_some() {
                return Err(VerifyError::RepeatedHeader(name.clone()));
            }
        }
        let none = Self::default();
        if svix == none || svix == webhook {
            return Ok((webhook, &WEBHOOK));
        }
        if webhook == none {
            return Ok((svix, &SVIX));
        }
        Err(VerifyError::MalformedHeader(SVIX.signature.clone()))
    }
}

/// The most signatures of a private key that one request may offer: for each the whole message is hashed again.
const MOST_PUBLIC: usize = 4;

/// What the list of signatures holds.
struct Offered {
    symmetric: Candidates<32>,
    #[cfg_attr(
        not(feature = "ed25519"),
        allow(dead_code, reason = "read, so that the list is as strict without it")
    )]
    public: Candidates<64>,
}

impl Offered {
    fn read(header: &[u8]) -> Option<Self> {
        if !header.is_ascii() {
            return None;
        }
        let mut offered = Self { symmetric: Candidates::none(), public: Candidates::none() };
        for (number, element) in header.split(|byte| *byte == b' ').enumerate() {
            if number == MOST_ELEMENTS {
                return None;
            }
            let comma = element.iter().position(|byte| *byte == b',').filter(|at| *at > 0)?;
            let (version, signature) = (&element[..comma], &element[comma + 1..]);
            match version {
                b"v1" => offered.symmetric.add(Encoding::Base64, signature)?,
                b"v1a" if offered.public.all().len() == MOST_PUBLIC => return None,
                b"v1a" => offered.public.add(Encoding::Base64, signature)?,
                _ => {}
            }
        }
        Some(offered)
    }

    /// Tells whether the key made one of them. A key looks at those of its own kind only.
    fn include(&self, key: &Key, message: &Message<'_>) -> bool {
        match key {
            Key::Symmetric(key) => include(self.symmetric.all(), key, &message.parts),
            #[cfg(feature = "ed25519")]
            Key::Public(key) => !self.public.all().is_empty() && key.made(self.public.all(), message.whole()),
        }
    }
}

impl<E: Events> Provider for Standard<E> {
    const NAME: &'static str = name_of::<E>("Standard");
    const CATALOG: &'static Catalog = E::CATALOG;

    fn check(&self) -> Result<(), Vec<String>> {
        let secrets = self.keys.check_form(|secret| Key::read(secret).err()).err().unwrap_or_default();
        let pointers = self.event_at.iter().chain([&self.data_at]).filter(|(_, pointer)| pointer.is_none());
        let pointers = pointers.map(|(text, _)| Pointer::fault(text));
        let none = self.event_at.is_empty().then(|| "`event_at` needs a JSON pointer at least".to_owned());
        let faults: Vec<_> = secrets.into_iter().chain(pointers).chain(none).collect();
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let (Signed { id, timestamp, signature }, names) = Signed::read(request.headers())?;
        let missing = |name: &HeaderName| VerifyError::MissingHeader(name.clone());
        let malformed = |name: &HeaderName| VerifyError::MalformedHeader(name.clone());
        let signature = signature.ok_or_else(|| missing(&names.signature))?;
        let offered = Offered::read(signature).ok_or_else(|| malformed(&names.signature))?;
        let id = id.ok_or_else(|| missing(&names.id))?;
        if !is_id(id, b'.') {
            return Err(malformed(&names.id));
        }
        let timestamp = timestamp.ok_or_else(|| missing(&names.timestamp))?;
        let timestamp = timestamp::digits(&names.timestamp, timestamp)?;
        let message = Message::new(id, timestamp.0, request.body());
        let found = self.keys.find(request.received_at(), |key| offered.include(key, &message));
        let verified = signed_by(found)?;
        timestamp.near(request.received_at(), self.tolerance, Unit::Seconds)?;
        Ok(verified)
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        request.json::<IgnoredAny>()?;
        let body = request.text()?;
        let data = self.data_at.1.as_ref().map(|data| data.find(body)).transpose()?.flatten();
        let data = data.map_or_else(|| request.body().clone(), |data| request.part(data));
        let mut event = None;
        for (_, pointer) in &self.event_at {
            if event.is_none() {
                event = pointer.as_ref().map(|pointer| pointer.find_text(body)).transpose()?.flatten();
            }
        }
        let event = event.ok_or_else(|| EnvelopeError::new("the body names no event"))?;
        let parts = Parts::new(event, data);
        let signed = Signed::read(request.headers()).ok();
        Ok(match signed.and_then(|(signed, _)| std::str::from_utf8(signed.id?).ok()) {
            Some(id) => parts.id(id),
            None => parts,
        })
    }
}
