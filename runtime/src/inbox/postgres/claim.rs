//! Leases: taking work, keeping it and giving it back.

use std::{collections::BTreeMap, time::Duration};

use sqlx::{FromRow, PgConnection, Row, postgres::PgRow};
use tokio::time::Instant;

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
    let mut tx = store.database().work.begin().await?;
    store.0.sweeps.when_due(async || take_back_expired(&mut tx, store).await).await?;
    let mut claim = Claim { store, queues: &queues, lease, total, work: Vec::new() };
    while claim.take_ready(&mut tx, wants).await? {}
    let work = claim.work;
    // Who has all that can start comes again when something has ended.
    let next_due = if work.len() < total { due_later(&mut tx, store, &queues).await? } else { None };
    tx.commit().await?;
    Ok(Claimed { work, next_due: next_due.map(length) })
}

/// Work whose lease ran out is ready again; the attempt counts.
async fn take_back_expired(tx: &mut PgConnection, store: &PostgresStore) -> Result<(), InboxError> {
    sqlx::query(store.database().sql(concat!(
        "WITH clock AS MATERIALIZED (SELECT ",
        now!("$1"),
        " AS now), expired AS MATERIALIZED (SELECT seq FROM switchhook.work \
         WHERE state = 1 AND lease_until < (SELECT now FROM clock) \
         ORDER BY lease_until LIMIT 1000 FOR UPDATE SKIP LOCKED), \
         back AS (UPDATE switchhook.work AS w SET state = 0, due = (SELECT now FROM clock), lease_until = NULL \
         FROM expired WHERE w.seq = expired.seq RETURNING w.seq, w.replays, w.attempts, w.started, w.due) \
         INSERT INTO switchhook.attempt (work, replay, number, started, duration, outcome, error) \
         SELECT seq, replays, attempts, coalesce(started, 0), due - coalesce(started, due), 'lost', \
         'the process that ran it did not renew its lease' FROM back \
         ON CONFLICT (work, replay, number) DO UPDATE \
         SET duration = excluded.duration, outcome = excluded.outcome, error = excluded.error",
    )))
    .bind(store.set_time())
    .execute(tx)
    .await?;
    Ok(())
}

/// One claim, as far as it has come.
struct Claim<'a> {
    store: &'a PostgresStore,
    queues: &'a [i64],
    lease: Duration,
    total: usize,
    work: Vec<Work>,
}

/// A row that was leased: the work, and when it was due.
struct Leased {
    work: Work,
    due: i64,
}

