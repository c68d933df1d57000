//! Tenants: one endpoint, and secrets for each of its customers.

use std::{error::Error, fmt, marker::PhantomData, sync::Arc, time::Duration};

use futures_util::future::BoxFuture;

use super::any_provider::AnyProvider;
use crate::{Tenant, provider::Provider};

pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// Finds a tenant's provider; `None` for a tenant that nobody knows.
type Lookup =
    dyn Fn(Tenant) -> BoxFuture<'static, Result<Option<Arc<dyn AnyProvider>>, BoxError>> + Send + Sync;

/// The tenants of an endpoint, for [`Endpoint::tenants`](crate::Endpoint::tenants): an async function of yours that gives the
/// provider with a tenant's secrets.
///
/// The function runs while the sender waits, for 2 s at most ([`timeout`](Self::timeout)); requests of one tenant share a run of
/// it. What it gives is kept, up to 10,000 tenants ([`capacity`](Self::capacity)) for a minute each
/// ([`time_to_live`](Self::time_to_live)), and that it knows one not for 5 s ([`unknown_for`](Self::unknown_for)). A
/// request for a tenant that it does not know is answered as a forged one is, 401; when it fails, panics or takes too long, with
/// 503. Nothing that it failed with is kept.
///
/// # Cancel safety
///
/// The function's future runs to its end when the sender hangs up, and is dropped at its time limit.
///
/// # Security
///
/// The name is what a stranger wrote into a URL: look it up, and nothing else. No signature covers the path, so that a
/// tenant is proven by its secret alone:
///
/// - Of two tenants with the same secret, a recorded delivery of one can be sent to the other. An app of Shopify has one secret
///   for all its shops, for one: there, take the shop from what you fetch, and use no tenants.
/// - Compare names exactly. Where your function finds `acme` for `ACME` too, as many databases do, these are two
///   tenants here, and a recorded delivery runs once for each.
///
/// How long an answer takes can tell whether a tenant exists.
///
/// # Examples
///
/// ```
/// use std::{sync::Arc, time::Duration};
/// use switchhook::{Endpoint, Tenant, Tenants, handlers, webhook_handler};
/// use switchhook::provider::stripe::Stripe;
///
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("the database is away")]
/// # struct DatabaseError;
/// # struct Database;
/// # impl Database {
/// #     async fn secret_of(&self, tenant: &Tenant) -> Result<Option<String>, DatabaseError> { Ok(None) }
/// # }
/// #[webhook_handler("invoice.paid")]
/// async fn paid(tenant: Tenant) {
///     println!("{tenant} was paid");
/// }
///
/// fn endpoint(database: Arc<Database>) -> Endpoint<Stripe, ()> {
///     let tenants = Tenants::new(move |tenant: Tenant| {
///         let database = Arc::clone(&database);
///         async move { Ok::<_, DatabaseError>(database.secret_of(&tenant).await?.map(Stripe::new)) }
///     });
///     Endpoint::tenants(tenants.timeout(Duration::from_secs(1)), handlers![paid]) // POST /stripe/{tenant}
/// }
/// ```
pub struct Tenants<P> {
    pub(super) rules: Rules,
    provider: PhantomData<fn() -> P>,
}

/// How tenants are looked up. It knows no provider's type, so that what runs by it is built once, in here, and not in
/// every crate that has tenants or could have.
pub(super) struct Rules {
    pub(super) lookup: Box<Lookup>,
    pub(super) timeout: Duration,
    pub(super) concurrency: usize,
    pub(super) capacity: usize,
    pub(super) time_to_live: Duration,
    pub(super) unknown_for: Duration,
}

