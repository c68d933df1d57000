//! Storing deliveries: a batch in one transaction.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::{Database, ROWS, SqliteStore, Writing, coalesce, complete, json, quarantine, unrouted};
use crate::{
    fault,
    inbox::{
        InboxError, at_rest,
        model::{Key, NewDelivery, Queue, Stored},
        plan::{self, Facts, Plan},
        rows::{QUEUES, micros, state, work_number},
    },
};

pub(super) async fn insert(store: &SqliteStore, batch: Vec<NewDelivery>) -> Result<Vec<Stored>, InboxError> {
    let database = store.database().await?;
    let queues = queues(&database, &batch).await?;
    let now = store.now();
    // It begins with the first query and commits with the last. Each query is a way to another thread and back, and
    // whoever sends something meanwhile waits for it.
    let writing = store.lock_in(database).await?;
    insert_in(writing, "BEGIN IMMEDIATE; ", &batch, &queues, now).await
}

/// Stores refused requests that have passed, and takes them out of the quarantine, in one transaction.
pub(super) async fn readmit(
    store: &SqliteStore,
    passed: Vec<(i64, Option<NewDelivery>)>,
) -> Result<u64, InboxError> {
    let database = store.database().await?;
    let numbers: Vec<i64> = passed.iter().map(|(number, _)| *number).collect();
    let deliveries = passed.into_iter().filter_map(|(number, new)| Some((number, new?)));
    let (of, batch): (Vec<i64>, Vec<NewDelivery>) = deliveries.unzip();
    let queues = queues(&database, &batch).await?;
    let now = store.now();
    let mut writing = store.begin_in(database).await?;
    let taken = quarantine::take(&mut writing.tx, &numbers).await?;
    let still_there =
        of.iter().zip(batch.into_iter().zip(queues)).filter(|(number, _)| taken.contains(number));
    let (batch, queues): (Vec<_>, Vec<_>) = still_there.map(|(_, delivery)| delivery).unzip();
    insert_in(writing, "", &batch, &queues, now).await?;
    Ok(taken.len() as u64)
}

/// The numbers of the queues of each delivery's work.
async fn queues(database: &Database, batch: &[NewDelivery]) -> Result<Vec<Vec<i64>>, InboxError> {
    let mut queues = Vec::with_capacity(batch.len());
    for new in batch {
        let mut ids = Vec::with_capacity(new.work.len());
        for work in &new.work {
            let queue = Queue { endpoint: Arc::clone(&new.endpoint), consumer: Arc::clone(&work.consumer) };
            ids.push(database.queue(&queue).await?);
        }
        queues.push(ids);
    }
    Ok(queues)
}

/// Stores a batch in a transaction that this begins, if it must, and commits.
async fn insert_in(
    mut writing: Writing,
    begin: &'static str,
    batch: &[NewDelivery],
    queues: &[Vec<i64>],
    now: i64,
) -> Result<Vec<Stored>, InboxError> {
    let known = known(&mut writing.tx, begin, batch).await?;
    let repeated = repeat_known(&mut writing.tx, &known, batch, now).await?;
    let lanes = lanes_in_use(&mut writing.tx, batch, queues).await?;
    let newest = coalesce::newest(&mut writing.tx, batch, queues).await?;
    let mut last = known.last;
    let plan = Plan::make(batch, queues, Facts { repeated, lanes, newest }, |_| {
        last += 1;
        last
    });
    fault::at(fault::Point::BeforeCommit);
    write_and_commit(&mut writing.tx, &plan, now).await?;
    writing.has_committed()?;
    fault::at(fault::Point::AfterCommit);
    Ok(plan.fates)
}

/// What becomes of those whose key is known, in the store or in the batch. What of them is dead is revived before
/// anything new takes its lane.
async fn repeat_known(
    tx: &mut SqliteConnection,
    known: &Known,
    batch: &[NewDelivery],
    now: i64,
) -> Result<Vec<Option<Stored>>, InboxError> {
    let mut keys = BTreeSet::new();
    let mut fates = Vec::with_capacity(batch.len());
    for new in batch {
        fates.push(match &new.key {
            Some(key) if !keys.insert(key) => Some(Stored::Duplicate),
            Some(key) => match known.keys.get(key) {
                Some(delivery) => Some(repeat(tx, *delivery, new, now).await?),
                None => None,
            },
            None => None,
        });
    }
    Ok(fates)
}

/// A delivery that is known came again: what of it is dead, or never had a handler, runs now.
async fn repeat(
    tx: &mut SqliteConnection,
    delivery: i64,
    new: &NewDelivery,
    now: i64,
) -> Result<Stored, InboxError> {
    let dead: Vec<i64> =
        sqlx::query_scalar("SELECT seq FROM switchhook_work WHERE seq BETWEEN ? AND ? AND state = ?")
            .bind(work_number(delivery, 0))
            .bind(work_number(delivery, QUEUES))
            .bind(state::DEAD)
            .fetch_all(&mut *tx)
            .await?;
    complete::requeue(tx, &dead, now).await?;
    let wanted = !new.work.is_empty() && unrouted::want(tx, &[delivery]).await? > 0;
    Ok(if dead.is_empty() && !wanted { Stored::Duplicate } else { Stored::Revived })
}

/// What the store has already.
struct Known {
    /// The deliveries of those keys of the batch that it has.
    keys: HashMap<Key, i64>,
    /// The last number that a delivery was given.
    last: i64,
}

