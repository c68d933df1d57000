//! Tenants: one endpoint, and secrets for each of its customers.

use std::{error::Error, fmt, panic::AssertUnwindSafe, sync::Arc, time::Duration};

use futures_util::{FutureExt, future::BoxFuture};
use quick_cache::sync::Cache;
use tokio::{sync::Semaphore, time::Instant};

use super::any_provider::AnyProvider;
use crate::{Tenant, provider::Provider};

type BoxError = Box<dyn Error + Send + Sync>;

/// Finds a tenant's provider; `None` for a tenant that nobody knows.
type Lookup<P> = dyn Fn(Tenant) -> BoxFuture<'static, Result<Option<P>, BoxError>> + Send + Sync;

/// The tenants of an endpoint, for [`Endpoint::tenants`](crate::Endpoint::tenants): an async function of yours that gives the
/// provider with a tenant's secrets.
///
/// The function runs while the sender waits, for 2 s at most ([`timeout`](Self::timeout)), and at most 64 times at once
/// ([`concurrency`](Self::concurrency)). What it gives is kept: up to 10,000 tenants for a minute ([`cache`](Self::cache)), and
/// that it knows none for 5 s. A request for a tenant that it does not know is answered as a forged one is, 401; when it
/// fails, or takes too long, with 503. Nothing that it failed with is kept.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use switchhook::{Endpoint, Tenant, Tenants, handlers, webhook_handler};
/// use switchhook::provider::stripe::Stripe;
///
/// # #[derive(Debug, thiserror::Error)]
/// # #[error("the database is away")]
/// # struct DatabaseError;
/// # async fn secret_of(tenant: &Tenant) -> Result<Option<String>, DatabaseError> { Ok(None) }
/// #[webhook_handler("invoice.paid")]
/// async fn paid(tenant: Tenant) {
///     println!("{tenant} was paid");
/// }
///
/// # fn endpoint() -> Endpoint<Stripe, ()> {
/// let tenants = Tenants::new(async |tenant: Tenant| -> Result<_, DatabaseError> {
///     Ok(secret_of(&tenant).await?.map(Stripe::new))
/// });
/// Endpoint::tenants(tenants.timeout(Duration::from_secs(1)), handlers![paid]) // POST /stripe/{tenant}
/// # }
/// ```
pub struct Tenants<P> {
    lookup: Box<Lookup<P>>,
    timeout: Duration,
    running: Semaphore,
    known: Cache<Tenant, Kept>,
    capacity: usize,
    time_to_live: Duration,
}

/// How long it is kept that a tenant is not known: short, since it may be a new one.
const UNKNOWN_FOR: Duration = Duration::from_secs(5);

/// What a lookup gave, and until when it is taken for true.
#[derive(Clone)]
struct Kept {
    provider: Option<Arc<dyn AnyProvider>>,
    /// `None` for good.
    until: Option<Instant>,
}

impl Kept {
    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }
}

