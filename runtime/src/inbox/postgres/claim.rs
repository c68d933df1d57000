//! Leases: taking work, keeping it and giving it back.

use std::{
    collections::{BTreeMap, HashMap},
    time::Duration,
};

use sqlx::{FromRow, PgConnection, Row, postgres::PgRow};

use super::{Database, PostgresStore, now, text};
use crate::{
    Attempt, Delivery,
    inbox::{
        InboxError,
        model::{Claimed, Held, Want, Work},
        rows::{self, DeliveryRow, length, span},
    },
};

/// A delivery's columns, as [`DeliveryRow`] has them.
macro_rules! delivery_columns {
    () => {
        "d.seq, d.id, d.endpoint, d.tenant, d.event, d.provider_id, d.received_at, d.signed, \
         c.headers, c.body, c.data_start, c.data_end, c.data"
    };
}

pub(super) async fn claim(
    store: &PostgresStore,
    wants: &mut [Want],
    total: usize,
    lease: Duration,
) -> Result<Claimed, InboxError> {
    let mut queues = Vec::with_capacity(wants.len());
    for want in &*wants {
        queues.push(store.queue(&want.of.queue).await?);
    }
    let database = store.database();
    let mut tx = database.begin().await?;
    let now = take_back_expired(&mut tx, store).await?;
    let chosen = choose(&mut tx, database, wants, &queues, now, total).await?;
    let work = lease_out(&mut tx, database, &chosen, now, now.saturating_add(span(lease))).await?;
    // Who has all that can start comes again when something has ended.
    let next_due = if work.len() < total { due_later(&mut tx, database, &queues, now).await? } else { None };
    tx.commit().await?;
    Ok(Claimed { work, next_due: next_due.map(|due| length(due - now)) })
}

/// Work whose lease ran out is ready again; the attempt counts. Gives the time.
async fn take_back_expired(tx: &mut PgConnection, store: &PostgresStore) -> Result<i64, InboxError> {
    let now = sqlx::query_scalar(store.database().sql(concat!(
        "WITH clock AS MATERIALIZED (SELECT ",
        now!("$1"),
        " AS now), expired AS MATERIALIZED (SELECT seq FROM switchhook.work \
         WHERE state = 1 AND lease_until < (SELECT now FROM clock) \
         ORDER BY lease_until LIMIT 1000 FOR UPDATE SKIP LOCKED), \
         back AS (UPDATE switchhook.work AS w SET state = 0, due = (SELECT now FROM clock), lease_until = NULL \
         FROM expired WHERE w.seq = expired.seq RETURNING w.seq, w.replays, w.attempts, w.started, w.due), \
         lost AS (INSERT INTO switchhook.attempt (work, replay, number, started, duration, outcome, error) \
         SELECT seq, replays, attempts, coalesce(started, 0), due - coalesce(started, due), 'lost', \
         'the process that ran it did not renew its lease' FROM back \
         ON CONFLICT (work, replay, number) DO UPDATE \
         SET duration = excluded.duration, outcome = excluded.outcome, error = excluded.error) \
         SELECT now FROM clock",
    )))
    .bind(store.set_time())
    .fetch_one(tx)
    .await?;
    Ok(now)
}

/// What is ready and has a handler here, no more than can start, each with the place of its queue. Nobody else can take
/// it. Events that have no handler here are passed over from now on.
async fn choose(
    tx: &mut PgConnection,
    database: &Database,
    wants: &mut [Want],
    queues: &[i64],
    now: i64,
    total: usize,
) -> Result<HashMap<i64, usize>, InboxError> {
    loop {
        let (mut chosen, mut unhandled) = (HashMap::new(), false);
        let mut of_endpoint: BTreeMap<usize, usize> = BTreeMap::new();
        for (seq, place, event) in ready(tx, database, wants, queues, now, total).await? {
            let Some(want) = wants.get_mut(place) else { continue };
            let taken = of_endpoint.entry(want.of.endpoint).or_default();
            if !(want.of.handles)(&event) {
                unhandled = true;
                if !want.skip.contains(&event) {
                    want.skip.push(event);
                }
            } else if *taken < want.limit {
                *taken += 1;
                chosen.insert(seq, place);
            }
        }
        if !unhandled {
            return Ok(chosen);
        }
    }
}

