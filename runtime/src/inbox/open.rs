//! Opening an inbox.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    sync::Arc,
    time::Duration,
};

#[cfg(feature = "postgres")]
use super::postgres::{Address, PostgresStore};
#[cfg(feature = "sqlite")]
use super::sqlite::{DatabaseFile, SqliteStore};
use super::{Inbox, InboxError, Quarantine, Retention, Settings, store::Store};
use crate::Clock;
#[cfg(feature = "sqlite")]
use crate::SystemClock;

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
#[must_use = "an inbox is not opened until it is awaited"]
pub struct OpenInbox {
    settings: Settings,
    tx_limit: Duration,
    place: Place,
    clock: Option<Arc<dyn Clock>>,
}

/// Where an inbox is.
enum Place {
    #[cfg(feature = "sqlite")]
    Memory,
    #[cfg(feature = "sqlite")]
    File(DatabaseFile),
    #[cfg(feature = "postgres")]
    Postgres { address: Address, schema: Option<String> },
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
    pub fn sqlite(path: impl Into<std::path::PathBuf>) -> OpenInbox {
        OpenInbox::new(Place::File(DatabaseFile::new(path.into())))
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
        OpenInbox::new(Place::Memory)
    }
}

#[cfg(feature = "postgres")]
impl Inbox {
    /// Opens an inbox in a PostgreSQL database (version 13 or later), which any number of processes share. The database is
    /// the URL's, such as `postgres://user:password@host:5432/database`.
    ///
    /// The tables lie in the schema `switchhook`, unless [`schema`](OpenInbox::schema) says otherwise; they are made where
    /// there are none, for which the user needs the right to create a schema. The rest of the database is the
    /// application's, whose tables handlers write with [`Tx`](crate::Tx). A process takes up to 6 connections for the
    /// inbox, and up to 16 for handlers' transactions; to have another
    /// number of those, use [`from_pool`](Self::from_pool). For an encrypted connection add `sqlx` to your dependencies, with
    /// one of its TLS features.
    ///
    /// # Errors
    ///
    /// [`InboxError`] when the database cannot be reached, has tables of a newer version, or has another encoding than
    /// UTF-8.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// let inbox = switchhook::Inbox::postgres("postgres://payroll:secret@db.internal/payroll").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn postgres(url: impl Into<String>) -> OpenInbox {
        OpenInbox::new(Place::Postgres { address: Address::Url(url.into()), schema: None })
    }

    /// Opens an inbox in the PostgreSQL database of an application's pool, as [`postgres`](Self::postgres) does.
    ///
    /// Handlers' transactions are taken from the pool. For itself the inbox makes connections of its own with the pool's
    /// options: it stores deliveries also while the application uses all of the pool.
    ///
    /// # Errors
    ///
    /// As [`postgres`](Self::postgres).
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let pool = sqlx::PgPool::connect("postgres://payroll:secret@db.internal/payroll").await?;
    /// let inbox = switchhook::Inbox::from_pool(pool).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_pool(pool: sqlx::PgPool) -> OpenInbox {
        OpenInbox::new(Place::Postgres { address: Address::Pool(pool), schema: None })
    }
}

impl OpenInbox {
    #[cfg_attr(not(feature = "_sql"), allow(dead_code, reason = "there is no store"))]
    fn new(place: Place) -> Self {
        Self { settings: Settings::default(), tx_limit: Duration::from_secs(2), place, clock: None }
    }

    /// Puts the tables in another schema than `switchhook`, such as when several applications share a database: each takes
    /// its own. An inbox in SQLite has none, and ignores it.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// let inbox = switchhook::Inbox::postgres("postgres://db.internal/payroll").schema("payroll_hooks").await?;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "postgres")]
    pub fn schema(mut self, name: impl Into<String>) -> Self {
        match &mut self.place {
            Place::Postgres { schema, .. } => *schema = Some(name.into()),
            #[cfg(feature = "sqlite")]
            Place::Memory | Place::File(_) => {}
        }
        self
    }

    /// Takes the time from another clock: when attempts are due, leases end and rows are old. In SQLite it is otherwise the
    /// machine's, in PostgreSQL the database's.
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
    pub fn clock(mut self, clock: impl Clock) -> Self {
        self.clock = Some(Arc::new(clock));
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

impl IntoFuture for OpenInbox {
    type Output = Result<Inbox, InboxError>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { settings, tx_limit, place, clock } = self;
            let store = place.open(clock, tx_limit).await?;
            Ok(Inbox::start(store, settings))
        })
    }
}

impl Place {
    #[cfg_attr(
        not(feature = "_sql"),
        allow(unused_variables, clippy::unused_async, reason = "there is no store to open")
    )]
    async fn open(
        self,
        clock: Option<Arc<dyn Clock>>,
        tx_limit: Duration,
    ) -> Result<Arc<dyn Store>, InboxError> {
        #[cfg(feature = "sqlite")]
        let machines = || clock.clone().unwrap_or_else(|| Arc::new(SystemClock));
        match self {
            #[cfg(feature = "sqlite")]
            Self::Memory => Ok(Arc::new(SqliteStore::open(None, machines(), tx_limit).await?)),
            #[cfg(feature = "sqlite")]
            Self::File(file) => Ok(Arc::new(SqliteStore::open(Some(file), machines(), tx_limit).await?)),
            #[cfg(feature = "postgres")]
            Self::Postgres { address, schema } => {
                Ok(Arc::new(PostgresStore::open(address, schema.as_deref(), clock, tx_limit).await?))
            }
        }
    }
}

/// Without the address, which may have a password in it.
impl fmt::Debug for OpenInbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenInbox").field("settings", &self.settings).finish_non_exhaustive()
    }
}
