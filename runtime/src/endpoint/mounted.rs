//! A frozen endpoint: from a request that was read to a verified delivery.

use std::{borrow::Cow, fmt, sync::Arc};

use bytes::Bytes;
use http::request::Parts as Head;

use super::{
    Settings,
    consumer::Consumer,
    source::{NotFound, Source},
};
use crate::{
    Clock, Delivery, DeliveryId, EventName, ProviderId, Tenant,
    delivery::Received,
    provider::{EnvelopeError, Incoming, Parts, Verified, VerifyError},
    route::catalog::Catalog,
    telemetry::{self, Seldom},
};

/// An endpoint whose handlers are bound and checked.
pub(crate) struct Mounted {
    pub(crate) name: Arc<str>,
    pub(crate) source: Source,
    pub(crate) catalog: &'static Catalog,
    /// The value of a field that orders deliveries, as the provider finds it.
    pub(super) ordering_key: for<'a> fn(&str, &'a [u8]) -> Option<Cow<'a, str>>,
    pub(crate) consumers: Vec<Consumer>,
    pub(crate) settings: Settings,
    /// That the inbox could not take its deliveries.
    pub(crate) not_stored_said: Seldom,
}

/// What a request turned out to be.
pub(crate) enum Admitted {
    Delivery(Delivery),
    /// A delivery whose event has too long a name for any handler.
    Unroutable(String),
    Handshake(http::Response<Bytes>),
}

/// Why a request is no delivery.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Refused {
    #[error(transparent)]
    NoProvider(#[from] NotFound),
    #[error("{0}{1}")]
    Unverified(VerifyError, Whose),
    #[error("{0}{1}")]
    Envelope(EnvelopeError, Whose),
}

/// For the log: the tenant, where there is one.
#[derive(Debug)]
pub(crate) struct Whose(Option<Tenant>);

impl fmt::Display for Whose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|tenant| write!(f, ", for the tenant `{tenant}`"))
    }
}

impl Mounted {
    /// Verifies the raw bytes, and only then looks into them. The one place where requests become deliveries.
    /// A delivery takes the headers with it.
    pub(crate) async fn admit(
        &self,
        head: &mut Head,
        body: Bytes,
        clock: &dyn Clock,
    ) -> Result<Admitted, Refused> {
        let (tenant, provider) = self.source.find(&head.uri).await?;
        let request = Incoming {
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
            body: &body,
            received_at: clock.now(),
        };
        let whose = || Whose(tenant.clone());
        let verified = provider.verify(&request).map_err(|error| Refused::Unverified(error, whose()))?;
        telemetry::verified(&self.name, verified);
        if let Some(answer) = provider.handshake(&request) {
            return Ok(Admitted::Handshake(answer));
        }
        let Parts { event, data, id, id_is_signed } =
            provider.parts(&request).map_err(|error| Refused::Envelope(error, whose()))?;
        let Some(event) = EventName::new(&event) else { return Ok(Admitted::Unroutable(event.into_owned())) };
        // An empty one is what some write who have none; taken for an id, it would make repetitions of them all.
        let id = id.as_deref().filter(|id| !id.is_empty());
        let (provider_id, received_at) = (id.map(ProviderId::new), request.received_at);
        for proof in provider.proofs() {
            if let Some(value) = head.headers.get_mut(proof) {
                // So it is not stored, and `Debug` does not print it.
                value.set_sensitive(true);
            }
        }
        Ok(Admitted::Delivery(Delivery::new(Received {
            id: DeliveryId::at(received_at),
            endpoint: Arc::clone(&self.name),
            tenant,
            event,
            provider_id,
            id_is_signed,
            received_at,
            signed: matches!(verified, Verified::Signed { .. }),
            headers: std::mem::take(&mut head.headers),
            data,
            body,
        })))
    }

    /// The answer to a `GET`, when it is a handshake of the provider.
    pub(crate) async fn handshake(
        &self,
        head: &Head,
        clock: &dyn Clock,
    ) -> Result<Option<http::Response<Bytes>>, NotFound> {
        let (_, provider) = self.source.find(&head.uri).await?;
        Ok(provider.handshake(&Incoming {
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
            body: &Bytes::new(),
            received_at: clock.now(),
        }))
    }
}
