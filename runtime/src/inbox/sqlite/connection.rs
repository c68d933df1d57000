//! The one connection that writes, and those that read.

use std::{
    ops::{Deref, DerefMut},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use sqlx::{Sqlite, SqliteConnection, SqlitePool, Transaction, pool::PoolConnection};
use tokio::{
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard},
    time::timeout,
};

use crate::inbox::InboxError;

/// Takes the write lock at once. A transaction that reads first and writes after somebody else's commit would fail,
/// whatever the busy timeout.
const BEGIN: &str = "BEGIN IMMEDIATE";

/// How long anybody waits for the connection.
const PATIENCE: Duration = Duration::from_secs(30);

/// The one connection that writes. Whoever wants it waits in a fair queue.
///
/// Between two turns it stays out of its pool: giving it back there would cost the next one a switch of tasks.
#[derive(Clone)]
pub(super) struct Writer {
    pool: SqlitePool,
    kept: Arc<Mutex<Option<PoolConnection<Sqlite>>>>,
    /// The last turn was given up within a transaction.
    left_open: Arc<AtomicBool>,
}

/// Why nobody else can write.
#[derive(Debug, thiserror::Error)]
#[error("the database's only write connection was in use for {PATIENCE:?}; does a handler keep its `Tx`?")]
struct InUse;

impl Writer {
    /// Takes a pool of one connection.
    pub(super) fn new(pool: SqlitePool) -> Self {
        Self { pool, kept: Arc::default(), left_open: Arc::default() }
    }

    /// The connection, for whoever's turn it is, and in no transaction.
    async fn turn(&self) -> Result<OwnedMutexGuard<Option<PoolConnection<Sqlite>>>, InboxError> {
        let lock = timeout(PATIENCE, Arc::clone(&self.kept).lock_owned()).await;
        let mut kept = lock.or(Err(InboxError::Store(InUse.into())))?;
        if self.left_open.swap(false, Ordering::AcqRel)
            && let Some(mut connection) = kept.take()
        {
            // SQLite may have ended the transaction by itself, when the disk was full. What cannot even say so is lost.
            match sqlx::query("ROLLBACK").execute(&mut *connection).await {
                Ok(_) | Err(sqlx::Error::Database(_)) => *kept = Some(connection),
                Err(_) => drop(connection.close().await),
            }
        }
        if kept.is_none() {
            *kept = Some(self.pool.acquire().await?);
        }
        Ok(kept)
    }

    /// The connection without a transaction.
    pub(super) async fn lock(&self) -> Result<Turn, InboxError> {
        let connection = OwnedMutexGuard::try_map(self.turn().await?, Option::as_mut);
        let connection = connection.or(Err(InboxError::Store(InUse.into())))?;
        Ok(Turn { connection, writer: self.clone() })
    }

    /// Begins a transaction of ours.
    pub(super) async fn begin(&self) -> Result<Turn, InboxError> {
        let mut turn = self.lock().await?;
        turn.will_begin();
        sqlx::query(BEGIN).execute(&mut *turn).await?;
        Ok(turn)
    }

    /// Begins a transaction for a handler, as sqlx knows it: within it, there can be savepoints.
    pub(super) async fn begin_for_handler(&self) -> Result<HandlersTurn, InboxError> {
        let mut kept = self.turn().await?;
        let connection = match kept.take() {
            Some(connection) => connection,
            None => self.pool.acquire().await?,
        };
        let begin = sqlx::SqlSafeStr::into_sql_str(BEGIN);
        let tx = match Transaction::begin(connection, Some(begin)).await {
            // When the disk is full SQLite ends a transaction by itself, and sqlx 0.9 takes it for open for ever.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.pool.acquire().await?.close().await?;
                self.pool.begin_with(BEGIN).await?
            }
            tx => tx?,
        };
        Ok(HandlersTurn { tx, lock: kept })
    }
}

/// A turn at the connection that writes. Given up within a transaction, it is rolled back.
pub(super) struct Turn {
    connection: OwnedMappedMutexGuard<Option<PoolConnection<Sqlite>>, PoolConnection<Sqlite>>,
    writer: Writer,
}

impl Turn {
    pub(super) async fn commit(mut self) -> Result<(), InboxError> {
        sqlx::query("COMMIT").execute(&mut *self).await?;
        self.has_committed();
        Ok(())
    }

    /// Must be called before a transaction is begun with a query of the caller's.
    pub(super) fn will_begin(&self) {
        self.writer.left_open.store(true, Ordering::Release);
    }

    /// Must be called after it was committed so.
    pub(super) fn has_committed(self) {
        self.writer.left_open.store(false, Ordering::Release);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.writer.left_open.load(Ordering::Acquire)
            && let Ok(runtime) = tokio::runtime::Handle::try_current()
        {
            // The next turn rolls it back. There must be one, since other processes wait for the lock too.
            let writer = self.writer.clone();
            runtime.spawn(async move { drop(writer.turn().await) });
        }
    }
}

impl Deref for Turn {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        &self.connection
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }
}

/// A handler's turn. The transaction ends before the next one begins.
pub(super) struct HandlersTurn {
    pub(super) tx: Transaction<'static, Sqlite>,
    pub(super) lock: OwnedMutexGuard<Option<PoolConnection<Sqlite>>>,
}

/// A connection that reads.
pub(super) enum Reading {
    Own(PoolConnection<Sqlite>),
    /// In memory there is one connection for all.
    OfTheWriter(Turn),
}

impl Deref for Reading {
    type Target = SqliteConnection;

    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            Self::OfTheWriter(turn) => turn,
        }
    }
}

impl DerefMut for Reading {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Own(connection) => connection,
            Self::OfTheWriter(turn) => turn,
        }
    }
}
