//! Deliveries that nobody had a handler for.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use sqlx::PgConnection;

use super::{Database, PostgresStore, claim, lanes, now, text};
use crate::{
    Attempt, Delivery,
    inbox::{
        InboxError,
        model::{Adopt, NewWork, Queue},
        rows::{span, state, work_number},
    },
};

/// How many are adopted in one transaction.
const AT_ONCE: i64 = 500;

/// Those that are wanted, or received at a time (the first parameter) or later, with their deliveries.
macro_rules! adoptable {
    () => {
        " FROM (SELECT delivery FROM switchhook.unrouted WHERE wanted \
         UNION SELECT delivery FROM switchhook.unrouted WHERE received_at >= $1) AS u \
         JOIN switchhook.delivery AS d ON d.seq = u.delivery "
    };
}

/// Marks deliveries as wanted: whoever has a handler takes them, whatever their age. Gives those that were there.
pub(super) async fn want(
    tx: &mut PgConnection,
    database: &Database,
    deliveries: &[i64],
) -> Result<Vec<i64>, InboxError> {
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let marked = sqlx::query_scalar(
        database
            .sql("UPDATE switchhook.unrouted SET wanted = TRUE WHERE delivery = ANY($1) RETURNING delivery"),
    )
    .bind(deliveries)
    .fetch_all(tx)
    .await?;
    Ok(marked)
}

/// Makes work for some of those that are wanted or young and have a handler here: no more than one transaction's.
pub(super) async fn adopt(
    store: &PostgresStore,
    router: &dyn Adopt,
    max_age: Duration,
) -> Result<usize, InboxError> {
    let database = store.database();
    let mut tx = database.upkeep.begin().await?;
    let now: i64 =
        sqlx::query_scalar(concat!("SELECT ", now!("$1"))).bind(store.set_time()).fetch_one(&mut *tx).await?;
    let since = now.saturating_sub(span(max_age));
    // Few names, also where deliveries are many.
    let events: Vec<(String, String)> =
        sqlx::query_as(database.sql(concat!("SELECT DISTINCT d.endpoint, d.event", adoptable!())))
            .bind(since)
            .fetch_all(&mut *tx)
            .await?;
    tx.commit().await?;
    for (endpoint, event) in events {
        if !router.handles(&endpoint, &text::read(event.clone())) {
            continue;
        }
        // A transaction for each: the locks of lanes are taken once in it.
        let mut tx = database.upkeep.begin().await?;
        let adopted = adopt_event(&mut tx, store, router, (&endpoint, &event), (since, now)).await?;
        tx.commit().await?;
        if adopted > 0 {
            store.announce();
            return Ok(adopted);
        }
    }
    Ok(0)
}

async fn adopt_event(
    tx: &mut PgConnection,
    store: &PostgresStore,
    router: &dyn Adopt,
    (endpoint, event): (&str, &str),
    (since, now): (i64, i64),
) -> Result<usize, InboxError> {
    let database = store.database();
    let candidates: Vec<i64> = sqlx::query_scalar(database.sql(concat!(
        "SELECT u.delivery",
        adoptable!(),
        "WHERE d.endpoint = $2 AND d.event = $3 ORDER BY u.delivery LIMIT $4",
    )))
    .bind(since)
    .bind(endpoint)
    .bind(event)
    .bind(AT_ONCE)
    .fetch_all(&mut *tx)
    .await?;
    let mut work = Vec::new();
    for (seq, received) in claim::read(tx, database, &candidates).await? {
        let delivery = Delivery::restored(Arc::clone(&received), Attempt::FIRST);
        for NewWork { consumer, lane } in router.work(endpoint, &delivery) {
            let queue = store.queue(&Queue { endpoint: endpoint.into(), consumer }).await?;
            work.push((seq, queue, lane));
        }
    }
    let in_lanes: BTreeSet<lanes::Lane> =
        work.iter().filter_map(|(_, queue, lane)| Some((*queue, lane.clone()?))).collect();
    // Before the rows: whoever marks one as wanted holds lanes already.
    lanes::lock(tx, database, lanes::names(&in_lanes)).await?;
    // What another process has taken meanwhile is not there any more.
    let taken: BTreeSet<i64> = sqlx::query_scalar(database.sql(
        "DELETE FROM switchhook.unrouted WHERE delivery IN (SELECT delivery FROM switchhook.unrouted \
         WHERE delivery = ANY($1) ORDER BY delivery FOR UPDATE SKIP LOCKED) RETURNING delivery",
    ))
    .bind(&candidates)
    .fetch_all(&mut *tx)
    .await?
    .into_iter()
    .collect();
    work.retain(|(seq, ..)| taken.contains(seq));
    write(tx, database, &work, now).await?;
    lanes::promote(tx, database, &in_lanes, now).await?;
    Ok(taken.len())
}

async fn write(
    tx: &mut PgConnection,
    database: &Database,
    work: &[(i64, i64, Option<String>)],
    now: i64,
) -> Result<(), InboxError> {
    let waits = |lane: &Option<String>| if lane.is_some() { state::WAITING } else { state::READY };
    sqlx::query(database.sql(
        "INSERT INTO switchhook.work (seq, queue, lane, state, due) SELECT seq, queue, lane, state, $5 \
         FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[]) AS new (seq, queue, lane, state)",
    ))
    .bind(work.iter().map(|(seq, queue, _)| work_number(*seq, *queue)).collect::<Vec<_>>())
    .bind(work.iter().map(|(_, queue, _)| *queue).collect::<Vec<_>>())
    .bind(work.iter().map(|(.., lane)| lane.as_deref().map(text::write)).collect::<Vec<_>>())
    .bind(work.iter().map(|(.., lane)| waits(lane)).collect::<Vec<_>>())
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}
