//! From a delivery to a handler's arguments.

mod data;
mod parts;
mod rejection;
mod state;
#[cfg(feature = "_sql")]
mod tx;

pub use data::{Data, Envelope};
pub use rejection::Rejection;
pub use state::Provides;
#[cfg(feature = "_sql")]
pub use tx::{Tx, TxError, TxGuard};

use crate::Delivery;

/// A type that a handler may take as an argument.
///
/// The order of the arguments has no meaning; each is made from the same delivery. Implement it for types of your
/// own: `S` is the application's state.
///
/// # Examples
///
/// ```
/// use switchhook::{Delivery, FromDelivery, Rejection, webhook_handler};
///
/// struct TraceId(String);
///
/// impl<S: Sync> FromDelivery<S> for TraceId {
///     async fn from_delivery(delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
///         let header = delivery.headers().get("x-trace-id").ok_or(Rejection::absent("the header `x-trace-id`"))?;
///         header.to_str().map(|id| Self(id.to_owned())).map_err(|_| Rejection::malformed("`x-trace-id` is not text"))
///     }
/// }
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh(trace: Option<TraceId>) {
///     println!("trace {:?}", trace.map(|id| id.0));
/// }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an extractor",
    label = "not an extractor",
    note = "webhook handlers take `Data<T>`, `Envelope<T>`, `State<T>`, `EventName`, `DeliveryId`, `ProviderId`, `Attempt`, `ReceivedAt`, `HeaderMap`, `RawBody`, `Option` and `Result` of these, and types of yours that implement `FromDelivery`"
)]
pub trait FromDelivery<S>: Sized + Send {
    /// What the application must have for this extractor to work; `build()` refuses where it has not.
    const NEEDS: &'static [Need] = &[];

    /// Makes the argument.
    ///
    /// # Errors
    ///
    /// [`Rejection`] says whether the thing is absent, malformed, or could not be had this time. The handler then
    /// does not run.
    ///
    /// # Cancel safety
    ///
    /// The future is dropped when the handler's time runs out.
    fn from_delivery(delivery: &Delivery, state: &S) -> impl Future<Output = Result<Self, Rejection>> + Send;
}

/// Something that an extractor cannot work without.
///
/// # Examples
///
/// ```
/// use switchhook::{Delivery, FromDelivery, Need, Rejection};
///
/// struct LastError(String);
///
/// impl<S: Sync> FromDelivery<S> for LastError {
///     const NEEDS: &'static [Need] = &[Need::Inbox];
///
///     async fn from_delivery(_: &Delivery, _: &S) -> Result<Self, Rejection> {
///         Err(Rejection::absent("an earlier run"))
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Need {
    /// A durable inbox behind the endpoint.
    Inbox,
    /// A durable inbox in SQLite.
    #[cfg(feature = "sqlite")]
    Sqlite,
    /// A durable inbox in PostgreSQL.
    #[cfg(feature = "postgres")]
    Postgres,
}

/// `None` when the thing is absent, never when it is malformed.
impl<S: Sync, E: FromDelivery<S>> FromDelivery<S> for Option<E> {
    const NEEDS: &'static [Need] = E::NEEDS;

    async fn from_delivery(delivery: &Delivery, state: &S) -> Result<Self, Rejection> {
        match E::from_delivery(delivery, state).await {
            Ok(value) => Ok(Some(value)),
            Err(rejection) if rejection.is_absent() => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }
}

/// Leaves the rejection to the handler. Passed on with `?`, it means what it means without a handler: what is absent
/// or malformed makes the delivery dead.
impl<S: Sync, T: FromDelivery<S>> FromDelivery<S> for Result<T, Rejection> {
    const NEEDS: &'static [Need] = T::NEEDS;

    async fn from_delivery(delivery: &Delivery, state: &S) -> Result<Self, Rejection> {
        Ok(T::from_delivery(delivery, state).await)
    }
}
