//! Argyle: payroll connections. See <https://docs.argyle.com/api-guide/webhooks>.

#[cfg(feature = "argyle-api")]
pub(crate) mod api;
mod catalog;
mod payload;
mod resource;

use std::{
    borrow::Cow,
    fmt,
    net::{IpAddr, Ipv4Addr},
};

use hmac::Hmac;
use http::HeaderName;
use serde::Deserialize;
use serde_json::value::RawValue;
use sha2::Sha512;

#[cfg(feature = "argyle-api")]
pub use api::{
    Address, ApiError, ApiFault, BasePay, Client, ClientBuilder, ClientError, EmploymentStatus,
    EmploymentType, Identity, NewSubscription, PayCycle, PayPeriod, PlatformIds, Ssn, Subscription,
    SubscriptionConfig,
};
pub use catalog::ARGYLE;
pub use payload::*;
pub use resource::{Account, AccountStatus, Availability, ReportAccount, ReportReady, User};

use super::{
    EnvelopeError, Incoming, Parts, Provider, Secrets, Verified, VerifyError,
    keys::{self, Keys},
    signature::{Encoding, sole_header},
};
use crate::route::catalog::Catalog;

/// The addresses that Argyle sends from, in sandbox and production alike.
///
/// They have changed before, so no endpoint insists on them unless told to with
/// [`Endpoint::allow_from`](crate::Endpoint::allow_from).
///
/// Source: <https://docs.argyle.com/api-guide/webhooks>, read in 2026.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::ADDRESSES;
///
/// assert_eq!(ADDRESSES[0].to_string(), "34.27.251.226");
/// ```
pub const ADDRESSES: [IpAddr; 4] = [
    IpAddr::V4(Ipv4Addr::new(34, 27, 251, 226)),
    IpAddr::V4(Ipv4Addr::new(34, 122, 50, 253)),
    IpAddr::V4(Ipv4Addr::new(35, 188, 163, 115)),
    IpAddr::V4(Ipv4Addr::new(35, 226, 53, 251)),
];

static SIGNATURE: HeaderName = HeaderName::from_static("x-argyle-signature");

/// Argyle, whose deliveries are signed with the secret of their subscription.
///
/// `X-Argyle-Signature` is the HMAC-SHA512 of the body, byte for byte as it was sent, in 128 lower-case hex digits;
/// the key is the text of the `secret` that the subscription was made with.
///
/// # Security
///
/// The signature covers the body and nothing else: there is no timestamp and no delivery id, so that whoever
/// records a delivery can send it again for as long as the secret lives. Make handlers idempotent: take the
/// delivery as a hint and fetch the object.
///
/// Source: <https://docs.argyle.com/legacy/api-reference/webhooks>; deliveries recorded in 2025 and 2026 agree.
///
/// # Examples
///
/// ```
/// use switchhook::{Endpoint, handlers, webhook_handler};
/// use switchhook::provider::argyle::{Argyle, IdentityIds};
/// use switchhook::Data;
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh(Data(ids): Data<IdentityIds>) {}
///
/// # fn endpoint() -> Endpoint<Argyle, ()> {
/// Endpoint::new(Argyle::new(["the-new-secret", "the-old-secret"]), handlers![refresh])
/// # }
/// ```
pub struct Argyle(Mode);

enum Mode {
    Signed(Keys<Hmac<Sha512>>),
    Unsigned,
}

impl Argyle {
    /// Takes deliveries that one of the secrets signed. `build()` refuses a bad one, or none at all.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::Argyle;
    ///
    /// let argyle = Argyle::new("optional-secret");
    /// ```
    pub fn new(secrets: impl Into<Secrets>) -> Self {
        Self(Mode::Signed(Keys::new(secrets.into(), keys::hmac)))
    }

    /// Takes every delivery, for subscriptions that were made without a secret.
    ///
    /// # Security
    ///
    /// Anybody who knows the address can send events. At least restrict the senders with
    /// [`Endpoint::allow_from`](crate::Endpoint::allow_from), and trust nothing but the ids.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{AllowFrom, Endpoint, handlers, webhook_handler};
    /// use switchhook::provider::argyle::{ADDRESSES, Argyle};
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # fn endpoint() -> Endpoint<Argyle, ()> {
    /// Endpoint::new(Argyle::unsigned(), handlers![record]).allow_from(AllowFrom::addresses(ADDRESSES))
    /// # }
    /// ```
    pub fn unsigned() -> Self {
        Self(Mode::Unsigned)
    }

    /// The secret that deliveries are to be signed with; none where they are taken unsigned.
    #[cfg(feature = "argyle-api")]
    pub(crate) fn current_secret(&self) -> Option<secrecy::SecretString> {
        match &self.0 {
            Mode::Signed(keys) => keys.secrets().current(),
            Mode::Unsigned => None,
        }
    }

    /// What the first secret signs a body with.
    #[cfg(feature = "testing")]
    pub(crate) fn sign(&self, body: &[u8]) -> Option<(HeaderName, String)> {
        match &self.0 {
            Mode::Signed(keys) => Some((SIGNATURE.clone(), Encoding::Hex.encode(&keys.sign(&[body])?))),
            Mode::Unsigned => None,
        }
    }
}

impl fmt::Debug for Argyle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Mode::Signed(keys) => f.debug_tuple("Argyle").field(keys).finish(),
            Mode::Unsigned => f.write_str("Argyle(unsigned)"),
        }
    }
}

/// The envelope of every delivery. `name` is the subscriber's own label and decides nothing.
#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

impl Provider for Argyle {
    const NAME: &'static str = "Argyle";
    const CATALOG: &'static Catalog = ARGYLE;

    fn check(&self) -> Result<(), Vec<String>> {
        match &self.0 {
            Mode::Signed(keys) => keys.secrets().check().map_err(|fault| {
                vec![format!("{fault}; for subscriptions without a secret use `Argyle::unsigned()`")]
            }),
            Mode::Unsigned => Ok(()),
        }
    }

    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        let keys = match &self.0 {
            Mode::Signed(keys) => keys,
            Mode::Unsigned => return Ok(Verified::Unsigned),
        };
        let header = sole_header(request.headers(), &SIGNATURE)?;
        let signature = Encoding::Hex
            .decode::<64>(header)
            .ok_or_else(|| VerifyError::MalformedHeader(SIGNATURE.clone()))?;
        keys.verify(request.received_at(), &[request.body()], &[signature])
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        let body: Body<'a> = request.json()?;
        Ok(Parts::new(body.event, request.part(body.data)))
    }
}
