//! One verified request, as everything behind verification sees it.

use std::{
    any::Any,
    borrow::Borrow,
    fmt,
    ops::Deref,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use http::HeaderMap;
use uuid::{ContextV7, Timestamp, Uuid};

/// One verified request.
///
/// Only the runtime makes one, from what the provider verified, or the `testing` module. Copies share their
/// contents. `Debug` prints no header, no body and no `data`.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "testing")] {
/// use switchhook::testing::delivery;
///
/// let delivery = delivery("identities.updated").data(r#"{"identity":"0153b145"}"#).build();
/// assert_eq!(delivery.event(), "identities.updated");
/// assert_eq!(delivery.attempt().number(), 1);
/// # }
/// ```
#[derive(Clone)]
pub struct Delivery {
    received: Arc<Received>,
    attempt: Attempt,
    /// What the inbox lends to this attempt's extractors.
    #[cfg_attr(not(feature = "_sql"), allow(dead_code, reason = "without a store nothing is lent"))]
    lent: Option<Arc<dyn Any + Send + Sync>>,
}

/// What arrived, once and for all attempts.
#[expect(clippy::struct_field_names, reason = "`received_at` is the word for it")]
pub(crate) struct Received {
    pub(crate) id: DeliveryId,
    pub(crate) endpoint: Arc<str>,
    pub(crate) tenant: Option<Tenant>,
    pub(crate) event: EventName,
    pub(crate) provider_id: Option<ProviderId>,
    /// Whether the signature covers the sender's id.
    pub(crate) id_is_signed: bool,
    pub(crate) received_at: SystemTime,
    pub(crate) signed: bool,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) data: Bytes,
}

impl Delivery {
    /// The way into being: every caller has verified the request, or was told to take it unsigned.
    pub(crate) fn new(received: Received) -> Self {
        Self { received: Arc::new(received), attempt: Attempt::FIRST, lent: None }
    }

    /// The other way into being: what the inbox had stored.
    #[cfg(feature = "_sql")]
    pub(crate) fn restored(received: Arc<Received>, attempt: Attempt) -> Self {
        Self { received, attempt, lent: None }
    }

    /// The same delivery, with something for this attempt's extractors.
    pub(crate) fn lending(self, lent: Arc<dyn Any + Send + Sync>) -> Self {
        Self { lent: Some(lent), ..self }
    }

    /// What the inbox lends to this attempt's extractors.
    #[cfg(feature = "_sql")]
    pub(crate) fn lent(&self) -> Option<Arc<dyn Any + Send + Sync>> {
        self.lent.clone()
    }

    /// The sender's id, and whether the signature covers it.
    pub(crate) fn provider_id_and_trust(&self) -> Option<(&ProviderId, bool)> {
        Some((self.received.provider_id.as_ref()?, self.received.id_is_signed))
    }

    /// The name of its endpoint, to keep.
    pub(crate) fn endpoint_name(&self) -> EndpointName {
        EndpointName(Arc::clone(&self.received.endpoint))
    }

    /// Our id of the delivery.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// let (first, second) = (delivery("ping").build(), delivery("ping").build());
    /// assert_ne!(first.id(), second.id());
    /// # }
    /// ```
    pub fn id(&self) -> DeliveryId {
        self.received.id
    }

    /// The name of the endpoint that received it.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(delivery("ping").endpoint("github").build().endpoint(), "github");
    /// # }
    /// ```
    pub fn endpoint(&self) -> &str {
        &self.received.endpoint
    }

    /// Whose delivery it is, on an endpoint that has [tenants](crate::Endpoint::tenants).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(delivery("ping").tenant("acme").build().tenant().unwrap().as_str(), "acme");
    /// # }
    /// ```
    pub fn tenant(&self) -> Option<&Tenant> {
        self.received.tenant.as_ref()
    }

    /// The name of the event.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(delivery("ping").build().event(), "ping");
    /// # }
    /// ```
    pub fn event(&self) -> &EventName {
        &self.received.event
    }

    /// The sender's id of the delivery, where it sends one.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// let delivery = delivery("ping").provider_id("evt_1").build();
    /// assert_eq!(delivery.provider_id().unwrap().as_str(), "evt_1");
    /// # }
    /// ```
    pub fn provider_id(&self) -> Option<&ProviderId> {
        self.received.provider_id.as_ref()
    }

    /// When the request was read to its end.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(delivery("ping").build().received_at(), std::time::UNIX_EPOCH);
    /// # }
    /// ```
    pub fn received_at(&self) -> SystemTime {
        self.received.received_at
    }

    /// Tells whether a signature was checked. One that came in deliberately unsigned says `false` for life.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// assert!(!delivery("ping").unsigned().build().is_signed());
    /// # }
    /// ```
    pub fn is_signed(&self) -> bool {
        self.received.signed
    }

