//! A frozen endpoint: from a request that was read to a verified delivery.

use std::{borrow::Cow, sync::Arc};

use bytes::Bytes;
use http::request::Parts as Head;

use super::{Settings, consumer::Consumer};
use crate::{
    Clock, Delivery, DeliveryId, EventName, ProviderId,
    delivery::Received,
    provider::{EnvelopeError, Incoming, Parts, Provider, Verified, VerifyError},
    route::catalog::Catalog,
};

/// An endpoint whose handlers are bound and checked.
pub(crate) struct Mounted {
    pub(crate) name: Arc<str>,
    pub(crate) provider: Box<dyn AnyProvider>,
    pub(crate) consumers: Vec<Consumer>,
    pub(crate) settings: Settings,
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
    Unverified(#[from] VerifyError),
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
}

impl Mounted {
    /// Verifies the raw bytes, and only then looks into them. The one place where requests become deliveries.
    /// A delivery takes the headers with it.
    pub(crate) fn admit(&self, head: &mut Head, body: Bytes, clock: &dyn Clock) -> Result<Admitted, Refused> {
        let request = Incoming {
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
            body: &body,
            received_at: clock.now(),
        };
        let verified = self.provider.verify(&request)?;
        if let Some(answer) = self.provider.handshake(&request) {
            return Ok(Admitted::Handshake(answer));
        }
        let Parts { event, data, id, id_is_signed } = self.provider.parts(&request)?;
        let Some(event) = EventName::new(&event) else { return Ok(Admitted::Unroutable(event.into_owned())) };
        let (provider_id, received_at) = (id.as_deref().map(ProviderId::new), request.received_at);
        Ok(Admitted::Delivery(Delivery::new(Received {
            id: DeliveryId::at(received_at),
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
    pub(crate) fn handshake(&self, head: &Head, clock: &dyn Clock) -> Option<http::Response<Bytes>> {
        self.provider.handshake(&Incoming {
            method: &head.method,
            uri: &head.uri,
            headers: &head.headers,
            body: &Bytes::new(),
            received_at: clock.now(),
        })
    }
}

/// A [`Provider`] whose type is forgotten.
pub(crate) trait AnyProvider: Send + Sync {
    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError>;
    fn handshake(&self, request: &Incoming<'_>) -> Option<http::Response<Bytes>>;
    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError>;
    fn catalog(&self) -> &'static Catalog;
    fn ordering_key<'a>(&self, field: &str, data: &'a [u8]) -> Option<Cow<'a, str>>;
}

impl<P: Provider> AnyProvider for P {
    fn verify(&self, request: &Incoming<'_>) -> Result<Verified, VerifyError> {
        Provider::verify(self, request)
    }

    fn handshake(&self, request: &Incoming<'_>) -> Option<http::Response<Bytes>> {
        Provider::handshake(self, request)
    }

    fn parts<'a>(&self, request: &Incoming<'a>) -> Result<Parts<'a>, EnvelopeError> {
        Provider::parts(self, request)
    }

    fn catalog(&self) -> &'static Catalog {
        Provider::catalog(self)
    }

    fn ordering_key<'a>(&self, field: &str, data: &'a [u8]) -> Option<Cow<'a, str>> {
        Provider::ordering_key(self, field, data)
    }
}
