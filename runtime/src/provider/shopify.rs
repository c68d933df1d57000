//! Shopify: shops. See <https://shopify.dev/docs/apps/build/webhooks>.

use hmac::Hmac;
use http::HeaderName;
use serde::de::IgnoredAny;
use sha2::Sha256;

use super::{
    EnvelopeError, Incoming, Parts, Provider, Secrets, Verified, VerifyError,
    keys::{self, Keys},
    signature::{Encoding, sole_header},
};
use crate::route::catalog::Catalog;

static SIGNATURE: HeaderName = HeaderName::from_static("x-shopify-hmac-sha256");
static TOPIC: HeaderName = HeaderName::from_static("x-shopify-topic");
static WEBHOOK_ID: HeaderName = HeaderName::from_static("x-shopify-webhook-id");

/// Shopify, whose deliveries are signed with the app's client secret.
///
/// `X-Shopify-Hmac-Sha256` is the HMAC-SHA256 of the body in base64; the key is the text of the secret.
///
/// The event is the header `X-Shopify-Topic` (`orders/create`), the delivery's id is `X-Shopify-Webhook-Id`, and `data` is the
/// whole body. Which shop it is, handlers see in the header `X-Shopify-Shop-Domain`.
///
/// # Security
///
/// The signature covers the body and nothing else. **The topic, the id, the shop and the time (`X-Shopify-Triggered-At`) are headers
/// that it does not cover**: whoever records a delivery can send it again, under another topic, id or shop, for as long as
/// the secret lives. All shops of an app share its secret. Where the shop decides, take it from the body, or fetch the object
/// with that shop's token. An inbox recognises a repetition by id and body together.
///
/// Source: <https://shopify.dev/docs/apps/build/webhooks/subscribe/https>.
///
/// # Examples
///
/// ```
/// use switchhook::{Endpoint, handlers, webhook_handler};
/// use switchhook::provider::shopify::Shopify;
///
/// #[webhook_handler("orders/create")]
/// async fn ordered() {}
///
/// # fn endpoint() -> Endpoint<Shopify, ()> {
/// Endpoint::new(Shopify::new("s3cr3t"), handlers![ordered])
/// # }
/// ```
#[derive(Debug)]
pub struct Shopify(Keys<Hmac<Sha256>>);

impl Shopify {
    /// Takes deliveries that one of the secrets signed. `build()` refuses a bad one, or none at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::shopify::Shopify;
    ///
    /// let shopify = Shopify::new("s3cr3t");
    /// ```
    pub fn new(secrets: impl Into<Secrets>) -> Self {
        Self(Keys::new(secrets.into(), keys::hmac))
    }

    /// What the first secret signs a body with.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, body: &[u8]) -> Option<(HeaderName, String)> {
        Some((SIGNATURE.clone(), Encoding::Base64.encode(&self.0.sign(&[body])?)))
    }
}

impl Provider for Shopify {
    const NAME: &'static str = "Shopify";
    const CATALOG: &'static Catalog = &Catalog::open("Shopify");

    fn check(&self) -> Result<(), Vec<String>> {
        self.0.check()
    }

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let header = sole_header(request.headers(), &SIGNATURE)?;
        let signature = Encoding::Base64
            .decode::<32>(header)
            .ok_or_else(|| VerifyError::MalformedHeader(SIGNATURE.clone()))?;
        self.0.verify(request.received_at(), &[request.body()], &[signature])
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        let topic = request.required_header(&TOPIC)?;
        request.json::<IgnoredAny>()?;
        let parts = Parts::new(topic, request.body().clone());
        Ok(match request.header(&WEBHOOK_ID)? {
            Some(id) => parts.unsigned_id(id),
            None => parts,
        })
    }
}
