//! Removing what is past its time, in small steps.

use std::{sync::PoisonError, time::Duration};

use sqlx::PgConnection;
use uuid::Uuid;

use super::{Database, PostgresStore, now};
use crate::{
    DeliveryId,
    inbox::{
        InboxError, Pruned, Retention,
        retention::PruneStep,
        rows::{self, span},
    },
};

/// How many rows of each kind one step removes.
const AT_ONCE: i64 = 500;

/// How many keys one step looks at. They are in no order of time.
const KEYS_AT_ONCE: i64 = 2_000;

/// Of `d`, a delivery: some consumer's work on it is neither done nor discarded, or it has no handler yet.
macro_rules! is_needed {
    () => {
        "(EXISTS (SELECT 1 FROM switchhook.work AS w \
         WHERE w.seq BETWEEN d.seq << 16 AND d.seq << 16 | 65535 AND w.state NOT IN (3, 5)) \
         OR EXISTS (SELECT 1 FROM switchhook.unrouted AS u WHERE u.delivery = d.seq))"
    };
}

pub(super) async fn prune(store: &PostgresStore, retention: &Retention) -> Result<PruneStep, InboxError> {
    // A transaction for each kind: what one of them fails at keeps the others from nothing.
    let unrouted =
        step(store, retention.unrouted, async |tx, before| unrouted(tx, store.database(), before).await);
    let (unrouted, forgotten) = unrouted.await?.unwrap_or_default();
    let bodies = step(store, retention.bodies, async |tx, before| bodies(tx, store.database(), before).await);
    let bodies = bodies.await?.unwrap_or_default();
    let rows = step(store, retention.rows, async |tx, before| deliveries(tx, store.database(), before).await);
    let rows = rows.await?.unwrap_or_default();
    let last = store.0.last_pruned_key.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let keys = step(store, retention.keys, async |tx, before| {
        keys(tx, store.database(), before, last.unwrap_or_default()).await
    });
    let (keys, next) = keys.await?.unwrap_or_default();
    let pruned = Pruned { bodies, deliveries: rows + unrouted, keys: keys + forgotten };
    let full = [bodies, rows, unrouted].iter().any(|removed| i64::try_from(*removed) == Ok(AT_ONCE));
    let more = full || next.is_some();
    *store.0.last_pruned_key.lock().unwrap_or_else(PoisonError::into_inner) = next;
    Ok(PruneStep { pruned, more })
}

/// Removes something of which the time is over that it is kept; nothing, where another process does or has to be kept out.
async fn step<T>(
    store: &PostgresStore,
    kept: Duration,
    remove: impl AsyncFnOnce(&mut PgConnection, i64) -> Result<T, InboxError>,
) -> Result<Option<T>, InboxError> {
    let database = store.database();
    let mut tx = database.upkeep.begin().await?;
    let (alone, now): (bool, i64) =
        sqlx::query_as(concat!("SELECT pg_try_advisory_xact_lock($2, -2), ", now!("$1")))
            .bind(store.set_time())
            .bind(database.locks)
            .fetch_one(&mut *tx)
            .await?;
    let removed = if alone { Some(remove(&mut tx, now.saturating_sub(span(kept))).await?) } else { None };
    tx.commit().await?;
    Ok(removed)
}

/// Keeps everybody from removing anything until the transaction's end: what is done and is to run again must not lose its
/// bytes meanwhile.
pub(super) async fn keep_out(tx: &mut PgConnection, database: &Database) -> Result<(), InboxError> {
    sqlx::query("SELECT pg_advisory_xact_lock_shared($1, -2)").bind(database.locks).execute(tx).await?;
    Ok(())
}

/// Forgets the old ones of the keys behind this one; gives the last that was looked at, unless that was all.
async fn keys(
    tx: &mut PgConnection,
    database: &Database,
    before: i64,
    last: Vec<u8>,
) -> Result<(u64, Option<Vec<u8>>), InboxError> {
    let next: Option<Vec<u8>> = sqlx::query_scalar(database.sql(
        "SELECT key FROM (SELECT key FROM switchhook.key WHERE key > $1 ORDER BY key LIMIT $2) AS page \
         ORDER BY key DESC LIMIT 1",
    ))
    .bind(&last)
    .bind(KEYS_AT_ONCE)
    .fetch_optional(&mut *tx)
    .await?;
    let Some(next) = next else { return Ok((0, None)) };
    let removed = sqlx::query(
        database.sql("DELETE FROM switchhook.key WHERE key > $1 AND key <= $2 AND received_at < $3"),
    )
    .bind(&last)
    .bind(&next)
    .bind(before)
    .execute(tx)
    .await?;
    Ok((removed.rows_affected(), Some(next)))
}

