//! Opening an inbox.

use std::time::Duration;

#[cfg(feature = "sqlite")]
use std::{
    future::{Future, IntoFuture},
    path::PathBuf,
    pin::Pin,
    sync::Arc,
};

#[cfg(feature = "sqlite")]
use super::{
    Inbox, InboxError,
    sqlite::{DatabaseFile, SqliteStore},
};
use super::{Quarantine, Retention, Settings};
#[cfg(feature = "sqlite")]
use crate::{Clock, SystemClock};

/// An inbox that is about to be opened: await it as it is, or change these settings first.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), switchhook::InboxError> {
/// use std::time::Duration;
/// use switchhook::Inbox;
///
/// let inbox = Inbox::memory().concurrency(8).lease(Duration::from_secs(60)).await?;
/// # Ok(())
/// # }
/// # #[cfg(not(feature = "sqlite"))]
/// # fn main() {}
/// ```
#[derive(Debug)]
#[must_use = "an inbox is not opened until it is awaited"]
pub struct OpenInbox {
    settings: Settings,
    tx_limit: Duration,
    #[cfg(feature = "sqlite")]
    file: Option<PathBuf>,
    #[cfg(feature = "sqlite")]
    clock: Arc<dyn Clock>,
}

#[cfg(feature = "sqlite")]
impl Inbox {
    /// Opens an inbox in a SQLite file, and makes the file (mode 0600) where there is none. Its folder must be there.
    ///
    /// The tables' names begin with `switchhook_`; the file may hold an application's own tables, which handlers
    /// write with [`Tx`](crate::Tx). Only one machine can use it: put it on a local disk.
    ///
    /// # Errors
    ///
    /// [`InboxError`] when the file cannot be opened, has tables of a newer version, or the SQLite library is one
    /// that can lose data.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// let inbox = switchhook::Inbox::sqlite("inbox.db").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn sqlite(path: impl Into<PathBuf>) -> OpenInbox {
        OpenInbox::new(Some(path.into()))
    }

    /// Opens an inbox in memory, for tests: it is gone with the process.
    ///
    /// # Errors
    ///
    /// [`InboxError`] when the SQLite library is one that can lose data.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// let inbox = switchhook::Inbox::memory().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn memory() -> OpenInbox {
        OpenInbox::new(None)
    }
}

impl OpenInbox {
    #[cfg(feature = "sqlite")]
    fn new(file: Option<PathBuf>) -> Self {
        let clock = Arc::new(SystemClock);
        Self { settings: Settings::default(), tx_limit: Duration::from_secs(2), file, clock }
    }

    /// Takes the time from another clock than the machine's: when attempts are due, leases end and rows are old.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// # #[cfg(feature = "testing")] {
    /// let clock = switchhook::testing::TestClock::at(std::time::UNIX_EPOCH);
    /// let inbox = switchhook::Inbox::memory().clock(clock.clone()).await?;
    /// # }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlite")]
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// How many handlers run at once in all, 64 unless set; see also
    /// [`Endpoint::concurrency`](crate::Endpoint::concurrency).
    ///
    /// # Examples
    ///
    /// See [`OpenInbox`].
    pub fn concurrency(mut self, handlers: usize) -> Self {
        self.settings.concurrency = handlers.max(1);
        self
    }

    /// How long a process that ends without a word keeps its work from others, 15 s unless set. While it runs it
    /// renews the lease, however long a handler takes.
    ///
    /// # Examples
    ///
    /// See [`OpenInbox`].
    pub fn lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease.max(Duration::from_millis(100));
        self
    }

    /// How many deliveries may wait to be stored, 1,024 unless set; further ones are answered 503.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// let opening = switchhook::Inbox::memory().ingest_queue(128);
    /// ```
    pub fn ingest_queue(mut self, deliveries: usize) -> Self {
        self.settings.ingest_queue = deliveries.max(1);
        self
    }

    /// How long a delivery may wait until it is stored, 5 s unless set; then it is answered 503.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// let opening = switchhook::Inbox::memory().ingest_deadline(std::time::Duration::from_secs(2));
    /// ```
    pub fn ingest_deadline(mut self, deadline: Duration) -> Self {
        self.settings.ingest_deadline = deadline;
        self
    }

    /// How long a handler's [`Tx`](crate::Tx) may be open, 2 s unless set; then the run has failed.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// let opening = switchhook::Inbox::memory().tx_limit(std::time::Duration::from_millis(500));
    /// ```
    pub fn tx_limit(mut self, limit: Duration) -> Self {
        self.tx_limit = limit;
        self
    }

    /// How long what is done is kept.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// let opening = switchhook::Inbox::memory().retention(switchhook::inbox::Retention::default());
    /// ```
    pub fn retention(mut self, retention: Retention) -> Self {
        self.settings.retention = retention;
        self
    }

    /// Keeps requests that were refused for their signature apart, to verify them again after a wrong secret was
    /// mended. None are kept unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// let opening = switchhook::Inbox::memory().quarantine(switchhook::inbox::Quarantine::default());
    /// ```
    pub fn quarantine(mut self, quarantine: Quarantine) -> Self {
        self.settings.quarantine = Some(quarantine);
        self
    }
}

#[cfg(feature = "sqlite")]
impl IntoFuture for OpenInbox {
    type Output = Result<Inbox, InboxError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { settings, tx_limit, file, clock } = self;
            let store = SqliteStore::open(file.map(DatabaseFile::new), clock, tx_limit).await?;
            Ok(Inbox::start(Arc::new(store), settings))
        })
    }
}
