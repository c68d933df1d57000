//! Looking tenants up: at most once at a time for each, for a bounded time, and kept for a while.

use std::{
    error::Error,
    panic::AssertUnwindSafe,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use futures_util::FutureExt;
use quick_cache::sync::Cache;
use tokio::{
    runtime::Handle,
    sync::Semaphore,
    time::{Instant, timeout},
};

use super::{any_provider::AnyProvider, tenants::Rules};
use crate::Tenant;

/// How many names are kept that nobody knows, or whose lookup failed. Strangers choose them.
const STRANGERS: usize = 1_000;

/// The tenants of an endpoint that runs.
pub(super) struct Lookups {
    rules: Rules,
    known: Cache<Tenant, Known>,
    /// Until when a name is nobody's.
    unknown: Cache<Tenant, Instant>,
    /// When a lookup failed last, for those who had waited for it.
    failed: Cache<Tenant, (Instant, LookupError)>,
    /// How often something was forgotten.
    forgotten: AtomicU64,
    /// Turns for names that were not known.
    new: Semaphore,
    /// Turns for tenants that were known before.
    again: Semaphore,
}

/// What a lookup gave, and until when it is taken for true.
#[derive(Clone)]
struct Known {
    provider: Arc<dyn AnyProvider>,
    /// `None` for good.
    until: Option<Instant>,
}

impl Known {
    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }
}

/// Why a lookup gave no provider.
enum Missing {
    Unknown,
    Failed(LookupError),
}

/// Why a tenant could not be looked up.
#[derive(Debug, Clone, thiserror::Error)]
pub(crate) enum LookupError {
    #[error("the lookup failed")]
    Failed(#[source] Arc<dyn Error + Send + Sync>),
    #[error("the lookup took longer than {0:?}")]
    TimedOut(Duration),
    #[error("the provider that it gave is not sound: {0}")]
    Configuration(String),
}

impl Lookups {
    pub(super) fn new(rules: Rules) -> Self {
        let turns = || Semaphore::new(rules.concurrency.min(Semaphore::MAX_PERMITS));
        Self {
            known: Cache::new(rules.capacity),
            unknown: Cache::new(STRANGERS),
            failed: Cache::new(STRANGERS),
            forgotten: AtomicU64::new(0),
            new: turns(),
            again: turns(),
            rules,
        }
    }

    /// What is kept, or what a lookup gives.
    pub(super) async fn provider(
        self: Arc<Self>,
        tenant: Tenant,
    ) -> Result<Option<Arc<dyn AnyProvider>>, LookupError> {
        let was_known = match self.known.get(&tenant) {
            Some(known) if !known.is_over() => return Ok(Some(known.provider)),
            // Not one that another request has put there meanwhile, nor its lookup.
            Some(_) => self.known.remove_if(&tenant, Known::is_over).is_some(),
            None => false,
        };
        if self.is_unknown(&tenant) {
            return Ok(None);
        }
        let (limit, asked) = (self.rules.timeout, Instant::now());
        // A task of its own ends also when the sender hangs up: others may wait for it.
        let lookup = Handle::current().spawn(async move {
            let lookup = self.look_up(&tenant, was_known, asked);
            self.known.get_or_insert_async(&tenant, lookup).await
        });
        match timeout(limit, lookup).await {
            Ok(Ok(Ok(known))) => Ok(Some(known.provider)),
            Ok(Ok(Err(Missing::Unknown))) => Ok(None),
            Ok(Ok(Err(Missing::Failed(error)))) => Err(error),
            Ok(Err(cancelled)) => Err(LookupError::Failed(Arc::new(cancelled))),
            Err(_) => Err(LookupError::TimedOut(limit)),
        }
    }

    fn is_unknown(&self, tenant: &Tenant) -> bool {
        self.unknown.get(tenant).is_some_and(|until| Instant::now() < until)
    }

    /// Looks a tenant up for a request that has asked at this time. Of those that wait for one that fails, each does so.
    async fn look_up(&self, tenant: &Tenant, was_known: bool, asked: Instant) -> Result<Known, Missing> {
        if let Some((failed, error)) = self.failed.get(tenant)
            && failed >= asked
        {
            return Err(Missing::Failed(error));
        }
        if self.is_unknown(tenant) {
            return Err(Missing::Unknown);
        }
        let Rules { time_to_live, unknown_for, .. } = &self.rules;
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        match self.run(tenant, was_known).await {
            Ok(Some(provider)) => Ok(Known { provider, until: Instant::now().checked_add(*time_to_live) }),
            Ok(None) => {
                // What was read before something was forgotten may be what is no longer true.
                if forgotten == self.forgotten.load(Ordering::SeqCst)
                    && let Some(until) = Instant::now().checked_add(*unknown_for)
                {
                    self.unknown.insert(tenant.clone(), until);
                }
                Err(Missing::Unknown)
            }
            Err(error) => {
                self.failed.insert(tenant.clone(), (Instant::now(), error.clone()));
                Err(Missing::Failed(error))
            }
        }
    }

    /// Runs the user's function, in its turn and within its time.
    async fn run(
        &self,
        tenant: &Tenant,
        was_known: bool,
    ) -> Result<Option<Arc<dyn AnyProvider>>, LookupError> {
        let Rules { lookup, timeout: limit, .. } = &self.rules;
        let turns = if was_known { &self.again } else { &self.new };
        let found = async {
            // The semaphores are never closed.
            let _turn = turns.acquire().await;
            lookup(tenant.clone()).await
        };
        let found = match timeout(*limit, AssertUnwindSafe(found).catch_unwind()).await {
            Ok(Ok(found)) => found,
            Ok(Err(_panic)) => Err("it panicked".into()),
            Err(_) => return Err(LookupError::TimedOut(*limit)),
        };
        let found = found.map_err(|error| LookupError::Failed(Arc::from(error)))?;
        if let Some(provider) = &found {
            provider.check().map_err(|faults| LookupError::Configuration(faults.join("; ")))?;
        }
        Ok(found)
    }

    /// Keeps nothing of what is known of a tenant.
    pub(super) fn forget(&self, tenant: &Tenant) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.unknown.remove(tenant);
        // What a lookup that runs will give is not kept either.
        self.known.remove(tenant);
    }
}
