//! Storing deliveries: a batch in one transaction.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use sqlx::PgConnection;

use super::{PostgresStore, complete, lanes, quarantine, simple, text, unrouted, write};
use crate::{
    fault,
    inbox::{
        InboxError,
        model::{Key, NewDelivery, Queue, Stored},
        plan::{self, Facts, Place, Plan, Waiting},
        rows::micros,
    },
};

pub(super) async fn insert(
    store: &PostgresStore,
    batch: Vec<NewDelivery>,
) -> Result<Vec<Stored>, InboxError> {
    let queues = queues(store, &batch).await?;
    let fates = if simple::fits(&batch) {
        simple::store(store, batch, queues).await?
    } else {
        store_any(store, &batch, &queues).await?
    };
    if fates.iter().any(|fate| matches!(fate, Stored::New | Stored::Revived)) {
        store.announce();
    }
    Ok(fates)
}

/// Stores a batch, whatever it is, in one transaction.
pub(super) async fn store_any(
    store: &PostgresStore,
    batch: &[NewDelivery],
    queues: &[Vec<i64>],
) -> Result<Vec<Stored>, InboxError> {
    let mut tx = store.database().ingest.begin().await?;
    let fates = insert_in(store, &mut tx, batch, queues).await?;
    fault::at(fault::Point::BeforeCommit);
    tx.commit().await?;
    fault::at(fault::Point::AfterCommit);
    Ok(fates)
}

/// Stores refused requests that have passed, and takes them out of the quarantine, in one transaction.
pub(super) async fn readmit(
    store: &PostgresStore,
    passed: Vec<(i64, Option<NewDelivery>)>,
) -> Result<u64, InboxError> {
    let numbers: Vec<i64> = passed.iter().map(|(number, _)| *number).collect();
    let mut tx = store.database().upkeep.begin().await?;
    let taken = quarantine::take(&mut tx, store.database(), &numbers).await?;
    let still_there = passed.into_iter().filter(|(number, _)| taken.contains(number));
    let batch: Vec<NewDelivery> = still_there.filter_map(|(_, new)| new).collect();
    let queues = queues(store, &batch).await?;
    insert_in(store, &mut tx, &batch, &queues).await?;
    tx.commit().await?;
    store.announce();
    Ok(taken.len() as u64)
}

/// The numbers of the queues of each delivery's work.
async fn queues(store: &PostgresStore, batch: &[NewDelivery]) -> Result<Vec<Vec<i64>>, InboxError> {
    let mut queues = Vec::with_capacity(batch.len());
    for new in batch {
        let mut ids = Vec::with_capacity(new.work.len());
        for work in &new.work {
            let queue = Queue { endpoint: Arc::clone(&new.endpoint), consumer: Arc::clone(&work.consumer) };
            ids.push(store.queue(&queue).await?);
        }
        queues.push(ids);
    }
    Ok(queues)
}

async fn insert_in(
    store: &PostgresStore,
    tx: &mut PgConnection,
    batch: &[NewDelivery],
    queues: &[Vec<i64>],
) -> Result<Vec<Stored>, InboxError> {
    let numbers = Numbers::take(store, tx, batch).await?;
    let known: Vec<i64> = numbers.known.values().copied().collect();
    let dead = complete::dead(tx, store.database(), &known).await?;
    let wanted_lanes = plan::lanes(batch, queues);
    let dead_lanes = dead.iter().filter_map(|dead| Some((dead.queue, dead.lane.as_deref()?)));
    lanes::lock(tx, store.database(), wanted_lanes.iter().copied().chain(dead_lanes)).await?;
    let repeated = repeat(store, tx, batch, &numbers, &dead).await?;
    let lanes = lanes_in_use(store, tx, &wanted_lanes).await?;
    let newest = newest(store, tx, batch, queues).await?;
    let facts = Facts { repeated, lanes, newest };
    let plan = Plan::make(batch, queues, facts, |place| numbers.new[place]);
    write::write(store, tx, &plan).await?;
    Ok(plan.fates)
}

/// What the deliveries of a batch are called.
struct Numbers {
    /// Each one's number, if it is new.
    new: Vec<i64>,
    /// Those keys that are known, with the delivery that each stands for.
    known: BTreeMap<Key, i64>,
    /// Which of the batch repeat an earlier one of it.
    repeated: Vec<bool>,
}

impl Numbers {
    /// Gives numbers, and takes the keys that nobody has. Whoever else stores one of them waits until this transaction
    /// has ended; all do so in the order of the keys.
    async fn take(
        store: &PostgresStore,
        tx: &mut PgConnection,
        batch: &[NewDelivery],
    ) -> Result<Self, InboxError> {
        let mut seen = BTreeSet::new();
        let repeated: Vec<bool> =
            batch.iter().map(|new| new.key.as_ref().is_some_and(|key| !seen.insert(key))).collect();
        let keys: Vec<Option<&[u8]>> = batch
            .iter()
            .zip(&repeated)
            .map(|(new, repeated)| new.key.as_deref().filter(|_| !repeated))
            .collect();
        let received: Vec<i64> = batch.iter().map(|new| micros(new.delivery.received_at())).collect();
        let rows: Vec<(Option<i64>, Option<Key>, Option<i64>)> = sqlx::query_as(store.database().sql(
            "WITH given AS MATERIALIZED (\
             SELECT place, nextval('switchhook.delivery_seq') AS seq, key, received_at \
             FROM unnest($1::bytea[], $2::bigint[]) WITH ORDINALITY AS new (key, received_at, place)), \
             kept AS (INSERT INTO switchhook.key AS known (key, delivery, received_at) \
             SELECT key, seq, received_at FROM given WHERE key IS NOT NULL ORDER BY key \
             ON CONFLICT (key) DO UPDATE SET received_at = known.received_at \
             RETURNING key, delivery, xmax <> 0 AS was_known) \
             (SELECT seq, NULL, NULL FROM given ORDER BY place) \
             UNION ALL SELECT NULL, key, delivery FROM kept WHERE was_known",
        ))
        .bind(keys)
        .bind(received)
        .fetch_all(tx)
        .await?;
        let new = rows.iter().filter_map(|(seq, ..)| *seq).collect();
        let known = rows.into_iter().filter_map(|(_, key, delivery)| Some((key?, delivery?))).collect();
        Ok(Self { new, known, repeated })
    }
}