/// The last delivery before a time; those after it need not be looked at.
async fn last_before(
    tx: &mut PgConnection,
    database: &Database,
    before: i64,
) -> Result<Option<i64>, InboxError> {
    let first_id = Uuid::from_bytes(DeliveryId::first_at(rows::time(before)).into_bytes());
    let last = sqlx::query_scalar(
        database.sql("SELECT seq FROM switchhook.delivery WHERE id < $1 ORDER BY id DESC LIMIT 1"),
    )
    .bind(first_id)
    .fetch_optional(tx)
    .await?;
    Ok(last)
}

async fn bodies(tx: &mut PgConnection, database: &Database, before: i64) -> Result<u64, InboxError> {
    let Some(last) = last_before(tx, database, before).await? else { return Ok(0) };
    // A delivery is looked up for each of the bytes that are there, and not the other way: many have none any more.
    let removed = sqlx::query(database.sql(concat!(
        "DELETE FROM switchhook.content WHERE delivery IN (\
         SELECT c.delivery FROM switchhook.content AS c WHERE c.delivery <= $1 \
         AND (SELECT d.received_at < $2 AND NOT ",
        is_needed!(),
        " FROM switchhook.delivery AS d WHERE d.seq = c.delivery) ORDER BY c.delivery LIMIT $3)",
    )))
    .bind(last)
    .bind(before)
    .bind(AT_ONCE)
    .execute(tx)
    .await?;
    Ok(removed.rows_affected())
}

async fn deliveries(tx: &mut PgConnection, database: &Database, before: i64) -> Result<u64, InboxError> {
    let Some(last) = last_before(tx, database, before).await? else { return Ok(0) };
    let old: Vec<i64> = sqlx::query_scalar(database.sql(concat!(
        "SELECT d.seq FROM switchhook.delivery AS d WHERE d.seq <= $1 AND d.received_at < $2 AND NOT ",
        is_needed!(),
        " ORDER BY d.seq LIMIT $3",
    )))
    .bind(last)
    .bind(before)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    remove(tx, database, &old).await
}

/// Removes what was never wanted; gives how many deliveries and keys.
async fn unrouted(tx: &mut PgConnection, database: &Database, before: i64) -> Result<(u64, u64), InboxError> {
    let candidates: Vec<(i64, Option<Vec<u8>>)> =
        sqlx::query_as(database.sql(
            "SELECT delivery, key FROM switchhook.unrouted WHERE received_at < $1 AND NOT wanted LIMIT $2",
        ))
        .bind(before)
        .bind(AT_ONCE)
        .fetch_all(&mut *tx)
        .await?;
    if candidates.is_empty() {
        return Ok((0, 0));
    }
    let (candidates, keys): (Vec<i64>, Vec<Option<Vec<u8>>>) = candidates.into_iter().unzip();
    // Keys before all else: whoever stores a repetition meanwhile does so too, and then it is wanted.
    sqlx::query(database.sql("SELECT 1 FROM switchhook.key WHERE key = ANY($1) ORDER BY key FOR UPDATE"))
        .bind(keys.into_iter().flatten().collect::<Vec<_>>())
        .execute(&mut *tx)
        .await?;
    let old: Vec<(i64, Option<Vec<u8>>)> = sqlx::query_as(database.sql(
        "DELETE FROM switchhook.unrouted WHERE delivery = ANY($1) AND NOT wanted RETURNING delivery, key",
    ))
    .bind(candidates)
    .fetch_all(&mut *tx)
    .await?;
    let (old, keys): (Vec<i64>, Vec<Option<Vec<u8>>>) = old.into_iter().unzip();
    // What never ran must not keep another from being stored; but its key may be another's by now.
    let forgotten = sqlx::query(database.sql(
        "DELETE FROM switchhook.key AS k USING unnest($1::bytea[], $2::bigint[]) AS old (key, delivery) \
         WHERE k.key = old.key AND k.delivery = old.delivery",
    ))
    .bind(keys)
    .bind(&old)
    .execute(&mut *tx)
    .await?;
    Ok((remove(tx, database, &old).await?, forgotten.rows_affected()))
}

/// Removes deliveries with all that belongs to them, but for their keys.
async fn remove(tx: &mut PgConnection, database: &Database, deliveries: &[i64]) -> Result<u64, InboxError> {
    if deliveries.is_empty() {
        return Ok(0);
    }
    for statement in [
        "DELETE FROM switchhook.attempt AS a USING unnest($1::bigint[]) AS d (seq) \
         WHERE a.work BETWEEN d.seq << 16 AND d.seq << 16 | 65535",
        "DELETE FROM switchhook.work AS w USING unnest($1::bigint[]) AS d (seq) \
         WHERE w.seq BETWEEN d.seq << 16 AND d.seq << 16 | 65535",
        "DELETE FROM switchhook.content WHERE delivery = ANY($1)",
    ] {
        sqlx::query(database.sql(statement)).bind(deliveries).execute(&mut *tx).await?;
    }
    let removed = sqlx::query(database.sql("DELETE FROM switchhook.delivery WHERE seq = ANY($1)"))
        .bind(deliveries)
        .execute(tx)
        .await?;
    Ok(removed.rows_affected())
}
