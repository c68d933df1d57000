#![doc = include_str!("../../docs/inbox.md")]
#![cfg_attr(
    not(feature = "_sql"),
    allow(dead_code, reason = "without a store there is nobody to use the rest")
)]

mod admin;
pub(crate) mod at_rest;
pub(crate) mod effects;
mod error;
mod filter;
pub(crate) mod ingest;
pub(crate) mod lane;
pub(crate) mod model;
mod open;
#[cfg(feature = "_sql")]
mod plan;
#[cfg(feature = "postgres")]
mod postgres;
pub(crate) mod quarantine;
mod records;
mod retention;
mod retry;
#[cfg(feature = "_sql")]
mod rows;
#[cfg(all(test, feature = "_sql"))]
mod simulation;
#[cfg(feature = "_sql")]
pub(crate) mod slot;
#[cfg(feature = "sqlite")]
mod sqlite;
mod store;
#[cfg(all(test, feature = "_sql"))]
mod suite;
pub(crate) mod worker;

use std::{fmt, sync::Arc, time::Duration};

use tokio::sync::Notify;

pub use self::{
    admin::Chosen,
    error::InboxError,
    filter::Filter,
    open::OpenInbox,
    quarantine::{Quarantine, Reverified},
    records::{AttemptRecord, Count, Cursor, CursorError, Entry, Page, Record, WorkRecord, WorkState},
    retention::{Pruned, Retention},
    retry::Retry,
};
use self::{ingest::Ingest, quarantine::Ward, store::Store};

/// A durable store of deliveries and of each consumer's work on them. Copies share it.
///
/// With an inbox, a delivery is acknowledged when it is on disk, and then worked off: *deliveries are handled at least
/// once; effects in [`Tx`](crate::Tx) commit once per delivery and consumer.*
///
/// # Examples
///
/// ```no_run
/// # #[cfg(feature = "sqlite")]
/// # #[tokio::main]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use switchhook::{Endpoint, Inbox, Webhooks, handlers, webhook_handler};
/// use switchhook::provider::argyle::Argyle;
///
/// #[webhook_handler("identities.updated", attempts = 5, ordered_by = "identity")]
/// async fn refresh() {}
///
/// let webhooks = Webhooks::builder()
///     .endpoint(Endpoint::new(Argyle::new("optional-secret"), handlers![refresh]))
///     .inbox(Inbox::sqlite("inbox.db").await?)
///     .build()?;
/// let listener = tokio::net::TcpListener::bind("127.0.0.1:3000").await?;
/// webhooks.serve(listener, webhooks.router()).await?; // takes deliveries and works them off
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
#[derive(Clone)]
pub struct Inbox {
    pub(crate) core: Arc<Core>,
}

/// What the copies of an inbox share.
pub(crate) struct Core {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) ingest: Ingest,
    pub(crate) ward: Option<Ward>,
    /// Wakes the worker, since there is something to do.
    pub(crate) wake: Arc<Notify>,
    pub(crate) settings: Settings,
}

/// How an inbox works.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// How many handlers run at once.
    pub(crate) concurrency: usize,
    pub(crate) lease: Duration,
    pub(crate) ingest_queue: usize,
    pub(crate) ingest_deadline: Duration,
    pub(crate) retention: Retention,
    pub(crate) quarantine: Option<Quarantine>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrency: 64,
            lease: Duration::from_secs(15),
            ingest_queue: 1_024,
            ingest_deadline: Duration::from_secs(5),
            retention: Retention::default(),
            quarantine: None,
        }
    }
}

impl Inbox {
    /// Puts a store to work. Must be called within an async runtime.
    fn start(store: Arc<dyn Store>, settings: Settings) -> Self {
        let wake = Arc::new(Notify::new());
        let (ingest, writer) = Ingest::new(Arc::clone(&store), Arc::clone(&wake), &settings);
        #[expect(clippy::disallowed_methods, reason = "it ends with the inbox's last copy")]
        tokio::spawn(writer);
        let ward = settings.quarantine.map(|quarantine| Ward::start(Arc::clone(&store), quarantine));
        Self { core: Arc::new(Core { store, ingest, ward, wake, settings }) }
    }
}

impl fmt::Debug for Inbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inbox").field("settings", &self.core.settings).finish_non_exhaustive()
    }
}