    /// The headers of the request. An inbox keeps none that proves who somebody is: whose name speaks of a signature, a
    /// token, a cookie and the like.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// let delivery = delivery("ping").header("x-trace", "7").build();
    /// assert_eq!(delivery.headers()["x-trace"], "7");
    /// # }
    /// ```
    pub fn headers(&self) -> &HeaderMap {
        &self.received.headers
    }

    /// The body, byte for byte as it was signed.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(&delivery("ping").build().body()[..], br#"{"event":"ping","data":{}}"#);
    /// # }
    /// ```
    pub fn body(&self) -> &Bytes {
        &self.received.body
    }

    /// The event's `data`: JSON text within the body.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(&delivery("ping").data("[1]").build().data()[..], b"[1]");
    /// # }
    /// ```
    pub fn data(&self) -> &Bytes {
        &self.received.data
    }

    /// Which run of the handler this is.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "testing")] {
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(delivery("ping").build().attempt().number(), 1);
    /// # }
    /// ```
    pub fn attempt(&self) -> Attempt {
        self.attempt
    }
}

impl fmt::Debug for Delivery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Delivery")
            .field("id", &self.received.id)
            .field("event", &self.received.event)
            .field("attempt", &self.attempt)
            .field("signed", &self.received.signed)
            .field("body_len", &self.received.body.len())
            .finish_non_exhaustive()
    }
}

/// The name of an event: any text of at most 256 bytes.
///
/// As an extractor it gives the name of the delivery's event, for handlers of several.
///
/// # Examples
///
/// ```
/// use switchhook::{EventName, webhook_handler};
///
/// #[webhook_handler("identities.*")]
/// async fn count(event: EventName) {
///     println!("one more {event}");
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EventName(Arc<str>);

impl EventName {
    /// The most bytes a name may have; an incoming longer one is unrouted.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::EventName::MAX_LEN, 256);
    /// ```
    pub const MAX_LEN: usize = 256;

    /// Takes a name of at most [`MAX_LEN`](Self::MAX_LEN) bytes.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::EventName;
    ///
    /// assert!(EventName::new("any text: incoming names obey no grammar").is_some());
    /// assert!(EventName::new(&"x".repeat(257)).is_none());
    /// ```
    pub fn new(name: &str) -> Option<Self> {
        (name.len() <= Self::MAX_LEN).then(|| Self(name.into()))
    }

    /// The name as text.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::EventName::new("push").unwrap().as_str(), "push");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What names have in common: they are texts.
macro_rules! text {
    ($($name:ident)*) => { $(
        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )* };
}

text!(EndpointName EventName Tenant);

/// Our id of a delivery: unique, always there, and ordered by the time of receipt (a UUID of version 7).
///
/// # Examples
///
/// ```
/// use switchhook::{DeliveryId, webhook_handler};
///
/// #[webhook_handler("*")]
/// async fn record(id: DeliveryId) {
///     println!("delivery {id}");
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DeliveryId(Uuid);

impl DeliveryId {
    /// A new id; those that one thread makes in one millisecond are ordered too.
    pub(crate) fn at(time: SystemTime) -> Self {
        thread_local! {
            static CONTEXT: ContextV7 = const { ContextV7::new() };
        }
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        CONTEXT.with(|context| {
            Self(Uuid::new_v7(Timestamp::from_unix(context, since.as_secs(), since.subsec_nanos())))
        })
    }

    /// The 16 bytes of the UUID.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{DeliveryId, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record(id: DeliveryId) {
    ///     let [first, ..] = id.into_bytes();
    ///     println!("{first:02x}");
    /// }
    /// ```
    pub fn into_bytes(self) -> [u8; 16] {
        self.0.into_bytes()
    }

    /// Not greater than any id of this time.
    #[cfg(feature = "_sql")]
    pub(crate) fn first_at(time: SystemTime) -> Self {
        let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO);
        let milliseconds = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        Self(uuid::Builder::from_unix_timestamp_millis(milliseconds, &[0; 10]).into_uuid())
    }

    #[cfg(feature = "_sql")]
    pub(crate) fn stored(id: Uuid) -> Self {
        Self(id)
    }
}

/// A text that is no [`DeliveryId`].
///
/// # Examples
///
/// ```
/// let error = "evt_1".parse::<switchhook::DeliveryId>().unwrap_err();
/// assert_eq!(error.to_string(), "the id of a delivery is a UUID, as the log prints it");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the id of a delivery is a UUID, as the log prints it")]
pub struct DeliveryIdError(());

/// Reads what `Display` prints.
impl FromStr for DeliveryId {
    type Err = DeliveryIdError;

    fn from_str(text: &str) -> Result<Self, DeliveryIdError> {
        Uuid::parse_str(text).map(Self).or(Err(DeliveryIdError(())))
    }
}

impl fmt::Display for DeliveryId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The sender's id of a delivery, where it sends one. Argyle sends none.
///
/// As an extractor it fails where there is none; `Option<ProviderId>` then gives `None`.
///
/// # Examples
///
/// ```
/// use switchhook::{ProviderId, webhook_handler};
///
/// #[webhook_handler("*")]
/// async fn record(id: Option<ProviderId>) {
///     println!("the sender calls it {:?}", id.as_ref().map(ProviderId::as_str));
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ProviderId(Arc<str>);

