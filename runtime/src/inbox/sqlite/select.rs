//! Replaying and discarding.

use sqlx::{QueryBuilder, Row, Sqlite};

use super::{SqliteStore, complete, json, lanes, listing::from, unrouted};
use crate::inbox::{
    Filter, InboxError,
    rows::{self, Listed, state},
    store::{Selectable, Selection},
};

/// How many rows one transaction changes, so that deliveries can be stored between two.
const AT_ONCE: usize = 5_000;

pub(super) async fn select(
    store: &SqliteStore,
    filter: &Filter,
    which: Selectable,
) -> Result<Selection, InboxError> {
    let mut query = QueryBuilder::<Sqlite>::new("SELECT w.seq, d.seq");
    let listed = Listed::of(filter);
    query.push(from(listed)).push(match which {
        Selectable::Ended => {
            " AND (w.seq IS NULL OR w.state > 2) \
             AND EXISTS (SELECT 1 FROM switchhook_content AS c WHERE c.delivery = d.seq)"
        }
        Selectable::NotDone => " AND w.state IN (0, 2, 4)",
    });
    rows::push_filter(&mut query, filter, str::to_owned);
    query.push(" ORDER BY ").push(listed.order().join(", "));
    let database = store.database().await?;
    let mut selection = Selection::default();
    for row in query.build().fetch_all(&mut *database.reading().await?).await? {
        match row.get::<Option<i64>, _>(0) {
            Some(work) => selection.work.push(work),
            None => selection.unrouted.push(row.get(1)),
        }
    }
    Ok(selection)
}

pub(super) async fn replay(store: &SqliteStore, selection: &Selection) -> Result<u64, InboxError> {
    let mut changed = 0;
    for work in selection.work.chunks(AT_ONCE) {
        let mut writing = store.begin().await?;
        let replayed = complete::requeue(&mut writing.tx, work, store.now()).await?;
        writing.commit().await?;
        changed += replayed;
    }
    for deliveries in selection.unrouted.chunks(AT_ONCE) {
        let mut writing = store.begin().await?;
        let wanted = unrouted::want(&mut writing.tx, deliveries).await?;
        writing.commit().await?;
        changed += wanted;
    }
    Ok(changed)
}

pub(super) async fn discard(store: &SqliteStore, selection: &Selection) -> Result<u64, InboxError> {
    let mut changed = 0;
    for work in selection.work.chunks(AT_ONCE) {
        let mut writing = store.begin().await?;
        let rows = sqlx::query(
            "UPDATE switchhook_work SET state = ? \
             WHERE state IN (0, 2, 4) AND seq IN (SELECT value FROM json_each(?)) RETURNING queue, lane",
        )
        .bind(state::DISCARDED)
        .bind(json(work))
        .fetch_all(&mut *writing.tx)
        .await?;
        complete::promote(&mut writing.tx, lanes(&rows, 0, 1), store.now()).await?;
        writing.commit().await?;
        changed += rows.len() as u64;
    }
    Ok(changed)
}
