//! Keeping leases, giving them back, and taking back those that have ended.

use std::time::Duration;

use sqlx::PgConnection;

use super::{PostgresStore, complete::LONGEST, now};
use crate::inbox::{InboxError, model::Held, rows::span};

/// Work whose lease ran out is ready again; the attempt counts.
pub(super) async fn take_back_expired(
    tx: &mut PgConnection,
    store: &PostgresStore,
) -> Result<(), InboxError> {
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
    .bind(span(lease).min(LONGEST))
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
pub(super) async fn give_back(
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
