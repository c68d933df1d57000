//! The inbox in PostgreSQL, which any number of processes share.
//!
//! Whoever changes what waits or runs in a lane holds that lane's lock until it commits, and takes all the locks it needs
//! at once, in their order, before it looks: nobody else's change is then missed. Keys come before lanes; and whoever holds
//! lanes waits for no row that somebody else runs or takes, so nobody waits in a circle.

mod claim;
mod complete;
mod database;
mod effects;
mod insert;
mod lanes;
mod lease;
mod line;
mod listen;
mod listing;
mod pace;
mod prune;
mod quarantine;
mod select;
mod settings;
mod simple;
#[cfg(test)]
mod tests;
mod text;
mod unrouted;
mod write;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Notify, time::timeout};

pub(super) use self::database::Address;
use self::{
    database::Database,
    pace::{Floors, Pace},
};
use super::{
    Count, Cursor, Entry, Filter, InboxError, Record, Retention,
    effects::{Boxed, Effects},
    model::{Adopt, Claimed, Completion, Held, NewDelivery, Queue, Refusal, Stored, Want},
    retention::PruneStep,
    rows::micros,
    store::{Answer, Selectable, Selection, Store},
};
use crate::{Clock, DeliveryId};

/// How long the database is given for anything. Where the network swallows what is sent, nobody else would say that it
/// has failed.
const PATIENCE: Duration = Duration::from_secs(5);

/// A store in a schema of a PostgreSQL database. Copies share it.
#[derive(Clone)]
pub(crate) struct PostgresStore(Arc<Inner>);

struct Inner {
    database: Database,
    /// Instead of the database's own.
    clock: Option<Arc<dyn Clock>>,
    tx_limit: Duration,
    /// The numbers of the queues; they never change.
    queues: Mutex<HashMap<Queue, i64>>,
    /// How far the pass over the keys has come that looks for old ones.
    last_pruned_key: Mutex<Option<Vec<u8>>>,
    /// Looking for leases that have ended.
    sweeps: Pace,
    floors: Floors,
    /// There is work that others are to be told of.
    news: Arc<Notify>,
}

impl Drop for Inner {
    fn drop(&mut self) {
        // Whoever waits for news ends.
        self.news.notify_one();
    }
}

/// The time in microseconds since 1970, unless a test gives another as this parameter.
macro_rules! now {
    ($parameter:literal) => {
        concat!("coalesce(", $parameter, ", (extract(epoch FROM clock_timestamp()) * 1000000)::bigint)")
    };
}
use now;

impl PostgresStore {
    /// Opens a schema, and makes it where there is none.
    pub(crate) async fn open(
        address: Address,
        schema: Option<&str>,
        clock: Option<Arc<dyn Clock>>,
        tx_limit: Duration,
    ) -> Result<Self, InboxError> {
        let database = Database::open(address, schema).await?;
        let store = Self(Arc::new(Inner {
            database,
            tx_limit,
            queues: Mutex::default(),
            last_pruned_key: Mutex::default(),
            sweeps: Pace::new(clock.is_some()),
            floors: Floors::new(clock.is_some()),
            news: Arc::default(),
            clock,
        }));
        listen::tell_news(&store);
        Ok(store)
    }

    fn database(&self) -> &Database {
        &self.0.database
    }

    /// The time that a test has set.
    fn set_time(&self) -> Option<i64> {
        self.0.clock.as_ref().map(|clock| micros(clock.now()))
    }

