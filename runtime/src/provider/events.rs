//! The events of senders that share one provider's scheme.

use crate::route::catalog::Catalog;

/// The events of one sender, for the providers that speak for many: [`Standard`](super::standard::Standard) and
/// [`Custom`](super::custom::Custom).
///
/// With a closed catalog, handlers of that sender are checked as those of a provider of ours. The catalog's name is the
/// name that messages print and, in lower case, the endpoint's.
///
/// # Examples
///
/// ```
/// use switchhook::provider::{Events, standard::Standard};
/// use switchhook::{Catalog, Endpoint, catalog, handlers, webhook_handler};
///
/// catalog! {
///     pub ACME for Acme { "invoice.paid", "invoice.void" }
/// }
///
/// struct Acme;
///
/// impl Events for Acme {
///     const CATALOG: &'static Catalog = ACME;
/// }
///
/// #[webhook_handler("invoice.paid", provider = Standard<Acme>)]
/// async fn paid() {}
///
/// # fn endpoint() -> Endpoint<Standard<Acme>, ()> {
/// let acme = Standard::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sends::<Acme>();
/// Endpoint::new(acme, handlers![paid]) // POST /acme
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` says nothing of the events that a sender sends",
    label = "not a sender's events",
    note = "implement `Events` for it, with a catalog made by `catalog!`"
)]
pub trait Events: Send + Sync + 'static {
    /// The events that the sender sends.
    const CATALOG: &'static Catalog;
}

/// Events of any name.
///
/// # Examples
///
/// ```
/// use switchhook::provider::{AnyEvent, Events};
///
/// assert!(AnyEvent::CATALOG.contains("whatever.they.send"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct AnyEvent(());

impl Events for AnyEvent {
    const CATALOG: &'static Catalog = &Catalog::open("");
}

/// The name of a provider that speaks for these events.
pub(crate) const fn name_of<E: Events>(scheme: &'static str) -> &'static str {
    let name = E::CATALOG.provider();
    if name.is_empty() { scheme } else { name }
}