impl ProviderId {
    pub(crate) fn new(id: &str) -> Self {
        Self(id.into())
    }

    /// The id as text.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{ProviderId, webhook_handler};
    ///
    /// #[webhook_handler("*")]
    /// async fn record(id: ProviderId) {
    ///     println!("{}", id.as_str());
    /// }
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of the endpoint that received a delivery, as an extractor: for handlers that several endpoints list.
///
/// # Examples
///
/// ```
/// use switchhook::{EndpointName, EventName, webhook_handler};
///
/// #[webhook_handler("*")]
/// async fn record(endpoint: EndpointName, event: EventName) {
///     println!("{endpoint} sent {event}");
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointName(Arc<str>);

impl EndpointName {
    /// The name of an endpoint, for calling a handler in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::EndpointName::new("github"), "github");
    /// ```
    pub fn new(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::EndpointName::new("github").as_str(), "github");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Whose delivery it is, on an endpoint that has [tenants](crate::Endpoint::tenants): the last segment of the path.
///
/// As an extractor it fails on an endpoint without tenants; `Option<Tenant>` then gives `None`.
///
/// # Examples
///
/// ```
/// use switchhook::{Tenant, webhook_handler};
///
/// #[webhook_handler("invoice.paid")]
/// async fn paid(tenant: Tenant) {
///     println!("{tenant} was paid");
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenant(Arc<str>);

impl Tenant {
    /// The most bytes a name may have.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::Tenant::MAX_LEN, 128);
    /// ```
    pub const MAX_LEN: usize = 128;

    /// Takes a name of letters, digits, `-`, `_`, `.` and `~`, as they stand in a URL: at least one and at most
    /// [`MAX_LEN`](Self::MAX_LEN), of which the first is no `.`.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::Tenant;
    ///
    /// assert!(Tenant::new("acme-inc").is_some());
    /// assert!(Tenant::new("").is_none());
    /// assert!(Tenant::new("a/b").is_none());
    /// assert!(Tenant::new("..").is_none());
    /// ```
    pub fn new(name: &str) -> Option<Self> {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~');
        let fits = (1..=Self::MAX_LEN).contains(&name.len());
        let is_name = fits && !name.starts_with('.') && name.bytes().all(is_plain);
        is_name.then(|| Self(name.into()))
    }

    /// One that a store holds, as it was.
    #[cfg(feature = "_sql")]
    pub(crate) fn stored(name: &str) -> Self {
        Self(name.into())
    }

    /// The name as text.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::Tenant::new("acme").unwrap().as_str(), "acme");
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Which run of a handler for one delivery this is, counted from 1; after a replay, from 1 again. Without an inbox it
/// is always the first.
///
/// # Examples
///
/// ```
/// use switchhook::{Attempt, webhook_handler};
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh(attempt: Attempt) {
///     println!("run {}", attempt.number());
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Attempt(u32);

impl Attempt {
    /// The first, for calling a handler in a test.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::Attempt::FIRST.number(), 1);
    /// ```
    pub const FIRST: Self = Self(1);

    #[cfg(feature = "_sql")]
    pub(crate) fn nth(number: u32) -> Self {
        Self(number.max(1))
    }

    /// The number of the run, from 1.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Attempt, webhook_handler};
    ///
    /// #[webhook_handler("identities.updated")]
    /// async fn refresh(attempt: Attempt) {
    ///     assert!(attempt.number() >= 1);
    /// }
    /// ```
    pub fn number(self) -> u32 {
        self.0
    }
}

/// When a delivery was received, as an extractor.
///
/// # Examples
///
/// ```
/// use switchhook::{ReceivedAt, webhook_handler};
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh(ReceivedAt(time): ReceivedAt) {
///     println!("received at {time:?}");
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ReceivedAt(pub SystemTime);

/// The body, byte for byte as it was signed, as an extractor.
///
/// # Examples
///
/// ```
/// use switchhook::{RawBody, webhook_handler};
///
/// #[webhook_handler("*")]
/// async fn archive(RawBody(body): RawBody) {
///     println!("{} bytes", body.len());
/// }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct RawBody(pub Bytes);

impl fmt::Debug for RawBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "RawBody({} bytes)", self.0.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_ordered_by_time_and_within_a_millisecond() {
        let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
        let ids: Vec<_> = (0..1_000).map(|_| DeliveryId::at(time)).collect();
        assert!(ids.is_sorted_by(|a, b| a < b));
        assert!(DeliveryId::at(time + Duration::from_millis(2)) > ids[999]);
    }

    #[test]
    fn debug_prints_no_body() {
        assert_eq!(format!("{:?}", RawBody(Bytes::from_static(b"ssn"))), "RawBody(3 bytes)");
    }
}