/// Begins the transaction, if it must, and finds out what the store has.
async fn known(
    tx: &mut SqliteConnection,
    begin: &'static str,
    batch: &[NewDelivery],
) -> Result<Known, InboxError> {
    let keys: Vec<&Key> = batch.iter().filter_map(|new| new.key.as_ref()).collect();
    let mut known = Known { keys: HashMap::new(), last: 0 };
    let mut query = QueryBuilder::<Sqlite>::new(begin);
    query.push("SELECT NULL, seq FROM sqlite_sequence WHERE name = 'switchhook_delivery'");
    if !keys.is_empty() {
        query.push(" UNION ALL SELECT key, delivery FROM switchhook_key WHERE key IN (");
        let mut list = query.separated(", ");
        for key in keys {
            list.push_bind(&key[..]);
        }
        query.push(")");
    }
    for row in query.build().fetch_all(&mut *tx).await? {
        match row.get::<Option<Key>, _>(0) {
            Some(key) => drop(known.keys.insert(key, row.get(1))),
            None => known.last = row.get(1),
        }
    }
    Ok(known)
}

/// Of the lanes of this batch, those in which something is not at its end.
async fn lanes_in_use(
    tx: &mut SqliteConnection,
    batch: &[NewDelivery],
    queues: &[Vec<i64>],
) -> Result<BTreeSet<(i64, String)>, InboxError> {
    let lanes = plan::lanes(batch, queues);
    let mut in_use = BTreeSet::new();
    if lanes.is_empty() {
        return Ok(in_use);
    }
    let rows = sqlx::query(
        "SELECT l.value ->> 0, l.value ->> 1 FROM json_each(?) AS l WHERE EXISTS (\
         SELECT 1 FROM switchhook_work AS other INDEXED BY switchhook_work_lane \
         WHERE other.queue = l.value ->> 0 AND other.lane = l.value ->> 1 AND other.state < 3)",
    )
    .bind(json(&lanes))
    .fetch_all(&mut *tx)
    .await?;
    for row in rows {
        in_use.insert((row.get(0), row.get(1)));
    }
    Ok(in_use)
}

async fn write_and_commit(tx: &mut SqliteConnection, plan: &Plan<'_>, now: i64) -> Result<(), InboxError> {
    let mut query = QueryBuilder::<Sqlite>::new("");
    for deliveries in plan.deliveries.chunks(ROWS) {
        push_deliveries(&mut query, deliveries);
        push_contents(&mut query, deliveries);
        push_unrouted(&mut query, deliveries);
    }
    for work in plan.work.chunks(ROWS) {
        query.push("INSERT INTO switchhook_work (seq, queue, lane, state, due) ");
        query.push_values(work, |mut row, work| {
            row.push_bind(work_number(work.delivery, work.queue))
                .push_bind(work.queue)
                .push_bind(work.lane)
                .push_bind(work.state)
                .push_bind(now);
        });
        query.push(";");
    }
    for keys in plan.keys.chunks(ROWS) {
        query.push("INSERT INTO switchhook_key (key, delivery, received_at) ");
        query.push_values(keys, |mut row, (new, key, delivery)| {
            row.push_bind(&key[..]).push_bind(delivery).push_bind(micros(new.delivery.received_at()));
        });
        query.push(";");
    }
    query.push("COMMIT");
    query.build().execute(tx).await?;
    Ok(())
}

fn push_deliveries(query: &mut QueryBuilder<Sqlite>, deliveries: &[(i64, &NewDelivery)]) {
    query.push(
        "INSERT INTO switchhook_delivery (seq, id, endpoint, tenant, event, provider_id, received_at, signed) ",
    );
    query.push_values(deliveries, |mut row, (seq, new)| {
        let delivery = &new.delivery;
        row.push_bind(seq)
            .push_bind(delivery.id().into_bytes().to_vec())
            .push_bind(&*new.endpoint)
            .push_bind(delivery.tenant().map(crate::Tenant::as_str))
            .push_bind(delivery.event().as_str())
            .push_bind(delivery.provider_id().map(crate::ProviderId::as_str))
            .push_bind(micros(delivery.received_at()))
            .push_bind(i64::from(delivery.is_signed()));
    });
    query.push(";");
}

fn push_contents(query: &mut QueryBuilder<Sqlite>, deliveries: &[(i64, &NewDelivery)]) {
    query.push("INSERT INTO switchhook_content (delivery, headers, body, data_start, data_end, data) ");
    query.push_values(deliveries, |mut row, (seq, new)| {
        let (body, data) = (new.delivery.body(), new.delivery.data());
        let place = at_rest::place_within(body, data);
        let (start, end) = place.unwrap_or_default();
        row.push_bind(seq)
            .push_bind(at_rest::write_public(new.delivery.headers()))
            .push_bind(&body[..])
            .push_bind(start)
            .push_bind(end)
            .push_bind(place.is_none().then_some(&data[..]));
    });
    query.push(";");
}

fn push_unrouted(query: &mut QueryBuilder<Sqlite>, deliveries: &[(i64, &NewDelivery)]) {
    let unrouted: Vec<_> = deliveries.iter().filter(|(_, new)| new.work.is_empty()).collect();
    if !unrouted.is_empty() {
        query.push("INSERT INTO switchhook_unrouted (delivery, received_at, key) ");
        query.push_values(unrouted, |mut row, (seq, new)| {
            row.push_bind(seq).push_bind(micros(new.delivery.received_at())).push_bind(new.key.as_deref());
        });
        query.push(";");
    }
}
