//! Leases: taking work, keeping it and giving it back.

use std::{collections::BTreeMap, time::Duration};

use sqlx::{FromRow, PgConnection, Row, postgres::PgRow};
use tokio::time::Instant;

use super::{
    Database, PostgresStore,
    complete::{self, LONGEST},
    lease, now, text,
};
use crate::{
    Attempt, Delivery,
    inbox::{
        InboxError,
        model::{Claimed, Completion, Held, Verdict, Want, Work},
        rows::{self, DeliveryRow, span},
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
    length: Duration,
) -> Result<Claimed, InboxError> {
    let mut queues = Vec::with_capacity(wants.len());
    for want in &*wants {
        queues.push(store.queue(&want.of.queue).await?);
    }
    let mut tx = store.database().work.begin().await?;
    store.0.sweeps.when_due(async || lease::take_back_expired(&mut tx, store).await).await?;
    let mut claim = Claim { store, queues: &queues, lease: length, total, work: Vec::new() };
    while claim.take_ready(&mut tx, wants).await? {}
    let work = claim.work;
    // Who has all that can start comes again when something has ended.
    let next_due = if work.len() < total { due_later(&mut tx, store, &queues).await? } else { None };
    tx.commit().await?;
    Ok(Claimed { work, next_due: next_due.map(rows::length) })
}

/// One claim, as far as it has come.
struct Claim<'a> {
    store: &'a PostgresStore,
    queues: &'a [i64],
    lease: Duration,
    total: usize,
    work: Vec<Work>,
}

/// What was leased.
#[derive(Default)]
struct Leased {
    /// The work, and when it was due.
    work: Vec<(Work, i64)>,
    /// What cannot be begun, since its delivery is not there or cannot be read.
    unreadable: Vec<Held>,
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
        let Leased { work, unreadable } = self.lease_out(tx, wants, &limits).await?;
        give_up(tx, self.store, unreadable).await?;
        let (mut back, mut unhandled) = (Vec::new(), false);
        for (work, due) in work {
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
        lease::give_back(tx, self.store, back).await?;
        self.work.sort_unstable_by_key(|work| work.held);
        Ok(unhandled)
    }

    /// Leases what is ready and that nobody else is about to take.
    async fn lease_out(
        &self,
        tx: &mut PgConnection,
        wants: &[Want],
        limits: &[i64],
    ) -> Result<Leased, InboxError> {
        let floors = &self.store.0.floors;
        let (from, from_beginning) = floors.of(self.queues, limits);
        let skipped = wants.iter().zip(self.queues);
        let skipped =
            skipped.flat_map(|(want, queue)| want.skip.iter().map(move |event| (*queue, event.as_str())));
        let (skip_queues, skip_events) = super::lanes::columns(skipped.collect());
        let statement = if skip_queues.is_empty() { ANY } else { NOT_SKIPPED };
        let began = Instant::now();
        let mut query = sqlx::query(self.store.database().sql(statement))
            .bind(self.queues)
            .bind(limits)
            .bind(from)
            .bind(number(self.total - self.work.len()))
            .bind(span(self.lease).min(LONGEST))
            .bind(self.store.set_time());
        if !skip_queues.is_empty() {
            query = query.bind(skip_queues).bind(skip_events);
        }
        let rows = query.fetch_all(tx).await;
        let took = began.elapsed();
        // Also a look that took so long that it was broken off is not repeated at once.
        floors.looked(&from_beginning, took);
        let mut leased = Leased::default();
        for row in &rows? {
            leased.take_in(row)?;
        }
        for (place, queue) in self.queues.iter().enumerate() {
            let due = leased.work.iter().filter(|(work, _)| work.queue == place).map(|(_, due)| *due).min();
            floors.found(*queue, due);
        }
        Ok(leased)
    }
}

impl Leased {
    fn take_in(&mut self, row: &PgRow) -> Result<(), InboxError> {
        let held = Held { work: row.try_get(13)?, token: row.try_get(14)? };
        // Without its bytes a delivery has no columns.
        let there: Option<i64> = row.try_get(0)?;
        match there.map(|_| delivery(row)).transpose()?.flatten() {
            Some((_, received)) => {
                let attempt = Attempt::nth(u32::try_from(row.try_get::<i32, _>(15)?).unwrap_or(u32::MAX));
                let queue = usize::try_from(row.try_get::<i64, _>(17)? - 1).unwrap_or_default();
                let delivery = Delivery::restored(received, attempt);
                self.work.push((Work { held, queue, delivery }, row.try_get(16)?));
            }
            None => self.unreadable.push(held),
        }
        Ok(())
    }
}

/// Ends what cannot be begun, so that it does not come back again and again, and its lane goes on.
async fn give_up(
    tx: &mut PgConnection,
    store: &PostgresStore,
    unreadable: Vec<Held>,
) -> Result<(), InboxError> {
    if unreadable.is_empty() {
        return Ok(());
    }
    tracing::error!(work = unreadable.len(), "deliveries cannot be read any more: they are dead");
    let error = Some("the delivery is not there any more, or cannot be read".to_owned());
    let dead =
        |held| Completion { held, verdict: Verdict::Dead, error: error.clone(), duration: Duration::ZERO };
    let dead: Vec<_> = unreadable.into_iter().map(dead).collect();
    complete::end(tx, store, &dead).await?;
    Ok(())
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
             LEFT JOIN (switchhook.delivery AS d JOIN switchhook.content AS c ON c.delivery = d.seq) \
             ON d.seq = leased.seq >> 16",
        )
    };
}
const ANY: &str = lease_out!("", "");
const NOT_SKIPPED: &str = lease_out!(
    "JOIN switchhook.delivery AS e ON e.seq = w.seq >> 16",
    "AND NOT EXISTS (SELECT 1 FROM unnest($7::bigint[], $8::text[]) AS s (queue, event) \
     WHERE s.queue = w.queue AND s.event = e.event)"
);

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