    /// The number of a queue; it is given one where it has none.
    async fn queue(&self, queue: &Queue) -> Result<i64, InboxError> {
        if let Some(id) = self.0.queues.lock().unwrap_or_else(PoisonError::into_inner).get(queue) {
            return Ok(*id);
        }
        let database = self.database();
        // A number that is refused is lost, and there are not many: it is asked for only where it is needed.
        sqlx::query(database.sql(
            "INSERT INTO switchhook.queue (endpoint, consumer) SELECT $1, $2 WHERE NOT EXISTS \
             (SELECT 1 FROM switchhook.queue WHERE endpoint = $1 AND consumer = $2) ON CONFLICT DO NOTHING",
        ))
        .bind(&*queue.endpoint)
        .bind(&*queue.consumer)
        .execute(database.own())
        .await?;
        let id = sqlx::query_scalar(
            database.sql("SELECT id FROM switchhook.queue WHERE endpoint = $1 AND consumer = $2"),
        )
        .bind(&*queue.endpoint)
        .bind(&*queue.consumer)
        .fetch_one(database.own())
        .await?;
        self.0.queues.lock().unwrap_or_else(PoisonError::into_inner).insert(queue.clone(), id);
        Ok(id)
    }

    /// Lets other processes know that there is work.
    fn announce(&self) {
        self.0.news.notify_one();
    }
}

/// The database did not answer.
#[derive(Debug, thiserror::Error)]
#[error("the database did not answer within {PATIENCE:?}")]
struct Silent;

/// Gives up after a while.
fn bounded<'a, T>(answer: impl Future<Output = Result<T, InboxError>> + Send + 'a) -> Answer<'a, T> {
    Box::pin(async {
        timeout(PATIENCE, answer).await.unwrap_or_else(|_| Err(InboxError::Store(Silent.into())))
    })
}

impl Store for PostgresStore {
    fn kind(&self) -> &'static str {
        "PostgreSQL"
    }

    fn insert(&self, batch: Vec<NewDelivery>) -> Answer<'_, Vec<Stored>> {
        bounded(insert::insert(self, batch))
    }

    fn claim<'a>(&'a self, wants: &'a mut [Want], total: usize, lease: Duration) -> Answer<'a, Claimed> {
        bounded(claim::claim(self, wants, total, lease))
    }

    fn renew<'a>(&'a self, held: &'a [Held], lease: Duration) -> Answer<'a, Vec<Held>> {
        bounded(lease::renew(self, held, lease))
    }

    fn complete<'a>(&'a self, attempts: &'a [Completion]) -> Answer<'a, ()> {
        bounded(complete::complete(self, attempts))
    }

    fn release<'a>(&'a self, held: &'a [Held]) -> Answer<'a, ()> {
        bounded(lease::release(self, held))
    }

    fn effects(&self, held: Held) -> Arc<dyn Effects> {
        Arc::new(effects::PostgresEffects::new(self.clone(), held))
    }

    fn adopt<'a>(&'a self, router: &'a dyn Adopt, max_age: Duration) -> Answer<'a, usize> {
        bounded(unrouted::adopt(self, router, max_age))
    }

    fn prune<'a>(&'a self, retention: &'a Retention) -> Answer<'a, PruneStep> {
        bounded(prune::prune(self, retention))
    }

    fn tidy(&self) -> Answer<'_, ()> {
        Box::pin(async { Ok(()) })
    }

    #[cfg(feature = "testing")]
    fn limit_pages(&self, _: u32) -> Answer<'_, ()> {
        Box::pin(async { Err(InboxError::Store("only an inbox in SQLite can be limited so".into())) })
    }

    fn listen(&self, wake: Arc<Notify>) -> Option<Boxed<'static, ()>> {
        Some(Box::pin(listen::listen(self.clone(), wake)))
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
        bounded(quarantine::keep(self, refused, rows, bytes))
    }

    fn quarantined<'a>(
        &'a self,
        endpoint: &'a str,
        after: i64,
        limit: usize,
    ) -> Answer<'a, Vec<(i64, Refusal)>> {
        bounded(quarantine::list(self, endpoint, after, limit))
    }

    fn readmit(&self, passed: Vec<(i64, Option<NewDelivery>)>) -> Answer<'_, u64> {
        bounded(insert::readmit(self, passed))
    }
}