/// Locks what is ready and that nobody else has locked: its number, the place of its queue, its event.
async fn ready(
    tx: &mut PgConnection,
    database: &Database,
    wants: &[Want],
    queues: &[i64],
    now: i64,
    total: usize,
) -> Result<Vec<(i64, usize, String)>, InboxError> {
    let number = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let skipped = wants.iter().zip(queues);
    let skipped =
        skipped.flat_map(|(want, queue)| want.skip.iter().map(move |event| (*queue, event.as_str())));
    let (skip_queues, skip_events) = super::lanes::columns(skipped.collect());
    let rows: Vec<(i64, i64, String)> = sqlx::query_as(database.sql(
        "SELECT r.seq, q.place, r.event \
         FROM unnest($1::bigint[], $2::bigint[]) WITH ORDINALITY AS q (queue, most, place) \
         CROSS JOIN LATERAL (SELECT w.seq, d.event FROM switchhook.work AS w \
         JOIN switchhook.delivery AS d ON d.seq = w.seq >> 16 \
         WHERE w.state = 0 AND w.queue = q.queue AND w.due <= $3 AND NOT EXISTS (\
         SELECT 1 FROM unnest($4::bigint[], $5::text[]) AS s (queue, event) \
         WHERE s.queue = w.queue AND s.event = d.event) \
         ORDER BY w.due, w.seq LIMIT q.most FOR UPDATE OF w SKIP LOCKED) AS r LIMIT $6",
    ))
    .bind(queues)
    .bind(wants.iter().map(|want| number(want.limit)).collect::<Vec<_>>())
    .bind(now)
    .bind(skip_queues)
    .bind(skip_events)
    .bind(number(total))
    .fetch_all(tx)
    .await?;
    let place = |place: i64| usize::try_from(place - 1).unwrap_or(usize::MAX);
    Ok(rows.into_iter().map(|(seq, of, event)| (seq, place(of), text::read(event))).collect())
}

/// When the next work of these queues is due that is not due yet.
async fn due_later(
    tx: &mut PgConnection,
    database: &Database,
    queues: &[i64],
    now: i64,
) -> Result<Option<i64>, InboxError> {
    let due = sqlx::query_scalar(database.sql(
        "SELECT min(due) FROM unnest($1::bigint[]) AS q (queue) CROSS JOIN LATERAL (\
         SELECT w.due FROM switchhook.work AS w WHERE w.state = 0 AND w.queue = q.queue AND w.due > $2 \
         ORDER BY w.due LIMIT 1) AS next",
    ))
    .bind(queues)
    .bind(now)
    .fetch_one(tx)
    .await?;
    Ok(due)
}

/// Gives out leases, and what their holders need to begin.
async fn lease_out(
    tx: &mut PgConnection,
    database: &Database,
    chosen: &HashMap<i64, usize>,
    now: i64,
    until: i64,
) -> Result<Vec<Work>, InboxError> {
    if chosen.is_empty() {
        return Ok(Vec::new());
    }
    let rows = sqlx::query(database.sql(concat!(
        "WITH leased AS (UPDATE switchhook.work AS w SET state = 1, token = w.token + 1, \
         attempts = w.attempts + 1, started = $2, lease_until = $3 FROM unnest($1::bigint[]) AS chosen (seq) \
         WHERE w.seq = chosen.seq RETURNING w.seq, w.token, w.attempts) SELECT ",
        delivery_columns!(),
        ", leased.seq, leased.token, leased.attempts FROM leased \
         JOIN switchhook.delivery AS d ON d.seq = leased.seq >> 16 \
         JOIN switchhook.content AS c ON c.delivery = leased.seq >> 16",
    )))
    .bind(chosen.keys().copied().collect::<Vec<_>>())
    .bind(now)
    .bind(until)
    .fetch_all(tx)
    .await?;
    let mut work = Vec::with_capacity(rows.len());
    for row in &rows {
        let Some((_, received)) = delivery(row)? else { continue };
        let held = Held { work: row.try_get(13)?, token: row.try_get(14)? };
        let attempt = Attempt::nth(u32::try_from(row.try_get::<i32, _>(15)?).unwrap_or(u32::MAX));
        let Some(queue) = chosen.get(&held.work).copied() else { continue };
        work.push(Work { held, queue, delivery: Delivery::restored(received, attempt) });
    }
    work.sort_unstable_by_key(|work| work.held);
    Ok(work)
}