impl<P: Provider> Tenants<P> {
    /// Looks a tenant up with this function: `Ok(None)` for one that it does not know.
    ///
    /// A provider that `build()` would refuse, such as one with an empty secret, is a failure.
    ///
    /// # Examples
    ///
    /// See [`Tenants`].
    pub fn new<F, Fut, E>(lookup: F) -> Self
    where
        F: Fn(Tenant) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<Option<P>, E>> + Send + 'static,
        E: Into<BoxError>,
    {
        let lookup: Box<Lookup> = Box::new(move |tenant| {
            let found = lookup(tenant);
            Box::pin(async {
                let provider = found.await.map_err(Into::into)?;
                Ok(provider.map(|provider| Arc::new(provider) as Arc<dyn AnyProvider>))
            })
        });
        let rules = Rules {
            lookup,
            timeout: Duration::from_secs(2),
            concurrency: 64,
            capacity: 10_000,
            time_to_live: Duration::from_mins(1),
            unknown_for: Duration::from_secs(5),
        };
        Self { rules, provider: PhantomData }
    }

    /// How long a lookup may take, the wait for its turn included; 2 s unless set.
    ///
    /// # Examples
    ///
    /// See [`Tenants`].
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.rules.timeout = timeout;
        self
    }

    /// How many lookups may run at once, 64 unless set: so many for names that were not known before, and as many for tenants
    /// that are looked up again, so that strangers do not keep them waiting.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Tenants, provider::stripe::Stripe};
    ///
    /// fn gently(tenants: Tenants<Stripe>) -> Tenants<Stripe> {
    ///     tenants.concurrency(8)
    /// }
    /// ```
    #[must_use]
    pub fn concurrency(mut self, lookups: usize) -> Self {
        self.rules.concurrency = lookups.max(1);
        self
    }

    /// How many tenants are kept, 10,000 unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Tenants, provider::stripe::Stripe};
    ///
    /// fn few(tenants: Tenants<Stripe>) -> Tenants<Stripe> {
    ///     tenants.capacity(100)
    /// }
    /// ```
    #[must_use]
    pub fn capacity(mut self, tenants: usize) -> Self {
        self.rules.capacity = tenants.max(1);
        self
    }

    /// How long a tenant is kept before it is looked up again, a minute unless set. So long, and as long as the lookup took, a
    /// secret that was exchanged stays valid, unless [`Webhooks::forget_tenant`](crate::Webhooks::forget_tenant) is
    /// called.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use switchhook::{Tenants, provider::stripe::Stripe};
    ///
    /// fn until_forgotten(tenants: Tenants<Stripe>) -> Tenants<Stripe> {
    ///     tenants.time_to_live(Duration::MAX)
    /// }
    /// ```
    #[must_use]
    pub fn time_to_live(mut self, time: Duration) -> Self {
        self.rules.time_to_live = time;
        self
    }

    /// How long it is kept that a name is nobody's, 5 s unless set. So long a new tenant may have to wait, unless
    /// [`Webhooks::forget_tenant`](crate::Webhooks::forget_tenant) is called.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use switchhook::{Tenants, provider::stripe::Stripe};
    ///
    /// fn always_ask(tenants: Tenants<Stripe>) -> Tenants<Stripe> {
    ///     tenants.unknown_for(Duration::ZERO)
    /// }
    /// ```
    #[must_use]
    pub fn unknown_for(mut self, time: Duration) -> Self {
        self.rules.unknown_for = time;
        self
    }
}

impl Rules {
    /// What is wrong with the settings, in words.
    pub(super) fn faults(&self) -> Vec<String> {
        let zero = self.timeout.is_zero();
        zero.then(|| "the lookup of tenants is given no time: `timeout` is zero".to_owned())
            .into_iter()
            .collect()
    }
}

impl<P> fmt::Debug for Tenants<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Rules { timeout, concurrency, capacity, time_to_live, unknown_for, .. } = &self.rules;
        f.debug_struct("Tenants")
            .field("timeout", timeout)
            .field("concurrency", concurrency)
            .field("capacity", capacity)
            .field("time_to_live", time_to_live)
            .field("unknown_for", unknown_for)
            .finish_non_exhaustive()
    }
}
