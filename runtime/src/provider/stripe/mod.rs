//! Stripe: payments. See <https://docs.stripe.com/webhooks>.

mod catalog;
mod payload;
mod resource;

use std::{borrow::Cow, time::Duration};

use bytes::Bytes;
use hmac::Hmac;
use http::HeaderName;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha256;

pub use catalog::STRIPE;
pub use payload::*;
pub use resource::*;

use super::{
    EnvelopeError, Incoming, Parts, Provider, Secrets, Verified, VerifyError,
    keys::{self, Keys},
    signature::{Candidates, Encoding, MOST_ELEMENTS, sole_header},
    timestamp::{self, TOLERANCE, Timestamp, Unit},
};
use crate::route::catalog::Catalog;

static SIGNATURE: HeaderName = HeaderName::from_static("stripe-signature");

/// Stripe, whose deliveries are signed with the endpoint's secret.
///
/// `Stripe-Signature` is `t=<unix seconds>,v1=<hex>`, with a `v1` for each secret of the endpoint that Stripe still
/// uses: HMAC-SHA256 of the timestamp's text, a full stop and the body. The key is the whole text of the secret, `whsec_`
/// included. Other schemes in the header, such as `v0`, are passed over.
///
/// The event is the body's `type`, its id the body's `id`, and `data` is the body's `data.object`; the rest, such as
/// `data.previous_attributes`, is reached with [`Envelope`](crate::Envelope). An event of Stripe's API version 2 (thin events)
/// has no such object: `data` is then its `related_object`, or `null`.
///
/// # Security
///
/// The signature covers the body and the timestamp, which may be five minutes off at most: a recorded delivery can be sent
/// again for that long. It does not cover the other headers.
///
/// Source: <https://docs.stripe.com/webhooks#verify-manually>.
///
/// # Examples
///
/// ```
/// use switchhook::{Data, Endpoint, handlers, webhook_handler};
/// use switchhook::provider::stripe::{Invoice, Stripe};
///
/// #[webhook_handler("invoice.paid")]
/// async fn paid(Data(invoice): Data<Invoice>) {}
///
/// # fn endpoint() -> Endpoint<Stripe, ()> {
/// Endpoint::new(Stripe::new("whsec_s3cr3t"), handlers![paid])
/// # }
/// ```
#[derive(Debug)]
pub struct Stripe {
    keys: Keys<Hmac<Sha256>>,
    tolerance: Duration,
}

impl Stripe {
    /// Takes deliveries that one of the secrets signed. `build()` refuses a bad one, or none at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::stripe::Stripe;
    ///
    /// let stripe = Stripe::new("whsec_s3cr3t");
    /// ```
    pub fn new(secrets: impl Into<Secrets>) -> Self {
        Self { keys: Keys::new(secrets.into(), keys::hmac), tolerance: TOLERANCE }
    }

    /// How far the timestamp may be from now, before and after; five minutes unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use switchhook::provider::stripe::Stripe;
    ///
    /// let stripe = Stripe::new("whsec_s3cr3t").tolerance(Duration::from_mins(1));
    /// ```
    #[must_use]
    pub fn tolerance(self, tolerance: Duration) -> Self {
        Self { tolerance, ..self }
    }

    /// What the first secret signs a body with.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, seconds: u64, body: &[u8]) -> Option<(HeaderName, String)> {
        let seconds = seconds.to_string();
        let signature = self.keys.sign(&[seconds.as_bytes(), b".", body])?;
        Some((SIGNATURE.clone(), format!("t={seconds},v1={}", Encoding::Hex.encode(&signature))))
    }
}

/// What `Stripe-Signature` holds.
struct Signed<'a> {
    timestamp: Timestamp<'a>,
    signatures: Candidates<32>,
}

impl<'a> Signed<'a> {
    fn read(header: &'a [u8]) -> Option<Self> {
        if !header.is_ascii() {
            return None;
        }
        let mut timestamp = None;
        let mut signatures = Candidates::none();
        for (number, element) in header.split(|byte| *byte == b',').enumerate() {
            if number == MOST_ELEMENTS {
                return None;
            }
            match element {
                [b't', b'=', time @ ..] if timestamp.is_none() => {
                    timestamp = Some(timestamp::digits(&SIGNATURE, time).ok()?);
                }
                [b't', b'=', ..] => return None,
                [b'v', b'1', b'=', signature @ ..] => signatures.add(Encoding::Hex, signature)?,
                _ if is_of_another_scheme(element) => {}
                _ => return None,
            }
        }
        (!signatures.all().is_empty()).then_some(Self { timestamp: timestamp?, signatures })
    }
}

/// Tells whether this is a name and a value. The value may be anything; the name tells that no second header was joined to
/// the first, with a space behind the comma.
fn is_of_another_scheme(element: &[u8]) -> bool {
    let Some(end) = element.iter().position(|byte| *byte == b'=') else { return false };
    let name = &element[..end];
    !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// The envelope of every event.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    r#type: Cow<'a, str>,
    #[serde(borrow)]
    data: Option<Holder<'a>>,
    #[serde(borrow)]
    related_object: Option<&'a RawValue>,
}

#[derive(Deserialize)]
struct Holder<'a> {
    #[serde(borrow)]
    object: Option<&'a RawValue>,
}

impl Provider for Stripe {
    const NAME: &'static str = "Stripe";
    const CATALOG: &'static Catalog = STRIPE;

    fn check(&self) -> Result<(), Vec<String>> {
        self.keys.check()
    }

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let header = sole_header(request.headers(), &SIGNATURE)?;
        let Signed { timestamp, signatures } =
            Signed::read(header).ok_or_else(|| VerifyError::MalformedHeader(SIGNATURE.clone()))?;
        let message = [timestamp.0, b".", request.body()];
        let verified = self.keys.verify(request.received_at(), &message, signatures.all())?;
        timestamp.near(request.received_at(), self.tolerance, Unit::Seconds)?;
        Ok(verified)
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        let Body { id, r#type, data, related_object } = request.json()?;
        let object = data.and_then(|data| data.object).or(related_object);
        let object = object.map_or(Bytes::from_static(b"null"), |object| request.part(object));
        Ok(Parts::new(r#type, object).id(id))
    }
}