impl Claim<'_> {
    /// Takes what is ready, and gives back what cannot start here. Events that have no handler here are passed over from now
    /// on; tells whether there were such, in whose stead others can be taken.
    async fn take_ready(&mut self, tx: &mut PgConnection, wants: &mut [Want]) -> Result<bool, InboxError> {
        let mut of_endpoint: BTreeMap<usize, usize> = BTreeMap::new();
        for work in &self.work {
            *of_endpoint.entry(wants[work.queue].of.endpoint).or_default() += 1;
        }
        let left =
            |want: &Want| want.limit.saturating_sub(of_endpoint.get(&want.of.endpoint).copied().unwrap_or(0));
        let limits: Vec<i64> = wants.iter().map(|want| number(left(want))).collect();
        let leased = self.lease_out(tx, wants, &limits).await?;
        let (mut back, mut unhandled) = (Vec::new(), false);
        for Leased { work, due } in leased {
            let (want, event) = (&mut wants[work.queue], work.delivery.event().as_str());
            let taken = of_endpoint.entry(want.of.endpoint).or_default();
            if !(want.of.handles)(event) {
                unhandled = true;
                if !want.skip.iter().any(|skipped| skipped == event) {
                    want.skip.push(event.to_owned());
                }
                back.push((work.held, Some(due)));
            } else if *taken < want.limit {
                *taken += 1;
                self.work.push(work);
            } else {
                back.push((work.held, Some(due)));
            }
        }
        give_back(tx, self.store, back).await?;
        self.work.sort_unstable_by_key(|work| work.held);
        Ok(unhandled)
    }

    /// Leases what is ready and that nobody else is about to take.
    async fn lease_out(
        &self,
        tx: &mut PgConnection,
        wants: &[Want],
        limits: &[i64],
    ) -> Result<Vec<Leased>, InboxError> {
        let (floors, looks_at_all) = self.store.0.floors.of(self.queues);
        let skipped = wants.iter().zip(self.queues);
        let skipped =
            skipped.flat_map(|(want, queue)| want.skip.iter().map(move |event| (*queue, event.as_str())));
        let (skip_queues, skip_events) = super::lanes::columns(skipped.collect());
        let statement = if skip_queues.is_empty() { ANY } else { NOT_SKIPPED };
        let began = Instant::now();
        let mut query = sqlx::query(self.store.database().sql(statement))
            .bind(self.queues)
            .bind(limits)
            .bind(&floors)
            .bind(number(self.total - self.work.len()))
            .bind(span(self.lease))
            .bind(self.store.set_time());
        if !skip_queues.is_empty() {
            query = query.bind(skip_queues).bind(skip_events);
        }
        let rows = query.fetch_all(tx).await?;
        let leased = rows.iter().map(leased).collect::<Result<Vec<_>, _>>()?;
        let leased: Vec<Leased> = leased.into_iter().flatten().collect();
        for (place, queue) in self.queues.iter().enumerate() {
            let due =
                leased.iter().filter(|leased| leased.work.queue == place).map(|leased| leased.due).min();
            self.store.0.floors.found(*queue, due);
        }
        if looks_at_all {
            self.store.0.floors.looked_at_all(began.elapsed());
        }
        Ok(leased)
    }
}

/// Leases what is ready of each queue, no more than can start, in the order in which it is due.
macro_rules! lease_out {
    ($join:literal, $condition:literal) => {
        concat!(
            "WITH clock AS MATERIALIZED (SELECT ",
            now!("$6"),
            " AS now), ready AS MATERIALIZED (SELECT r.seq, r.due, q.place \
             FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) WITH ORDINALITY AS q (queue, most, floor, place) \
             CROSS JOIN LATERAL (SELECT w.seq, w.due FROM switchhook.work AS w ",
            $join,
            " WHERE w.state = 0 AND w.queue = q.queue AND w.due >= q.floor AND w.due <= (SELECT now FROM clock) ",
            $condition,
            " ORDER BY w.due, w.seq LIMIT q.most FOR UPDATE OF w SKIP LOCKED) AS r LIMIT $4), \
             leased AS (UPDATE switchhook.work AS w SET state = 1, token = w.token + 1, attempts = w.attempts + 1, \
             started = (SELECT now FROM clock), lease_until = (SELECT now FROM clock) + $5 \
             FROM ready WHERE w.seq = ready.seq RETURNING w.seq, w.token, w.attempts, ready.due, ready.place) SELECT ",
            delivery_columns!(),
            ", leased.seq, leased.token, leased.attempts, leased.due, leased.place FROM leased \
             JOIN switchhook.delivery AS d ON d.seq = leased.seq >> 16 \
             JOIN switchhook.content AS c ON c.delivery = leased.seq >> 16",
        )
    };
}
const ANY: &str = lease_out!("", "");
const NOT_SKIPPED: &str = lease_out!(
    "JOIN switchhook.delivery AS e ON e.seq = w.seq >> 16",
    "AND NOT EXISTS (SELECT 1 FROM unnest($7::bigint[], $8::text[]) AS s (queue, event) \
     WHERE s.queue = w.queue AND s.event = e.event)"
);

