//! Deliveries that nobody had a handler for.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use sqlx::{Row, SqliteConnection};

use super::{SqliteStore, claim, complete, json, queue_number, span, state, work_number};
use crate::{
    Attempt, Delivery,
    inbox::{
        InboxError,
        model::{Adopt, Queue},
    },
};

/// How many are adopted in one transaction.
const AT_ONCE: i64 = 500;

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

/// Makes work for those that are wanted or young and have a handler here.
pub(super) async fn adopt(
    store: &SqliteStore,
    router: &dyn Adopt,
    max_age: Duration,
) -> Result<usize, InboxError> {
    let now = store.now();
    let database = store.database().await?;
    // Few names, also where deliveries are many.
    let events = sqlx::query(
        "SELECT DISTINCT d.endpoint, d.event FROM switchhook_unrouted AS u \
         JOIN switchhook_delivery AS d ON d.seq = u.delivery WHERE u.wanted = 1 OR u.received_at >= ?",
    )
    .bind(now.saturating_sub(span(max_age)))
    .fetch_all(&mut *database.reading().await?)
    .await?;
    let mut adopted = 0;
    for row in &events {
        let (endpoint, event): (&str, &str) = (row.get(0), row.get(1));
        if router.handles(endpoint, event) {
            adopted += adopt_event(store, router, endpoint, event, now.saturating_sub(span(max_age))).await?;
        }
    }
    Ok(adopted)
}

async fn adopt_event(
    store: &SqliteStore,
    router: &dyn Adopt,
    endpoint: &str,
    event: &str,
    since: i64,
) -> Result<usize, InboxError> {
    let mut adopted = 0;
    loop {
        let mut writing = store.begin().await?;
        let deliveries: Vec<i64> = sqlx::query_scalar(
            "SELECT u.delivery FROM switchhook_unrouted AS u JOIN switchhook_delivery AS d ON d.seq = u.delivery \
             WHERE (u.wanted = 1 OR u.received_at >= ?) AND d.endpoint = ? AND d.event = ? \
             ORDER BY u.delivery LIMIT ?",
        )
        .bind(since)
        .bind(endpoint)
        .bind(event)
        .bind(AT_ONCE)
        .fetch_all(&mut *writing.tx)
        .await?;
        if deliveries.is_empty() {
            return Ok(adopted);
        }
        let made = make_work(&mut writing.tx, store, router, endpoint, &deliveries).await?;
        writing.commit().await?;
        adopted += made;
    }
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
