//! The inbox in a SQLite file.
//!
//! One connection writes. Whoever needs it waits for its turn in a fair queue: ingest, workers, and the transactions of
//! handlers, of which no more than one waits there at a time.

mod claim;
mod coalesce;
mod complete;
mod connection;
mod effects;
mod file;
mod insert;
mod listing;
mod prune;
mod quarantine;
mod select;
#[cfg(test)]
mod tests;
mod unrouted;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde::Serialize;
use sqlx::{Row, SqliteConnection, SqlitePool, sqlite::SqliteRow};
use tokio::sync::Semaphore;

pub(super) use self::file::DatabaseFile;
use self::{
    connection::{Reading, Turn, Writer},
    file::FileId,
};
use super::{
    Count, Cursor, Entry, Filter, InboxError, Record, Retention,
    effects::Effects,
    model::{Adopt, Claimed, Completion, Held, Key, NewDelivery, Queue, Refusal, Stored, Want},
    retention::PruneStep,
    rows::micros,
    store::{Answer, Selectable, Selection, Store},
};
use crate::{Clock, DeliveryId};

/// A store in a SQLite file, or in memory. Copies share it.
#[derive(Clone)]
pub(crate) struct SqliteStore(Arc<Inner>);

struct Inner {
    /// `None` in memory.
    file: Option<DatabaseFile>,
    database: Mutex<Arc<Database>>,
    clock: Arc<dyn Clock>,
    /// Lets one handler's transaction wait for the connection at a time.
    turn: Arc<Semaphore>,
    tx_limit: Duration,
    /// How far the pass over the keys has come that looks for old ones.
    last_pruned_key: Mutex<Option<Key>>,
}

/// An open database.
pub(super) struct Database {
    writer: Writer,
    /// `None` in memory.
    readers: Option<SqlitePool>,
    /// Which file it is.
    id: Option<FileId>,
    /// The numbers of the queues; they never change.
    queues: Mutex<HashMap<Queue, i64>>,
}

impl SqliteStore {
    /// Opens a file, and makes it where there is none.
    pub(crate) async fn open(
        file: Option<DatabaseFile>,
        clock: Arc<dyn Clock>,
        tx_limit: Duration,
    ) -> Result<Self, InboxError> {
        if let Some(file) = &file {
            file.make()?;
        }
        let database = Mutex::new(Arc::new(file::open(file.as_ref()).await?));
        let turn = Arc::new(Semaphore::new(1));
        Ok(Self(Arc::new(Inner { file, database, clock, turn, tx_limit, last_pruned_key: Mutex::default() })))
    }

    /// The time, in microseconds.
    fn now(&self) -> i64 {
        micros(self.0.clock.now())
    }

    /// The database in the file that is there now.
    async fn database(&self) -> Result<Arc<Database>, InboxError> {
        let database = Arc::clone(&self.0.database.lock().unwrap_or_else(PoisonError::into_inner));
        let Some(file) = &self.0.file else { return Ok(database) };
        if file.id()? == database.id {
            return Ok(database);
        }
        // Another file was put there, such as a backup.
        let reopened = Arc::new(file::open(Some(file)).await?);
        *self.0.database.lock().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&reopened);
        Ok(reopened)
    }

    /// Begins to write.
    async fn begin(&self) -> Result<Writing, InboxError> {
        self.begin_in(self.database().await?).await
    }

    /// Begins to write into this database.
    async fn begin_in(&self, database: Arc<Database>) -> Result<Writing, InboxError> {
        let tx = database.writer.begin().await?;
        Ok(Writing { store: self.clone(), database, tx })
    }

    /// The connection that writes into this database, for a transaction that the caller begins and commits with queries
    /// of its own.
    async fn lock_in(&self, database: Arc<Database>) -> Result<Writing, InboxError> {
        let tx = database.writer.lock().await?;
        tx.will_begin();
        Ok(Writing { store: self.clone(), database, tx })
    }
}

/// A transaction of ours that writes.
struct Writing {
    store: SqliteStore,
    database: Arc<Database>,
    tx: Turn,
}

impl Writing {
    /// Makes it durable.
    async fn commit(self) -> Result<(), InboxError> {
        self.tx.commit().await?;
        is_there(&self.store, &self.database)
    }

    /// Says that it was made durable by a query of the caller's.
    fn has_committed(self) -> Result<(), InboxError> {
        self.tx.has_committed();
        is_there(&self.store, &self.database)
    }
}

/// What went into a file that is no longer there is not durable.
fn is_there(store: &SqliteStore, database: &Database) -> Result<(), InboxError> {
    match &store.0.file {
        Some(file) if file.id()? != database.id => Err(InboxError::Gone { path: file.path().into() }),
        _ => Ok(()),
    }
}

impl Database {
    async fn reading(&self) -> Result<Reading, InboxError> {
        Ok(match &self.readers {
            Some(readers) => Reading::Own(readers.acquire().await?),
            None => Reading::OfTheWriter(self.writer.lock().await?),
        })
    }

    /// The number of a queue; it is given one where it has none.
    async fn queue(&self, queue: &Queue) -> Result<i64, InboxError> {
        if let Some(id) = self.queues.lock().unwrap_or_else(PoisonError::into_inner).get(queue) {
            return Ok(*id);
        }
        let id = queue_number(&mut *self.writer.lock().await?, queue).await?;
        self.queues.lock().unwrap_or_else(PoisonError::into_inner).insert(queue.clone(), id);
        Ok(id)
    }
}

