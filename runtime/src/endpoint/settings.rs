//! How an endpoint takes and answers requests, and what it asks of an inbox.

use std::time::Duration;

use http::StatusCode;

use super::{AllowFrom, Dedupe, Endpoint};
use crate::{inbox::Retry, provider::Provider};

/// How an endpoint takes and answers requests.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    pub(crate) body_limit: usize,
    pub(crate) body_timeout: Duration,
    pub(crate) unrouted: Unrouted,
    pub(crate) success: StatusCode,
    pub(crate) allow_from: Option<AllowFrom>,
    // With an inbox:
    pub(crate) dedupe: Dedupe,
    /// `None` leaves it to the catalog.
    pub(crate) coalesce: Option<bool>,
    pub(crate) concurrency: usize,
    pub(crate) retry: Retry,
    /// Of these, what was set.
    pub(crate) need_inbox: Vec<&'static str>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            body_limit: 1024 * 1024,
            body_timeout: Duration::from_secs(10),
            unrouted: Unrouted::Acknowledge,
            success: StatusCode::OK,
            allow_from: None,
            dedupe: Dedupe::ProviderId,
            coalesce: None,
            concurrency: 16,
            retry: Retry::default(),
            need_inbox: Vec::new(),
        }
    }
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
    /// It is acknowledged and counted: senders add events, and one that is refused is sent again in vain. An inbox
    /// keeps it for a while, for a process that has a handler, or for a replay; except one whose name has more than
    /// [`EventName::MAX_LEN`](crate::EventName::MAX_LEN) bytes, which no handler can name.
    #[default]
    Acknowledge,
    /// It is acknowledged and counted, and an inbox does not keep it.
    Discard,
    /// It is answered 404.
    Reject,
}

impl<P: Provider, S: 'static> Endpoint<P, S> {
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

    /// Says by what a repeated delivery is recognised. By the sender's id unless set. Needs an inbox.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).dedupe(switchhook::Dedupe::by(["/data/id", "/data/version"]))
    /// # }
    /// ```
    #[must_use]
    pub fn dedupe(mut self, dedupe: Dedupe) -> Self {
        self.settings.dedupe = dedupe;
        self.settings.need_inbox.push("dedupe");
        self
    }

    /// Says whether a delivery is dropped while an identical one waits that no handler has seen. Unless set, that is
    /// so for the events that the provider's catalog marks as hints. Needs an inbox.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).coalesce(false)
    /// # }
    /// ```
    #[must_use]
    pub fn coalesce(mut self, coalesce: bool) -> Self {
        self.settings.coalesce = Some(coalesce);
        self.settings.need_inbox.push("coalesce");
        self
    }

    /// How many handlers of this endpoint run at once, 16 unless set. Needs an inbox.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).concurrency(4)
    /// # }
    /// ```
    #[must_use]
    pub fn concurrency(mut self, handlers: usize) -> Self {
        self.settings.concurrency = handlers.max(1);
        self.settings.need_inbox.push("concurrency");
        self
    }

    /// How often a delivery is tried, and when. Needs an inbox.
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
    /// Endpoint::new(Argyle::new("optional-secret"), handlers![record]).retry(switchhook::inbox::Retry::default().attempts(5))
    /// # }
    /// ```
    #[must_use]
    pub fn retry(mut self, retry: Retry) -> Self {
        self.settings.retry = retry;
        self.settings.need_inbox.push("retry");
        self
    }
}
