//! Leases: taking work, keeping it and giving it back.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
    time::Duration,
};

use sqlx::{Row, SqliteConnection};

use super::{SqliteStore, complete, json};
use crate::{
    Attempt, Delivery,
    delivery::Received,
    inbox::{
        InboxError,
        model::{Claimed, Held, Want, Work},
        rows::{self, DeliveryRow, length, span},
    },
};

/// How many expired leases one claim takes back.
const EXPIRED: i64 = 1_000;

pub(super) async fn claim(
    store: &SqliteStore,
    wants: &mut [Want],
    total: usize,
    lease: Duration,
) -> Result<Claimed, InboxError> {
    let database = store.database().await?;
    let mut queues = Vec::with_capacity(wants.len());
    for want in &*wants {
        queues.push(database.queue(&want.of.queue).await?);
    }
    let mut writing = store.begin_in(database).await?;
    // Not before: whoever waited long for the lock would give out a lease that has ended.
    let now = store.now();
    take_back_expired(&mut writing.tx, now).await?;
    let mut chosen = HashMap::new();
    let mut of_endpoint: BTreeMap<usize, usize> = BTreeMap::new();
    let mut next_due = None;
    for (place, (want, queue)) in wants.iter_mut().zip(&queues).enumerate() {
        let taken = of_endpoint.entry(want.of.endpoint).or_default();
        let limit = want.limit.saturating_sub(*taken).min(total - chosen.len());
        let ready = ready(&mut writing.tx, want, *queue, now, limit).await?;
        *taken += ready.len();
        chosen.extend(ready.into_iter().map(|work| (work, place)));
        let due = due_later(&mut writing.tx, *queue, now).await?;
        next_due = next_due.into_iter().chain(due).min();
    }
    let work = lease_out(&mut writing.tx, &chosen, now, now.saturating_add(span(lease))).await?;
    writing.commit().await?;
    Ok(Claimed { work, next_due: next_due.map(|due| length(due - now)) })
}

/// Work whose lease ran out is ready again; the attempt counts.
async fn take_back_expired(tx: &mut SqliteConnection, now: i64) -> Result<(), InboxError> {
    let expired: Vec<i64> = sqlx::query_scalar(
        "SELECT seq FROM switchhook_work INDEXED BY switchhook_work_leased \
         WHERE state = 1 AND lease_until < ? ORDER BY lease_until LIMIT ?",
    )
    .bind(now)
    .bind(EXPIRED)
    .fetch_all(&mut *tx)
    .await?;
    if expired.is_empty() {
        return Ok(());
    }
    complete::record_lost(tx, &expired, now).await?;
    sqlx::query(
        "UPDATE switchhook_work SET state = 0, due = ?, lease_until = NULL \
         WHERE seq IN (SELECT value FROM json_each(?))",
    )
    .bind(now)
    .bind(json(&expired))
    .execute(tx)
    .await?;
    Ok(())
}

/// What of a queue is ready and has a handler here. Events that have none are passed over from now on.
async fn ready(
    tx: &mut SqliteConnection,
    want: &mut Want,
    queue: i64,
    now: i64,
    limit: usize,
) -> Result<Vec<i64>, InboxError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    loop {
        let rows = sqlx::query(
            "SELECT w.seq, d.event FROM switchhook_work AS w INDEXED BY switchhook_work_ready \
             CROSS JOIN switchhook_delivery AS d ON d.seq = w.delivery \
             WHERE w.state = 0 AND w.queue = ? AND w.due <= ? \
             AND d.event NOT IN (SELECT value FROM json_each(?)) ORDER BY w.due, w.seq LIMIT ?",
        )
        .bind(queue)
        .bind(now)
        .bind(json(&want.skip))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX))
        .fetch_all(&mut *tx)
        .await?;
        let before = want.skip.len();
        let mut ready = Vec::with_capacity(rows.len());
        for row in &rows {
            let event: &str = row.get(1);
            if (want.of.handles)(event) {
                ready.push(row.get(0));
            } else if !want.skip.iter().any(|skipped| skipped == event) {
                want.skip.push(event.to_owned());
            }
        }
        if want.skip.len() == before {
            return Ok(ready);
        }
    }
}

/// When the next work of a queue is due that is not due yet.
async fn due_later(tx: &mut SqliteConnection, queue: i64, now: i64) -> Result<Option<i64>, InboxError> {
    let due = sqlx::query_scalar(
        "SELECT min(due) FROM switchhook_work INDEXED BY switchhook_work_ready \
         WHERE state = 0 AND queue = ? AND due > ?",
    )
    .bind(queue)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(due)
}

