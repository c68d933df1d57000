//! Deliveries that never were requests.

use std::{fmt, sync::Arc, time::SystemTime};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};

use crate::{Delivery, DeliveryId, EventName, ProviderId, Tenant, delivery::Received};

/// Begins a delivery of an event, for unit tests of extractors.
///
/// # Panics
///
/// When the name has more than [`EventName::MAX_LEN`] bytes.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::IdentityIds;
/// use switchhook::{Data, FromDelivery, testing::delivery};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let delivery =
///     delivery("identities.updated").data(r#"{"account":"0187c66e","user":"018051aa","identity":"0153b145"}"#).build();
/// let Data(ids) = Data::<IdentityIds>::from_delivery(&delivery, &()).await.unwrap();
/// assert_eq!(ids.identity, "0153b145");
/// # }
/// ```
#[track_caller]
pub fn delivery(event: &str) -> DeliveryBuilder {
    let Some(event) = EventName::new(event) else {
        #[expect(clippy::panic, reason = "a mistake in a test")]
        {
            panic!("event names have at most {} bytes", EventName::MAX_LEN)
        }
    };
    DeliveryBuilder {
        endpoint: "test".into(),
        tenant: None,
        event,
        data: "{}".to_owned(),
        body: None,
        headers: HeaderMap::new(),
        provider_id: None,
        received_at: SystemTime::UNIX_EPOCH,
        signed: true,
    }
}

/// A delivery in the making; begun with [`delivery`]. Unless told otherwise its `data` is `{}`, its body
/// `{"event":…,"data":…}`, and it came in signed, without headers, at the Unix epoch, to the endpoint `test`.
///
/// # Examples
///
/// See [`delivery`].
#[derive(Clone)]
#[must_use]
pub struct DeliveryBuilder {
    endpoint: Arc<str>,
    tenant: Option<Tenant>,
    event: EventName,
    data: String,
    body: Option<Bytes>,
    headers: HeaderMap,
    provider_id: Option<ProviderId>,
    received_at: SystemTime,
    signed: bool,
}

impl DeliveryBuilder {
    /// The endpoint that received it.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(delivery("ping").endpoint("github").build().endpoint(), "github");
    /// ```
    pub fn endpoint(mut self, name: &str) -> Self {
        self.endpoint = name.into();
        self
    }

    /// Whose delivery it is.
    ///
    /// # Panics
    ///
    /// When no tenant can have this name.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// assert!(delivery("ping").tenant("acme").build().tenant().is_some());
    /// ```
    #[track_caller]
    pub fn tenant(mut self, name: &str) -> Self {
        let Some(tenant) = Tenant::new(name) else {
            #[expect(clippy::panic, reason = "a mistake in a test")]
            {
                panic!("no tenant can have the name `{name}`")
            }
        };
        self.tenant = Some(tenant);
        self
    }

    /// The event's `data`, as JSON: a text, or a `serde_json::Value`.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// let delivery = delivery("ping").data(r#"{"number":7}"#).build();
    /// assert_eq!(&delivery.data()[..], br#"{"number":7}"#);
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "callers write `json!(…)` in place")]
    pub fn data(mut self, json: impl ToString) -> Self {
        self.data = json.to_string();
        self
    }

    /// The whole body, where it matters.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// let delivery = delivery("ping").body("{}").build();
    /// assert_eq!(&delivery.body()[..], b"{}");
    /// ```
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// Adds a header.
    ///
    /// # Panics
    ///
    /// When the name or the value cannot stand in a header.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// let delivery = delivery("ping").header("x-trace", "7").build();
    /// assert_eq!(delivery.headers()["x-trace"], "7");
    /// ```
    #[track_caller]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) else {
            #[expect(clippy::panic, reason = "a mistake in a test")]
            {
                panic!("`{name}: {value}` is not a header")
            }
        };
        self.headers.append(name, value);
        self
    }

    /// The sender's id of the delivery.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// assert!(delivery("ping").provider_id("evt_1").build().provider_id().is_some());
    /// ```
    pub fn provider_id(mut self, id: &str) -> Self {
        self.provider_id = Some(ProviderId::new(id));
        self
    }

    /// When it was received.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(9);
    /// assert_eq!(delivery("ping").received_at(time).build().received_at(), time);
    /// ```
    pub fn received_at(mut self, time: SystemTime) -> Self {
        self.received_at = time;
        self
    }

    /// Lets it have come in unsigned.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// assert!(!delivery("ping").unsigned().build().is_signed());
    /// ```
    pub fn unsigned(mut self) -> Self {
        self.signed = false;
        self
    }

    /// Makes the delivery.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::testing::delivery;
    ///
    /// assert_eq!(delivery("ping").build().event(), "ping");
    /// ```
    pub fn build(self) -> Delivery {
        let Self { endpoint, tenant, event, data, body, headers, provider_id, received_at, signed } = self;
        let body = body.unwrap_or_else(|| {
            let event = serde_json::Value::from(event.as_str());
            Bytes::from(format!(r#"{{"event":{event},"data":{data}}}"#))
        });
        Delivery::new(Received {
            id: DeliveryId::at(received_at),
            endpoint,
            tenant,
            event,
            provider_id,
            id_is_signed: true,
            received_at,
            signed,
            headers,
            body,
            data: Bytes::from(data),
        })
    }
}

/// Prints no header, no body and no `data`, as [`Delivery`] does.
impl fmt::Debug for DeliveryBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryBuilder").field("event", &self.event).finish_non_exhaustive()
    }
}