type Numbered = (i64, std::sync::Arc<crate::delivery::Received>);

/// A delivery from the first columns of a row.
fn delivery(row: &PgRow) -> Result<Option<Numbered>, InboxError> {
    let mut columns = DeliveryRow::from_row(row)?;
    columns.4 = text::read(columns.4);
    columns.5 = columns.5.map(text::read);
    Ok(rows::received(columns))
}

/// Deliveries as they were received.
pub(super) async fn read(
    connection: &mut PgConnection,
    database: &Database,
    deliveries: &[i64],
) -> Result<Vec<Numbered>, InboxError> {
    let rows = sqlx::query(database.sql(concat!(
        "SELECT ",
        delivery_columns!(),
        " FROM switchhook.delivery AS d JOIN switchhook.content AS c ON c.delivery = d.seq \
         WHERE d.seq = ANY($1) ORDER BY d.seq",
    )))
    .bind(deliveries)
    .fetch_all(connection)
    .await?;
    let mut read = Vec::with_capacity(rows.len());
    for row in &rows {
        read.extend(delivery(row)?);
    }
    Ok(read)
}

pub(super) async fn renew(
    store: &PostgresStore,
    held: &[Held],
    lease: Duration,
) -> Result<Vec<Held>, InboxError> {
    let (works, tokens) = columns(held);
    let mut tx = store.database().begin().await?;
    let mut rows: Vec<(i64, i64)> = sqlx::query_as(store.database().sql(concat!(
        "UPDATE switchhook.work AS w SET lease_until = ",
        now!("$4"),
        " + $3 FROM unnest($1::bigint[], $2::bigint[]) AS h (work, token) \
         WHERE w.seq = h.work AND w.token = h.token AND w.state = 1 RETURNING w.seq, w.token",
    )))
    .bind(&works)
    .bind(&tokens)
    .bind(span(lease))
    .bind(store.set_time())
    .fetch_all(&mut *tx)
    .await?;
    if rows.len() < held.len() {
        let done: Vec<(i64, i64)> = sqlx::query_as(store.database().sql(
            "SELECT w.seq, w.token FROM unnest($1::bigint[], $2::bigint[]) AS h (work, token) \
             JOIN switchhook.work AS w ON w.seq = h.work AND w.token = h.token AND w.state = 3",
        ))
        .bind(&works)
        .bind(&tokens)
        .fetch_all(&mut *tx)
        .await?;
        rows.extend(done);
    }
    tx.commit().await?;
    Ok(rows.into_iter().map(|(work, token)| Held { work, token }).collect())
}

pub(super) async fn release(store: &PostgresStore, held: &[Held]) -> Result<(), InboxError> {
    let (works, tokens) = columns(held);
    let mut tx = store.database().begin().await?;
    sqlx::query(store.database().sql(concat!(
        "UPDATE switchhook.work AS w SET state = 0, due = ",
        now!("$3"),
        ", attempts = w.attempts - 1, lease_until = NULL \
         FROM unnest($1::bigint[], $2::bigint[]) AS h (work, token) \
         WHERE w.seq = h.work AND w.token = h.token AND w.state = 1",
    )))
    .bind(works)
    .bind(tokens)
    .bind(store.set_time())
    .execute(&mut *tx)
    .await?;
    tx.commit().await?;
    store.announce();
    Ok(())
}

/// In the order in which rows of work are changed.
fn columns(held: &[Held]) -> (Vec<i64>, Vec<i64>) {
    let mut held = held.to_vec();
    held.sort_unstable();
    held.into_iter().map(|held| (held.work, held.token)).unzip()
}
