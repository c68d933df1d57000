//! Replaying and discarding.

use sqlx::{Postgres, QueryBuilder};

use super::{PostgresStore, complete, lanes, listing, now, prune, unrouted};
use crate::inbox::{
    Filter, InboxError,
    rows::Listed,
    store::{Selectable, Selection},
};

/// How many rows one transaction changes, so that no lane is held for long.
const AT_ONCE: usize = 2_000;

pub(super) async fn select(
    store: &PostgresStore,
    filter: &Filter,
    which: Selectable,
) -> Result<Selection, InboxError> {
    let mut query = QueryBuilder::<Postgres>::new("SELECT w.seq, d.seq");
    let listed = Listed::of(filter);
    let condition = match which {
        Selectable::Ended => {
            " AND (w.seq IS NULL OR w.state > 2) \
             AND EXISTS (SELECT 1 FROM switchhook.content AS c WHERE c.delivery = d.seq)"
        }
        Selectable::NotDone => " AND w.state IN (0, 2, 4)",
    };
    for part in [listing::from(listed), condition] {
        query.push(store.database().sql(part).as_str());
    }
    listing::push_filter(&mut query, filter);
    query.push(" ORDER BY ").push(listed.order().join(", "));
    let rows: Vec<(Option<i64>, i64)> = query.build_query_as().fetch_all(store.database().own()).await?;
    let mut selection = Selection::default();
    for (work, delivery) in rows {
        match work {
            Some(work) => selection.work.push(work),
            None => selection.unrouted.push(delivery),
        }
    }
    Ok(selection)
}

pub(super) async fn replay(store: &PostgresStore, selection: &Selection) -> Result<u64, InboxError> {
    let database = store.database();
    let mut changed = 0;
    for work in selection.work.chunks(AT_ONCE) {
        let mut tx = database.upkeep.begin().await?;
        prune::keep_out(&mut tx, database).await?;
        complete::lock_lanes_of(&mut tx, database, work).await?;
        let replayed = complete::requeue(&mut tx, store, work, complete::Again::Ended).await?;
        tx.commit().await?;
        changed += replayed.len() as u64;
    }
    for deliveries in selection.unrouted.chunks(AT_ONCE) {
        let mut tx = database.upkeep.begin().await?;
        let wanted = unrouted::want(&mut tx, database, deliveries).await?;
        tx.commit().await?;
        changed += wanted.len() as u64;
    }
    store.announce();
    Ok(changed)
}

pub(super) async fn discard(store: &PostgresStore, selection: &Selection) -> Result<u64, InboxError> {
    let database = store.database();
    let mut changed = 0;
    for work in selection.work.chunks(AT_ONCE) {
        let mut tx = database.upkeep.begin().await?;
        complete::lock_lanes_of(&mut tx, database, work).await?;
        let rows: Vec<(i64, Option<String>, i64)> = sqlx::query_as(database.sql(concat!(
            "UPDATE switchhook.work SET state = 5 WHERE state IN (0, 2, 4) AND seq IN (\
             SELECT seq FROM switchhook.work WHERE seq = ANY($1) AND state IN (0, 2, 4) \
             ORDER BY seq FOR UPDATE SKIP LOCKED) RETURNING queue, lane, ",
            now!("$2"),
        )))
        .bind(work)
        .bind(store.set_time())
        .fetch_all(&mut *tx)
        .await?;
        if let Some(now) = rows.first().map(|row| row.2) {
            let in_lanes = lanes::read(rows.iter().map(|row| (row.0, row.1.clone())));
            lanes::promote(&mut tx, database, &in_lanes, now).await?;
        }
        tx.commit().await?;
        changed += rows.len() as u64;
    }
    store.announce();
    Ok(changed)
}