/// The number of a queue; it is given one where it has none.
async fn queue_number(connection: &mut SqliteConnection, queue: &Queue) -> Result<i64, InboxError> {
    sqlx::query("INSERT OR IGNORE INTO switchhook_queue (endpoint, consumer) VALUES (?, ?)")
        .bind(&*queue.endpoint)
        .bind(&*queue.consumer)
        .execute(&mut *connection)
        .await?;
    let id = sqlx::query_scalar("SELECT id FROM switchhook_queue WHERE endpoint = ? AND consumer = ?")
        .bind(&*queue.endpoint)
        .bind(&*queue.consumer)
        .fetch_one(connection)
        .await?;
    Ok(id)
}

/// Rows of one statement: SQLite takes at most 32,766 values.
const ROWS: usize = 2_000;

/// A list as JSON, of which a statement takes any length. Of numbers and texts it cannot fail; a statement refuses what is
/// no JSON.
fn json(list: &(impl Serialize + ?Sized)) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

/// The lanes in two columns of these rows: the queue's number and the lane's name.
fn lanes(rows: &[SqliteRow], queue: usize, lane: usize) -> Vec<(i64, String)> {
    rows.iter().filter_map(|row| Some((row.get(queue), row.get::<Option<String>, _>(lane)?))).collect()
}

impl Store for SqliteStore {
    fn kind(&self) -> &'static str {
        "SQLite"
    }

    fn insert(&self, batch: Vec<NewDelivery>) -> Answer<'_, Vec<Stored>> {
        Box::pin(insert::insert(self, batch))
    }

    fn claim<'a>(&'a self, wants: &'a mut [Want], total: usize, lease: Duration) -> Answer<'a, Claimed> {
        Box::pin(claim::claim(self, wants, total, lease))
    }

    fn renew<'a>(&'a self, held: &'a [Held], lease: Duration) -> Answer<'a, Vec<Held>> {
        Box::pin(claim::renew(self, held, lease))
    }

    fn complete<'a>(&'a self, attempts: &'a [Completion]) -> Answer<'a, ()> {
        Box::pin(complete::complete(self, attempts))
    }

    fn release<'a>(&'a self, held: &'a [Held]) -> Answer<'a, ()> {
        Box::pin(claim::release(self, held))
    }

    fn effects(&self, held: Held) -> Arc<dyn Effects> {
        Arc::new(effects::SqliteEffects::new(self.clone(), held))
    }

    fn adopt<'a>(&'a self, router: &'a dyn Adopt, max_age: Duration) -> Answer<'a, usize> {
        Box::pin(unrouted::adopt(self, router, max_age))
    }

    fn prune<'a>(&'a self, retention: &'a Retention) -> Answer<'a, PruneStep> {
        Box::pin(prune::prune(self, retention))
    }

    fn tidy(&self) -> Answer<'_, ()> {
        Box::pin(async {
            // Whoever copies the file alone then has everything.
            let database = self.database().await?;
            let mut connection = database.writer.lock().await?;
            sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut *connection).await?;
            Ok(())
        })
    }

    #[cfg(feature = "testing")]
    fn limit_pages(&self, pages: u32) -> Answer<'_, ()> {
        Box::pin(async move {
            let database = self.database().await?;
            let mut connection = database.writer.lock().await?;
            let limit = format!("PRAGMA max_page_count = {pages}");
            sqlx::query(sqlx::AssertSqlSafe(limit)).execute(&mut *connection).await?;
            Ok(())
        })
    }

    fn counts(&self) -> Answer<'_, Vec<Count>> {
        Box::pin(listing::counts(self))
    }

    fn list<'a>(&'a self, filter: &'a Filter, after: Option<Cursor>, limit: usize) -> Answer<'a, Vec<Entry>> {
        Box::pin(listing::list(self, filter, after, limit))
    }

    fn find(&self, id: DeliveryId) -> Answer<'_, Option<Record>> {
        Box::pin(listing::find(self, id))
    }

    fn select<'a>(&'a self, filter: &'a Filter, which: Selectable) -> Answer<'a, Selection> {
        Box::pin(select::select(self, filter, which))
    }

    fn replay<'a>(&'a self, selection: &'a Selection) -> Answer<'a, u64> {
        Box::pin(select::replay(self, selection))
    }

    fn discard<'a>(&'a self, selection: &'a Selection) -> Answer<'a, u64> {
        Box::pin(select::discard(self, selection))
    }

    fn quarantine(&self, refused: Vec<Refusal>, rows: u64, bytes: u64) -> Answer<'_, ()> {
        Box::pin(quarantine::keep(self, refused, rows, bytes))
    }

    fn quarantined<'a>(
        &'a self,
        endpoint: &'a str,
        after: i64,
        limit: usize,
    ) -> Answer<'a, Vec<(i64, Refusal)>> {
        Box::pin(quarantine::list(self, endpoint, after, limit))
    }

    fn readmit(&self, passed: Vec<(i64, Option<NewDelivery>)>) -> Answer<'_, u64> {
        Box::pin(insert::readmit(self, passed))
    }
}
