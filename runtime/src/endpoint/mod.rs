//! An endpoint: one provider instance with its consumers.

pub(crate) mod allow_from;
mod any_provider;
pub(crate) mod consumer;
mod dedupe;
pub(crate) mod freeze;
mod lookups;
pub(crate) mod mounted;
mod settings;
pub(crate) mod source;
mod storing;
mod tenants;

use std::fmt;

pub use allow_from::AllowFrom;
pub use dedupe::Dedupe;
pub use settings::Unrouted;
pub use source::ReplaceError;
pub use tenants::Tenants;

pub(crate) use settings::Settings;

use crate::{
    handler::{Calls, HandlerList},
    provider::Provider,
    route::catalog::Catalog,
};

/// One provider, with its secrets, and the handlers of its events; mounted at `/<name>`.
///
/// # Examples
///
/// ```
/// use switchhook::{Endpoint, handlers, webhook_handler};
/// use switchhook::provider::argyle::Argyle;
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh() {}
/// #[webhook_handler("*")]
/// async fn record() {}
///
/// # fn endpoint() -> Endpoint<Argyle, ()> {
/// Endpoint::new(Argyle::new("optional-secret"), handlers![refresh])
///     .named("payroll")
///     .consumer("audit", handlers![record])
/// # }
/// ```
pub struct Endpoint<P, S: 'static> {
    name: String,
    provider: Provided<P>,
    consumers: Vec<(String, Vec<Calls<S>>)>,
    settings: Settings,
}

/// Where an endpoint has its provider from.
#[derive(Debug)]
enum Provided<P> {
    One(P),
    Tenants(Tenants<P>),
}

impl<P: Provider> Provided<P> {
    /// The events that handlers are checked against.
    fn catalog(&self) -> &'static Catalog {
        match self {
            Self::One(provider) => provider.catalog(),
            Self::Tenants(_) => P::CATALOG,
        }
    }

    /// What is wrong with it, in words. The providers of tenants are checked when they are looked up.
    fn faults(&self) -> Vec<String> {
        match self {
            Self::One(provider) => provider.check().err().unwrap_or_default(),
            Self::Tenants(tenants) => tenants.rules.faults(),
        }
    }
}

impl<P: Provider, S: 'static> Endpoint<P, S> {
    /// The name of the consumer that [`new`](Self::new) makes.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Endpoint, provider::argyle::Argyle};
    ///
    /// assert_eq!(Endpoint::<Argyle, ()>::DEFAULT_CONSUMER, "default");
    /// ```
    pub const DEFAULT_CONSUMER: &'static str = "default";

    /// An endpoint with the handlers of its default consumer; its name is the provider's.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Endpoint, handlers, webhook_handler};
    /// use switchhook::provider::argyle::Argyle;
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # fn endpoint() -> Endpoint<Argyle, ()> {
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record])
    /// # }
    /// ```
    pub fn new(provider: P, handlers: HandlerList<P, S>) -> Self {
        Self::of(Provided::One(provider), handlers)
    }

    /// An endpoint of many tenants, each with secrets of its own; mounted at `/<name>/{tenant}`.
    ///
    /// Handlers take whose delivery it is with [`Tenant`](crate::Tenant). With an inbox, repetitions are recognised,
    /// deliveries ordered and hints dropped within a tenant only.
    ///
    /// # Examples
    ///
    /// See [`Tenants`].
    pub fn tenants(tenants: Tenants<P>, handlers: HandlerList<P, S>) -> Self {
        Self::of(Provided::Tenants(tenants), handlers)
    }

    fn of(provider: Provided<P>, handlers: HandlerList<P, S>) -> Self {
        Self {
            name: P::NAME.to_ascii_lowercase(),
            provider,
            consumers: vec![(Self::DEFAULT_CONSUMER.to_owned(), vec![handlers.into_calls()])],
            settings: Settings::default(),
        }
    }

    /// Names the endpoint, which is also its path: letters, digits, `_` and `-`, unique in the application.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Endpoint, handlers, webhook_handler};
    /// use switchhook::provider::argyle::Argyle;
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # fn endpoint() -> Endpoint<Argyle, ()> {
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).named("payroll") // POST /payroll
    /// # }
    /// ```
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Adds handlers to the default consumer. `build()` reports two for one pattern.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Endpoint, handlers, webhook_handler};
    /// use switchhook::provider::argyle::Argyle;
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # fn endpoint() -> Endpoint<Argyle, ()> {
    /// #[webhook_handler("identities.added")]
    /// async fn added() {}
    ///
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).handlers(handlers![added])
    /// # }
    /// ```
    #[must_use]
    pub fn handlers(mut self, handlers: HandlerList<P, S>) -> Self {
        self.consumers[0].1.push(handlers.into_calls());
        self
    }

    /// Adds a consumer: a list that gets every delivery too, and fails on its own.
    ///
    /// Without an inbox all consumers run for a request, and the worst outcome answers it. With one, each has its own
    /// attempts, retries and dead deliveries.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::{Endpoint, handlers, webhook_handler};
    /// use switchhook::provider::argyle::Argyle;
    ///
    /// #[webhook_handler("*")]
    /// async fn record() {}
    ///
    /// # fn endpoint() -> Endpoint<Argyle, ()> {
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).consumer("audit", handlers![record])
    /// # }
    /// ```
    #[must_use]
    pub fn consumer(mut self, name: impl Into<String>, handlers: HandlerList<P, S>) -> Self {
        self.consumers.push((name.into(), vec![handlers.into_calls()]));
        self
    }
}

impl<P: fmt::Debug, S> fmt::Debug for Endpoint<P, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("name", &self.name)
            .field("provider", &self.provider)
            .field("consumers", &self.consumers)
            .field("settings", &self.settings)
            .finish()
    }
}
