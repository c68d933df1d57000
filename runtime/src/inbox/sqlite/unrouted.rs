//! Deliveries that nobody had a handler for.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use super::{SqliteStore, claim, complete, json, queue_number};
use crate::{
    Attempt, Delivery,
    inbox::{
        InboxError,
        model::{Adopt, Queue},
        rows::{span, state, work_number},
    },
};

/// How many are adopted in one transaction.
const AT_ONCE: i64 = 500;

/// Those that are wanted, or received at a time or later, with their deliveries.
const ADOPTABLE: &str = "FROM \
    (SELECT delivery FROM switchhook_unrouted INDEXED BY switchhook_unrouted_wanted WHERE wanted = 1 \
    UNION SELECT delivery FROM switchhook_unrouted INDEXED BY switchhook_unrouted_received \
    WHERE received_at >= ?) AS u JOIN switchhook_delivery AS d ON d.seq = u.delivery";

/// Marks deliveries as wanted: whoever has a handler takes them, whatever their age. Gives how many there were.
pub(super) async fn want(tx: &mut SqliteConnection, deliveries: &[i64]) -> Result<u64, InboxError> {
    let marked = sqlx::query(
        "UPDATE switchhook_unrouted SET wanted = 1 WHERE delivery IN (SELECT value FROM json_each(?))",
    )
    .bind(json(deliveries))
    .execute(tx)
    .await?;
    Ok(marked.rows_affected())
}

/// Makes work for some of those that are wanted or young and have a handler here: no more than one transaction's.
pub(super) async fn adopt(
    store: &SqliteStore,
    router: &dyn Adopt,
    max_age: Duration,
) -> Result<usize, InboxError> {
    let since = store.now().saturating_sub(span(max_age));
    let database = store.database().await?;
    // Few names, also where deliveries are many.
    let events = sqlx::query(AssertSqlSafe(format!("SELECT DISTINCT d.endpoint, d.event {ADOPTABLE}")))
        .bind(since)
        .fetch_all(&mut *database.reading().await?)
        .await?;
    drop(database);
    for row in &events {
        let (endpoint, event): (&str, &str) = (row.get(0), row.get(1));
        if router.handles(endpoint, event) {
            let adopted = adopt_event(store, router, endpoint, event, since).await?;
            if adopted > 0 {
                return Ok(adopted);
            }
        }
    }
    Ok(0)
}

async fn adopt_event(
    store: &SqliteStore,
    router: &dyn Adopt,
    endpoint: &str,
    event: &str,
    since: i64,
) -> Result<usize, InboxError> {
    let mut writing = store.begin().await?;
    let deliveries: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
        "SELECT u.delivery {ADOPTABLE} WHERE d.endpoint = ? AND d.event = ? ORDER BY u.delivery LIMIT ?"
    )))
    .bind(since)
    .bind(endpoint)
    .bind(event)
    .bind(AT_ONCE)
    .fetch_all(&mut *writing.tx)
    .await?;
    if deliveries.is_empty() {
        return Ok(0);
    }
    let made = make_work(&mut writing.tx, store, router, endpoint, &deliveries).await?;
    writing.commit().await?;
    Ok(made)
}

async fn make_work(
    tx: &mut SqliteConnection,
    store: &SqliteStore,
    router: &dyn Adopt,
    endpoint: &str,
    deliveries: &[i64],
) -> Result<usize, InboxError> {
    let now = store.now();
    let received = claim::read(tx, deliveries).await?;
    let mut lanes = BTreeSet::new();
    for seq in deliveries {
        let Some(received) = received.get(seq) else { continue };
        let delivery = Delivery::restored(Arc::clone(received), Attempt::FIRST);
        for work in router.work(endpoint, &delivery) {
            let queue =
                queue_number(tx, &Queue { endpoint: endpoint.into(), consumer: work.consumer }).await?;
            let waits = if work.lane.is_some() { state::WAITING } else { state::READY };
            sqlx::query("INSERT INTO switchhook_work (seq, queue, lane, state, due) VALUES (?, ?, ?, ?, ?)")
                .bind(work_number(*seq, queue))
                .bind(queue)
                .bind(&work.lane)
                .bind(waits)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            lanes.extend(work.lane.map(|lane| (queue, lane)));
        }
    }
    complete::promote(tx, lanes.into_iter().collect(), now).await?;
    sqlx::query("DELETE FROM switchhook_unrouted WHERE delivery IN (SELECT value FROM json_each(?))")
        .bind(json(deliveries))
        .execute(tx)
        .await?;
    Ok(deliveries.len())
}
