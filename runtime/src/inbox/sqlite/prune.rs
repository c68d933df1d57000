//! Removing what is past its time, in small steps.

use std::{sync::PoisonError, time::Duration};

use sqlx::SqliteConnection;

use super::{SqliteStore, json};
use crate::{
    DeliveryId,
    inbox::{
        InboxError, Pruned, Retention,
        model::Key,
        retention::PruneStep,
        rows::{self, span},
    },
};

/// How many rows of each kind one step removes, so that deliveries can be stored between two.
const AT_ONCE: i64 = 500;

/// How many keys one step looks at. They are in no order of time.
const KEYS_AT_ONCE: i64 = 2_000;

/// Work on a delivery that keeps it: all that is neither done nor discarded.
const IS_NEEDED: &str = "EXISTS (SELECT 1 FROM switchhook_work AS w WHERE w.seq BETWEEN d.seq << 16 AND d.seq << 16 | 65535 \
     AND w.state NOT IN (3, 5))";

pub(super) async fn prune(store: &SqliteStore, retention: &Retention) -> Result<PruneStep, InboxError> {
    let now = store.now();
    let before = |time: Duration| now.saturating_sub(span(time));
    let mut writing = store.begin().await?;
    let tx = &mut *writing.tx;
    let (unrouted, forgotten) = unrouted(tx, before(retention.unrouted)).await?;
    let bodies = bodies(tx, before(retention.bodies)).await?;
    let deliveries = rows(tx, before(retention.rows)).await?;
    let last = store.0.last_pruned_key.lock().unwrap_or_else(PoisonError::into_inner).take();
    let (keys, next) = keys(tx, before(retention.keys), last.unwrap_or_default()).await?;
    let pruned = Pruned { bodies, deliveries: deliveries + unrouted, keys: keys + forgotten };
    if !pruned.is_nothing() {
        writing.commit().await?;
    }
    let full = [bodies, deliveries, unrouted].iter().any(|removed| i64::try_from(*removed) == Ok(AT_ONCE));
    let more = full || next.is_some();
    *store.0.last_pruned_key.lock().unwrap_or_else(PoisonError::into_inner) = next;
    Ok(PruneStep { pruned, more })
}

/// Forgets the old ones of the keys behind this one; gives the last that was looked at, unless that was all.
async fn keys(tx: &mut SqliteConnection, before: i64, last: Key) -> Result<(u64, Option<Key>), InboxError> {
    let next: Option<Key> = sqlx::query_scalar(
        "SELECT max(key) FROM (SELECT key FROM switchhook_key WHERE key > ? ORDER BY key LIMIT ?)",
    )
    .bind(&last[..])
    .bind(KEYS_AT_ONCE)
    .fetch_one(&mut *tx)
    .await?;
    let Some(next) = next else { return Ok((0, None)) };
    let removed = sqlx::query("DELETE FROM switchhook_key WHERE key > ? AND key <= ? AND received_at < ?")
        .bind(&last[..])
        .bind(&next[..])
        .bind(before)
        .execute(tx)
        .await?;
    Ok((removed.rows_affected(), Some(next)))
}

/// The last delivery before a time; those after it need not be looked at.
async fn last_before(tx: &mut SqliteConnection, time: i64) -> Result<Option<i64>, InboxError> {
    let seq = sqlx::query_scalar("SELECT seq FROM switchhook_delivery WHERE id < ? ORDER BY id DESC LIMIT 1")
        .bind(DeliveryId::first_at(rows::time(time)).into_bytes().to_vec())
        .fetch_optional(tx)
        .await?;
    Ok(seq)
}

async fn bodies(tx: &mut SqliteConnection, before: i64) -> Result<u64, InboxError> {
    let Some(last) = last_before(tx, before).await? else { return Ok(0) };
    let old: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT c.delivery FROM switchhook_content AS c CROSS JOIN switchhook_delivery AS d ON d.seq = c.delivery \
         WHERE c.delivery <= ? AND d.received_at < ? AND NOT {IS_NEEDED} \
         AND NOT EXISTS (SELECT 1 FROM switchhook_unrouted AS u WHERE u.delivery = d.seq) \
         ORDER BY c.delivery LIMIT ?"
    )))
    .bind(last)
    .bind(before)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    delete(tx, "DELETE FROM switchhook_content WHERE delivery IN (SELECT value FROM json_each(?))", &old)
        .await
}

async fn rows(tx: &mut SqliteConnection, before: i64) -> Result<u64, InboxError> {
    let Some(last) = last_before(tx, before).await? else { return Ok(0) };
    let old: Vec<i64> = sqlx::query_scalar(sqlx::AssertSqlSafe(format!(
        "SELECT d.seq FROM switchhook_delivery AS d WHERE d.seq <= ? AND d.received_at < ? AND NOT {IS_NEEDED} \
         AND NOT EXISTS (SELECT 1 FROM switchhook_unrouted AS u WHERE u.delivery = d.seq) ORDER BY d.seq LIMIT ?"
    )))
    .bind(last)
    .bind(before)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    remove(tx, &old).await
}

/// Removes what was never wanted; gives how many deliveries and keys.
async fn unrouted(tx: &mut SqliteConnection, before: i64) -> Result<(u64, u64), InboxError> {
    let old: Vec<i64> = sqlx::query_scalar(
        "SELECT delivery FROM switchhook_unrouted WHERE received_at < ? AND wanted = 0 LIMIT ?",
    )
    .bind(before)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    // What never ran must not keep another from being stored; but its key may be another's by now.
    let keys = delete(
        tx,
        "DELETE FROM switchhook_key WHERE (key, delivery) IN (SELECT key, delivery \
         FROM switchhook_unrouted WHERE delivery IN (SELECT value FROM json_each(?)))",
        &old,
    )
    .await?;
    Ok((remove(tx, &old).await?, keys))
}

/// Removes deliveries with all that belongs to them, but for their keys.
async fn remove(tx: &mut SqliteConnection, deliveries: &[i64]) -> Result<u64, InboxError> {
    for statement in [
        "DELETE FROM switchhook_work WHERE seq IN (SELECT w.seq FROM json_each(?) AS d \
         JOIN switchhook_work AS w ON w.seq BETWEEN d.value << 16 AND d.value << 16 | 65535)",
        "DELETE FROM switchhook_attempt WHERE (work, replay, number) IN \
         (SELECT a.work, a.replay, a.number FROM json_each(?) AS d \
         JOIN switchhook_attempt AS a ON a.work BETWEEN d.value << 16 AND d.value << 16 | 65535)",
        "DELETE FROM switchhook_content WHERE delivery IN (SELECT value FROM json_each(?))",
        "DELETE FROM switchhook_unrouted WHERE delivery IN (SELECT value FROM json_each(?))",
    ] {
        delete(tx, statement, deliveries).await?;
    }
    delete(tx, "DELETE FROM switchhook_delivery WHERE seq IN (SELECT value FROM json_each(?))", deliveries)
        .await
}

async fn delete(
    tx: &mut SqliteConnection,
    statement: &'static str,
    numbers: &[i64],
) -> Result<u64, InboxError> {
    if numbers.is_empty() {
        return Ok(0);
    }
    Ok(sqlx::query(statement).bind(json(numbers)).execute(tx).await?.rows_affected())
}