/// What becomes of those whose key is known, in the store or in the batch: what of them is dead, or never had a handler,
/// runs now. That is so before anything new takes its lane.
async fn repeat(
    store: &PostgresStore,
    tx: &mut PgConnection,
    batch: &[NewDelivery],
    numbers: &Numbers,
    dead: &[complete::Dead],
) -> Result<Vec<Option<Stored>>, InboxError> {
    let of = |new: &NewDelivery| numbers.known.get(new.key.as_ref()?).copied();
    let work: Vec<i64> = dead.iter().map(|dead| dead.work).collect();
    let requeued = complete::requeue(tx, store, &work, complete::Again::Dead).await?;
    let mut revived: BTreeSet<i64> = requeued.into_iter().map(|work| work >> 16).collect();
    let routed: Vec<i64> = batch.iter().filter(|new| !new.work.is_empty()).filter_map(of).collect();
    revived.extend(unrouted::want(tx, store.database(), &routed).await?);
    let fate = |(new, repeated): (&NewDelivery, &bool)| match of(new) {
        _ if *repeated => Some(Stored::Duplicate),
        Some(delivery) if revived.contains(&delivery) => Some(Stored::Revived),
        known => known.map(|_| Stored::Duplicate),
    };
    Ok(batch.iter().zip(&numbers.repeated).map(fate).collect())
}

/// Of these lanes, those in which something is not at its end.
async fn lanes_in_use(
    store: &PostgresStore,
    tx: &mut PgConnection,
    wanted: &BTreeSet<(i64, &str)>,
) -> Result<BTreeSet<(i64, String)>, InboxError> {
    if wanted.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (queues, names) = lanes::columns(wanted.iter().copied().collect());
    let rows: Vec<(i64, Option<String>)> = sqlx::query_as(store.database().sql(
        "SELECT l.queue, l.lane FROM unnest($1::bigint[], $2::text[]) AS l (queue, lane) WHERE EXISTS (\
         SELECT 1 FROM switchhook.work AS other WHERE other.queue = l.queue AND other.lane = l.lane \
         AND other.lane IS NOT NULL AND other.state < 3)",
    ))
    .bind(queues)
    .bind(names)
    .fetch_all(tx)
    .await?;
    Ok(lanes::read(rows.into_iter()))
}

/// Queue, lane; number, event, body and tenant of the delivery.
type WaitingRow = (i64, Option<String>, i64, String, Vec<u8>, Option<String>);

/// The newest deliveries where hints of the batch would go, if they wait and were never tried.
async fn newest(
    store: &PostgresStore,
    tx: &mut PgConnection,
    batch: &[NewDelivery],
    queues: &[Vec<i64>],
) -> Result<BTreeMap<Place, Waiting>, InboxError> {
    let places = plan::places(batch, queues);
    if places.is_empty() {
        return Ok(BTreeMap::new());
    }
    let lane = |lane: Option<&str>| lane.map(|lane| text::write(lane).into_owned());
    let rows: Vec<WaitingRow> =
        sqlx::query_as(store.database().sql(
            "SELECT p.queue, p.lane, d.seq, d.event, c.body, d.tenant \
             FROM unnest($1::bigint[], $2::text[], $3::text[]) AS p (queue, lane, endpoint) \
             CROSS JOIN LATERAL (SELECT CASE WHEN p.lane IS NULL THEN \
             (SELECT max(seq) << 16 | p.queue FROM (SELECT seq, endpoint FROM switchhook.delivery \
             ORDER BY seq DESC LIMIT 1000) AS recent WHERE recent.endpoint = p.endpoint) ELSE \
             (SELECT max(l.seq) FROM switchhook.work AS l \
             WHERE l.queue = p.queue AND l.lane = p.lane AND l.lane IS NOT NULL AND l.state < 3) END AS seq) AS last \
             JOIN switchhook.work AS w ON w.seq = last.seq \
             JOIN switchhook.delivery AS d ON d.seq = w.seq >> 16 \
             JOIN switchhook.content AS c ON c.delivery = w.seq >> 16 \
             WHERE w.attempts = 0 AND w.replays = 0 AND w.state IN (0, 2)",
        ))
        .bind(places.iter().map(|(queue, ..)| *queue).collect::<Vec<_>>())
        .bind(places.iter().map(|(_, name, _)| lane(*name)).collect::<Vec<_>>())
        .bind(places.iter().map(|(.., endpoint)| *endpoint).collect::<Vec<_>>())
        .fetch_all(tx)
        .await?;
    let waiting = rows.into_iter().map(|(queue, lane, delivery, event, body, tenant)| {
        ((queue, lane.map(text::read)), Waiting { delivery, tenant, event: text::read(event), body })
    });
    Ok(waiting.collect())
}