impl<P: Provider> Tenants<P> {
    /// Looks a tenant up with this function: `Ok(None)` for one that it does not know.
    ///
    /// What the tenant is called is what stands in the sender's URL. A provider that `build()` would refuse, such as one
    /// with an empty secret, is a failure.
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
        let lookup: Box<Lookup<P>> = Box::new(move |tenant| {
            let found = lookup(tenant);
            Box::pin(async { found.await.map_err(Into::into) })
        });
        let capacity = 10_000;
        Self {
            lookup,
            timeout: Duration::from_secs(2),
            running: Semaphore::new(64),
            known: Cache::new(capacity),
            capacity,
            time_to_live: Duration::from_mins(1),
        }
    }

    /// How long a lookup may take, the wait for its turn included; 2 s unless set.
    ///
    /// # Examples
    ///
    /// See [`Tenants`].
    #[must_use]
    pub fn timeout(self, timeout: Duration) -> Self {
        Self { timeout, ..self }
    }

    /// How many lookups may run at once, 64 unless set.
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
    pub fn concurrency(self, lookups: usize) -> Self {
        let running = Semaphore::new(lookups.clamp(1, Semaphore::MAX_PERMITS));
        Self { running, ..self }
    }

    /// How many tenants are kept, and for how long; 10,000 for a minute unless set.
    ///
    /// So long an exchanged secret stays valid, unless
    /// [`Webhooks::forget_tenant`](crate::Webhooks::forget_tenant) is called.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use switchhook::{Tenants, provider::stripe::Stripe};
    ///
    /// fn few(tenants: Tenants<Stripe>) -> Tenants<Stripe> {
    ///     tenants.cache(100, Duration::from_mins(10))
    /// }
    /// ```
    #[must_use]
    pub fn cache(self, capacity: usize, time_to_live: Duration) -> Self {
        Self { known: Cache::new(capacity), capacity, time_to_live, ..self }
    }

    /// What is kept, or what a lookup gives. Requests of one tenant share a lookup.
    async fn provider(&self, tenant: &Tenant) -> Result<Option<Arc<dyn AnyProvider>>, LookupError> {
        if let Some(kept) = self.known.get(tenant) {
            if !kept.is_over() {
                return Ok(kept.provider);
            }
            // Not one that another request has put there meanwhile, nor its lookup.
            self.known.remove_if(tenant, Kept::is_over);
        }
        let found = self.known.get_or_insert_async(tenant, self.look_up(tenant));
        match tokio::time::timeout(self.timeout, found).await {
            Ok(found) => Ok(found?.provider),
            Err(_) => Err(LookupError::TimedOut(self.timeout)),
        }
    }

    async fn look_up(&self, tenant: &Tenant) -> Result<Kept, LookupError> {
        // The semaphore is never closed.
        let _turn = self.running.acquire().await;
        // A panic harms this request, and none that waits for the same tenant.
        let lookup = AssertUnwindSafe(async { (self.lookup)(tenant.clone()).await }).catch_unwind();
        let found = lookup.await.unwrap_or_else(|_panic| Err("it panicked".into()));
        let provider = found.map_err(LookupError::Failed)?;
        if let Some(provider) = &provider {
            provider.check().map_err(|faults| LookupError::Configuration(faults.join("; ")))?;
        }
        let provider = provider.map(|provider| Arc::new(provider) as Arc<dyn AnyProvider>);
        let keep = if provider.is_some() { self.time_to_live } else { self.time_to_live.min(UNKNOWN_FOR) };
        Ok(Kept { provider, until: Instant::now().checked_add(keep) })
    }
}

/// [`Tenants`] whose provider's type is forgotten.
pub(super) trait AnyTenants: Send + Sync {
    fn find<'a>(&'a self, tenant: &'a Tenant) -> Finding<'a>;
    fn forget(&self, tenant: &Tenant);
}

/// A provider on its way, if the tenant is known.
pub(super) type Finding<'a> = BoxFuture<'a, Result<Option<Arc<dyn AnyProvider>>, LookupError>>;

impl<P: Provider> AnyTenants for Tenants<P> {
    fn find<'a>(&'a self, tenant: &'a Tenant) -> Finding<'a> {
        Box::pin(self.provider(tenant))
    }

    fn forget(&self, tenant: &Tenant) {
        self.known.remove(tenant);
    }
}

impl<P> fmt::Debug for Tenants<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants")
            .field("timeout", &self.timeout)
            .field("capacity", &self.capacity)
            .field("time_to_live", &self.time_to_live)
            .finish_non_exhaustive()
    }
}

/// Why a tenant could not be looked up.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("the tenant's lookup failed")]
    Failed(#[source] BoxError),
    #[error("the tenant's lookup took longer than {0:?}")]
    TimedOut(Duration),
    #[error("the tenant's provider is not sound: {0}")]
    Configuration(String),
}
