//! The parts of a delivery that need no decoding.

use http::HeaderMap;

use super::{FromDelivery, Rejection};
use crate::{
    Attempt, Delivery, DeliveryId, EndpointName, EventName, ProviderId, RawBody, ReceivedAt, Tenant,
};

macro_rules! part {
    ($type:ty, $delivery:ident => $value:expr) => {
        impl<S: Sync> FromDelivery<S> for $type {
            async fn from_delivery($delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
                $value
            }
        }
    };
}

part!(Delivery, delivery => Ok(delivery.clone()));
part!(EventName, delivery => Ok(delivery.event().clone()));
part!(DeliveryId, delivery => Ok(delivery.id()));
part!(ProviderId, delivery => delivery.provider_id().cloned().ok_or(Rejection::absent("a delivery id of the sender")));
part!(EndpointName, delivery => Ok(delivery.endpoint_name()));
part!(Tenant, delivery => delivery.tenant().cloned().ok_or(Rejection::absent("a tenant")));
part!(Attempt, delivery => Ok(delivery.attempt()));
part!(ReceivedAt, delivery => Ok(Self(delivery.received_at())));
part!(HeaderMap, delivery => Ok(delivery.headers().clone()));
part!(RawBody, delivery => Ok(Self(delivery.body().clone())));