fn leased(row: &PgRow) -> Result<Option<Leased>, InboxError> {
    let Some((_, received)) = delivery(row)? else { return Ok(None) };
    let attempt = Attempt::nth(u32::try_from(row.try_get::<i32, _>(15)?).unwrap_or(u32::MAX));
    let work = Work {
        held: Held { work: row.try_get(13)?, token: row.try_get(14)? },
        queue: usize::try_from(row.try_get::<i64, _>(17)? - 1).unwrap_or_default(),
        delivery: Delivery::restored(received, attempt),
    };
    Ok(Some(Leased { work, due: row.try_get(16)? }))
}

fn number(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// How long it is until the next work of these queues is due that is not due yet.
async fn due_later(
    tx: &mut PgConnection,
    store: &PostgresStore,
    queues: &[i64],
) -> Result<Option<i64>, InboxError> {
    let wait = sqlx::query_scalar(store.database().sql(concat!(
        "WITH clock AS MATERIALIZED (SELECT ",
        now!("$2"),
        " AS now) SELECT min(due) - (SELECT now FROM clock) FROM unnest($1::bigint[]) AS q (queue) \
         CROSS JOIN LATERAL (SELECT w.due FROM switchhook.work AS w \
         WHERE w.state = 0 AND w.queue = q.queue AND w.due > (SELECT now FROM clock) \
         ORDER BY w.due LIMIT 1) AS next",
    )))
    .bind(queues)
    .bind(store.set_time())
    .fetch_one(tx)
    .await?;
    Ok(wait)
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
    let mut tx = store.database().work.begin().await?;
    let mut rows: Vec<(i64, i64)> = sqlx::query_as(store.database().sql(concat!(
        "UPDATE switchhook.work AS w SET lease_until = ",
        now!("$4"),
        " + $3 FROM unnest($1::bigint[], $2::bigint[]) AS h (work, token) \
         WHERE w.seq = h.work AND w.token = h.token AND w.state + 0 = 1 RETURNING w.seq, w.token",
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
             JOIN switchhook.work AS w ON w.seq = h.work AND w.token = h.token WHERE w.state = 3",
        ))
        .bind(works)
        .bind(tokens)
        .fetch_all(&mut *tx)
        .await?;
        rows.extend(done);
    }
    tx.commit().await?;
    Ok(rows.into_iter().map(|(work, token)| Held { work, token }).collect())
}

pub(super) async fn release(store: &PostgresStore, held: &[Held]) -> Result<(), InboxError> {
    let mut tx = store.database().work.begin().await?;
    give_back(&mut tx, store, held.iter().map(|held| (*held, None)).collect()).await?;
    tx.commit().await?;
    store.announce();
    Ok(())
}

/// Lets others have work that is held, due when it was, or now; the attempts do not count.
async fn give_back(
    tx: &mut PgConnection,
    store: &PostgresStore,
    mut held: Vec<(Held, Option<i64>)>,
) -> Result<(), InboxError> {
    if held.is_empty() {
        return Ok(());
    }
    held.sort_unstable();
    sqlx::query(store.database().sql(concat!(
        "UPDATE switchhook.work AS w SET state = 0, due = coalesce(h.due, ",
        now!("$4"),
        "), attempts = w.attempts - 1, lease_until = NULL \
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[]) AS h (work, token, due) \
         WHERE w.seq = h.work AND w.token = h.token AND w.state + 0 = 1",
    )))
    .bind(held.iter().map(|(held, _)| held.work).collect::<Vec<_>>())
    .bind(held.iter().map(|(held, _)| held.token).collect::<Vec<_>>())
    .bind(held.iter().map(|(_, due)| *due).collect::<Vec<_>>())
    .bind(store.set_time())
    .execute(tx)
    .await?;
    Ok(())
}

/// In the order in which rows of work are changed.
fn columns(held: &[Held]) -> (Vec<i64>, Vec<i64>) {
    let mut held = held.to_vec();
    held.sort_unstable();
    held.into_iter().map(|held| (held.work, held.token)).unzip()
}
