//! Typed `data`, and the typed whole body.

use std::ops::Deref;

use serde::de::DeserializeOwned;

use super::{FromDelivery, Rejection};
use crate::{Delivery, json};

/// The event's `data`, decoded.
///
/// `data` that does not fit `T` makes the delivery dead (422 in direct mode); the log names the field.
/// `Option<Data<T>>` gives `None` where `data` is JSON's `null`.
///
/// # Examples
///
/// ```
/// use switchhook::{Data, webhook_handler};
/// use switchhook::provider::argyle::IdentityIds;
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh(Data(ids): Data<IdentityIds>) {
///     println!("identity {}", ids.identity);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Data<T>(pub T);

/// The whole body, decoded.
///
/// # Examples
///
/// ```
/// use serde::Deserialize;
/// use switchhook::{Envelope, webhook_handler};
///
/// #[derive(Deserialize)]
/// struct Named {
///     name: String,
/// }
///
/// #[webhook_handler("*")]
/// async fn record(Envelope(body): Envelope<Named>) {
///     println!("sent by the subscription {}", body.name);
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Envelope<T>(pub T);

impl<S: Sync, T: DeserializeOwned + Send> FromDelivery<S> for Data<T> {
    async fn from_delivery(delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
        json::decode("data", delivery.data()).map(Self).map_err(|misfit| {
            // A type that takes `null` has got it; to every other, `null` says that there is nothing.
            if delivery.data().trim_ascii() == b"null" {
                Rejection::absent("`data` other than `null`")
            } else {
                Rejection::malformed(misfit)
            }
        })
    }
}

impl<S: Sync, T: DeserializeOwned + Send> FromDelivery<S> for Envelope<T> {
    async fn from_delivery(delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
        json::decode("body", delivery.body()).map(Self).map_err(Rejection::malformed)
    }
}

macro_rules! deref {
    ($($type:ident)*) => { $(
        impl<T> Deref for $type<T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.0
            }
        }
    )* };
}

deref!(Data Envelope);