/// Gives out leases, and what their holders need to begin.
async fn lease_out(
    tx: &mut SqliteConnection,
    chosen: &HashMap<i64, usize>,
    now: i64,
    until: i64,
) -> Result<Vec<Work>, InboxError> {
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let numbers: Vec<i64> = chosen.keys().copied().collect();
    let leased = sqlx::query(
        "UPDATE switchhook_work SET state = 1, token = token + 1, attempts = attempts + 1, started = ?, \
         lease_until = ? WHERE seq IN (SELECT value FROM json_each(?)) \
         RETURNING seq, token, attempts, delivery",
    )
    .bind(now)
    .bind(until)
    .bind(json(&numbers))
    .fetch_all(&mut *tx)
    .await?;
    let deliveries: Vec<i64> = leased.iter().map(|row| row.get(3)).collect();
    let received = read(tx, &deliveries).await?;
    let mut work: Vec<Work> = leased
        .iter()
        .filter_map(|row| {
            let received = received.get(&row.get(3))?;
            let attempt = Attempt::nth(u32::try_from(row.get::<i64, _>(2)).unwrap_or(u32::MAX));
            Some(Work {
                held: Held { work: row.get(0), token: row.get(1) },
                queue: *chosen.get(&row.get(0))?,
                delivery: Delivery::restored(Arc::clone(received), attempt),
            })
        })
        .collect();
    work.sort_unstable_by_key(|work| work.held);
    Ok(work)
}

/// Deliveries as they were received.
pub(super) async fn read(
    connection: &mut SqliteConnection,
    deliveries: &[i64],
) -> Result<HashMap<i64, Arc<Received>>, InboxError> {
    let rows: Vec<DeliveryRow> = sqlx::query_as(
        "SELECT d.seq, d.id, d.endpoint, d.tenant, d.event, d.provider_id, d.received_at, d.signed, \
         c.headers, c.body, c.data_start, c.data_end, c.data \
         FROM switchhook_delivery AS d JOIN switchhook_content AS c ON c.delivery = d.seq \
         WHERE d.seq IN (SELECT value FROM json_each(?))",
    )
    .bind(json(deliveries))
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().filter_map(rows::received).collect())
}

pub(super) async fn renew(
    store: &SqliteStore,
    held: &[Held],
    lease: Duration,
) -> Result<Vec<Held>, InboxError> {
    let mut writing = store.begin().await?;
    let mut rows = sqlx::query(
        "UPDATE switchhook_work AS w SET lease_until = ? \
         FROM (SELECT value ->> 0 AS work, value ->> 1 AS token FROM json_each(?)) AS h \
         WHERE w.seq = h.work AND w.token = h.token AND w.state = 1 RETURNING seq, token",
    )
    .bind(store.now().saturating_add(span(lease)))
    .bind(pairs(held))
    .fetch_all(&mut *writing.tx)
    .await?;
    if rows.len() < held.len() {
        let done = sqlx::query(
            "SELECT w.seq, w.token FROM (SELECT value ->> 0 AS work, value ->> 1 AS token FROM json_each(?)) AS h \
             JOIN switchhook_work AS w ON w.seq = h.work AND w.token = h.token AND w.state = 3",
        )
        .bind(pairs(held))
        .fetch_all(&mut *writing.tx)
        .await?;
        rows.extend(done);
    }
    writing.commit().await?;
    Ok(rows.iter().map(|row| Held { work: row.get(0), token: row.get(1) }).collect())
}

pub(super) async fn release(store: &SqliteStore, held: &[Held]) -> Result<(), InboxError> {
    let mut writing = store.begin().await?;
    sqlx::query(
        "UPDATE switchhook_work AS w SET state = 0, due = ?, attempts = attempts - 1, lease_until = NULL \
         FROM (SELECT value ->> 0 AS work, value ->> 1 AS token FROM json_each(?)) AS h \
         WHERE w.seq = h.work AND w.token = h.token AND w.state = 1",
    )
    .bind(store.now())
    .bind(pairs(held))
    .execute(&mut *writing.tx)
    .await?;
    writing.commit().await
}

fn pairs(held: &[Held]) -> String {
    let pairs: Vec<_> = held.iter().map(|held| [held.work, held.token]).collect();
    json(&pairs)
}
