//! Removing what is past its time, in small steps.

use std::time::Duration;

use sqlx::SqliteConnection;

use super::{SqliteStore, json, span};
use crate::inbox::{InboxError, Pruned, Retention};

/// How many rows of each kind one step removes, so that deliveries can be stored between two.
const AT_ONCE: i64 = 500;

/// Work on a delivery that keeps it: all that is neither done nor discarded.
const IS_NEEDED: &str =
    "EXISTS (SELECT 1 FROM switchhook_work AS w WHERE w.delivery = d.seq AND w.state NOT IN (3, 5))";

pub(super) async fn prune(store: &SqliteStore, retention: &Retention) -> Result<Pruned, InboxError> {
    let now = store.now();
    let before = |time: Duration| now.saturating_sub(span(time));
    let mut writing = store.begin().await?;
    let tx = &mut *writing.tx;
    let unrouted = unrouted(tx, before(retention.unrouted)).await?;
    let bodies = bodies(tx, before(retention.bodies)).await?;
    let deliveries = rows(tx, before(retention.rows)).await?;
    let keys = sqlx::query(
        "DELETE FROM switchhook_key WHERE (endpoint, key) IN \
         (SELECT endpoint, key FROM switchhook_key WHERE received_at < ? LIMIT ?)",
    )
    .bind(before(retention.keys))
    .bind(AT_ONCE)
    .execute(&mut *tx)
    .await?
    .rows_affected();
    let pruned = Pruned { bodies, deliveries: deliveries + unrouted, keys };
    if !pruned.is_nothing() {
        writing.commit().await?;
    }
    Ok(pruned)
}

/// The last delivery before a time; those after it need not be looked at.
async fn last_before(tx: &mut SqliteConnection, time: i64) -> Result<Option<i64>, InboxError> {
    let seq = sqlx::query_scalar(
        "SELECT seq FROM switchhook_delivery WHERE received_at < ? ORDER BY received_at DESC LIMIT 1",
    )
    .bind(time)
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

async fn unrouted(tx: &mut SqliteConnection, before: i64) -> Result<u64, InboxError> {
    let old: Vec<i64> = sqlx::query_scalar(
        "SELECT delivery FROM switchhook_unrouted WHERE received_at < ? AND wanted = 0 LIMIT ?",
    )
    .bind(before)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    remove(tx, &old).await
}

/// Removes deliveries with all that belongs to them, but for their keys.
async fn remove(tx: &mut SqliteConnection, deliveries: &[i64]) -> Result<u64, InboxError> {
    for statement in [
        "DELETE FROM switchhook_attempt WHERE work IN \
         (SELECT seq FROM switchhook_work WHERE delivery IN (SELECT value FROM json_each(?)))",
        "DELETE FROM switchhook_work WHERE delivery IN (SELECT value FROM json_each(?))",
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
