//! A connection for one kind of the inbox's own transactions, of which one runs at a time.

use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex as SyncMutex, PoisonError},
    time::Duration,
};

use sqlx::{Connection, PgConnection, PgPool, Postgres, pool::PoolConnection};
use tokio::{
    sync::{Mutex, OwnedMutexGuard},
    time::{Instant, timeout},
};

use super::settings::{BEGIN, OF_CONNECTION};
use crate::inbox::InboxError;

/// After a failure to connect, those who have waited meanwhile are not made to wait once more.
const AWAY: Duration = Duration::from_millis(100);

/// A connection that was used within this time is taken to be there.
const FRESH: Duration = Duration::from_secs(1);

/// Otherwise it must say so within this time.
const SIGN_OF_LIFE: Duration = Duration::from_secs(1);

/// A connection that stays out of its pool between two transactions: giving it back costs a way to the server.
pub(super) struct Line {
    pool: PgPool,
    home: Arc<Mutex<Option<Kept>>>,
    /// When it could not be connected last.
    failed: SyncMutex<Option<Instant>>,
}

impl Line {
    pub(super) fn new(pool: PgPool) -> Self {
        Self { pool, home: Arc::default(), failed: SyncMutex::default() }
    }

    /// Begins a transaction, when those before have ended.
    pub(super) async fn begin(&self) -> Result<Turn, InboxError> {
        let mut turn = self.alone().await?;
        sqlx::raw_sql(BEGIN).execute(&mut *turn).await?;
        Ok(turn)
    }

    /// The connection for one statement, which is a transaction by itself.
    pub(super) async fn alone(&self) -> Result<Turn, InboxError> {
        let mut home = Arc::clone(&self.home).lock_owned().await;
        if let Some(Kept { mut connection, since }) = home.take() {
            // Where nothing was done with it for a while, it is seen first whether it has ended meanwhile.
            let lives = since.elapsed() < FRESH
                || timeout(SIGN_OF_LIFE, connection.ping()).await.is_ok_and(|answer| answer.is_ok());
            if lives {
                return Ok(Turn { connection, home });
            }
            tracing::debug!("a connection to the inbox's database has ended");
        }
        Ok(Turn { connection: self.connect().await?, home })
    }

    async fn connect(&self) -> Result<PoolConnection<Postgres>, InboxError> {
        let failed = || self.failed.lock().unwrap_or_else(PoisonError::into_inner);
        if failed().is_some_and(|failed| failed.elapsed() < AWAY) {
            return Err(InboxError::Store("the database could not be reached a moment ago".into()));
        }
        let connected = self.pool.acquire().await;
        *failed() = connected.is_err().then(Instant::now);
        let mut connected = connected?;
        // Whoever gives up a transaction closes its connection, so that the server ends it at once.
        connected.close_on_drop();
        sqlx::raw_sql(OF_CONNECTION).execute(&mut *connected).await?;
        Ok(connected)
    }
}

/// The connection between two transactions.
struct Kept {
    connection: PoolConnection<Postgres>,
    since: Instant,
}

/// A transaction, or a statement alone. Given up before its end it is rolled back.
pub(super) struct Turn {
    connection: PoolConnection<Postgres>,
    home: OwnedMutexGuard<Option<Kept>>,
}

impl Turn {
    pub(super) async fn commit(mut self) -> Result<(), InboxError> {
        sqlx::raw_sql("COMMIT").execute(&mut *self.connection).await?;
        self.give_back();
        Ok(())
    }

    /// Gives the connection back, which is in no transaction.
    pub(super) fn give_back(mut self) {
        *self.home = Some(Kept { connection: self.connection, since: Instant::now() });
    }
}

impl Deref for Turn {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Turn {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}
