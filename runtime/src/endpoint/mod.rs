//! An endpoint: one provider instance with its consumers.

pub(crate) mod allow_from;
pub(crate) mod consumer;
pub(crate) mod freeze;
pub(crate) mod mounted;

use std::{fmt, time::Duration};

use http::StatusCode;

pub use allow_from::AllowFrom;

use crate::{handler::HandlerList, provider::Provider};

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
pub struct Endpoint<P, S> {
    name: String,
    provider: P,
    consumers: Vec<(String, Vec<HandlerList<P, S>>)>,
    settings: Settings,
}

/// How an endpoint takes and answers requests.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) body_limit: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) unrouted: Unrouted,
    pub(crate) success: StatusCode,
    pub(crate) allow_from: Option<AllowFrom>,
}

/// What becomes of a delivery whose event has no handler.
///
/// # Examples
///
/// ```
/// use switchhook::{Endpoint, Unrouted, handlers, webhook_handler};
/// use switchhook::provider::argyle::Argyle;
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh() {}
///
/// # fn endpoint() -> Endpoint<Argyle, ()> {
/// Endpoint::new(Argyle::new("optional-secret"), handlers![refresh]).unrouted(Unrouted::Reject)
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Unrouted {
    /// It is acknowledged and counted: senders add events, and one that is refused is sent again in vain.
    #[default]
    Acknowledge,
    /// It is answered 404.
    Reject,
}

impl<P: Provider, S> Endpoint<P, S> {
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
        Self {
            name: P::NAME.to_ascii_lowercase(),
            provider,
            consumers: vec![(Self::DEFAULT_CONSUMER.to_owned(), vec![handlers])],
            settings: Settings {
                body_limit: 1024 * 1024,
                body_timeout: Duration::from_secs(10),
                unrouted: Unrouted::Acknowledge,
                success: StatusCode::OK,
                allow_from: None,
            },
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
        self.consumers[0].1.push(handlers);
        self
    }

    /// Adds a consumer: a list that gets every delivery too, and fails on its own.
    ///
    /// Without an inbox all consumers run for a request, and the worst outcome answers it.
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
        self.consumers.push((name.into(), vec![handlers]));
        self
    }

    /// Says what becomes of a delivery whose event has no handler. Acknowledged unless set.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).unrouted(switchhook::Unrouted::Reject)
    /// # }
    /// ```
    #[must_use]
    pub fn unrouted(mut self, unrouted: Unrouted) -> Self {
        self.settings.unrouted = unrouted;
        self
    }

    /// Lets only some addresses send. Any unless set.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).allow_from(switchhook::AllowFrom::addresses(switchhook::provider::argyle::ADDRESSES))
    /// # }
    /// ```
    #[must_use]
    pub fn allow_from(mut self, allowed: AllowFrom) -> Self {
        self.settings.allow_from = Some(allowed);
        self
    }

    /// The most bytes a body may have, 1 MiB unless set; more are answered 413.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).body_limit(64 * 1024)
    /// # }
    /// ```
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.settings.body_limit = bytes;
        self
    }

    /// How long a body may take to arrive, 10 s unless set; longer ones are answered 408.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).body_timeout(std::time::Duration::from_secs(3))
    /// # }
    /// ```
    #[must_use]
    pub fn body_timeout(mut self, timeout: Duration) -> Self {
        self.settings.body_timeout = timeout;
        self
    }

    /// The status that acknowledges a delivery, 200 unless set; `build()` refuses one that is no 2xx.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).success_status(http::StatusCode::NO_CONTENT)
    /// # }
    /// ```
    #[must_use]
    pub fn success_status(mut self, status: StatusCode) -> Self {
        self.settings.success = status;
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
