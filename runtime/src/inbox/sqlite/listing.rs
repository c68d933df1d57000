//! Reading: counts, lists and single deliveries.

use sqlx::{QueryBuilder, Sqlite};
use uuid::Uuid;

use super::{SqliteStore, claim};
use crate::{
    DeliveryId,
    inbox::{
        Count, Cursor, Entry, Filter, InboxError, Record,
        rows::{self, AttemptRow, CountRow, EntryRow, Listed, QUEUES, WorkRow, work_number},
    },
};

/// Where a list comes from: `d` is a delivery, `w` a consumer's work on it, `q` its queue.
pub(super) fn from(listed: Listed) -> &'static str {
    match listed {
        Listed::Deliveries => {
            " FROM switchhook_delivery AS d \
             LEFT JOIN switchhook_work AS w ON w.seq BETWEEN d.seq << 16 AND d.seq << 16 | 65535 \
             LEFT JOIN switchhook_queue AS q ON q.id = w.queue WHERE TRUE"
        }
        Listed::Work => {
            " FROM switchhook_work AS w CROSS JOIN switchhook_delivery AS d ON d.seq = w.delivery \
             CROSS JOIN switchhook_queue AS q ON q.id = w.queue WHERE TRUE"
        }
        Listed::Dead => {
            " FROM switchhook_work AS w INDEXED BY switchhook_work_dead \
             CROSS JOIN switchhook_delivery AS d ON d.seq = w.delivery \
             CROSS JOIN switchhook_queue AS q ON q.id = w.queue WHERE TRUE"
        }
    }
}

pub(super) async fn counts(store: &SqliteStore) -> Result<Vec<Count>, InboxError> {
    let now = store.now();
    let database = store.database().await?;
    let rows: Vec<CountRow> = sqlx::query_as(
        "SELECT q.endpoint, q.consumer, CASE g.state WHEN 2 THEN 0 ELSE g.state END AS state, \
         sum(g.count), min(d.received_at) \
         FROM (SELECT queue, state, count(*) AS count, min(delivery) AS oldest FROM switchhook_work \
         GROUP BY queue, state) AS g \
         JOIN switchhook_queue AS q ON q.id = g.queue JOIN switchhook_delivery AS d ON d.seq = g.oldest \
         GROUP BY 1, 2, 3 \
         UNION ALL SELECT d.endpoint, NULL, NULL, count(*), min(d.received_at) \
         FROM switchhook_unrouted AS u JOIN switchhook_delivery AS d ON d.seq = u.delivery GROUP BY 1 \
         ORDER BY 1, 2, 3",
    )
    .fetch_all(&mut *database.reading().await?)
    .await?;
    Ok(rows.into_iter().map(|row| rows::count(row, now)).collect())
}

pub(super) async fn list(
    store: &SqliteStore,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Entry>, InboxError> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT coalesce(w.seq, d.seq << 16), d.id, d.provider_id, d.endpoint, d.tenant, q.consumer, d.event, w.state, \
         d.received_at, coalesce(w.attempts, 0), coalesce(w.replays, 0), w.lane, w.due",
    );
    let listed = Listed::of(filter);
    query.push(from(listed));
    rows::push_filter(&mut query, filter, str::to_owned);
    if let Some(Cursor(last)) = after {
        query.push(" AND d.seq <= ").push_bind(last >> 16);
        query.push(" AND coalesce(w.seq, d.seq << 16) < ").push_bind(last);
    }
    let newest_first: Vec<_> = listed.order().iter().map(|column| format!("{column} DESC")).collect();
    query.push(" ORDER BY ").push(newest_first.join(", "));
    query.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let database = store.database().await?;
    let rows: Vec<EntryRow> = query.build_query_as().fetch_all(&mut *database.reading().await?).await?;
    Ok(rows.into_iter().filter_map(rows::entry).collect())
}

pub(super) async fn find(store: &SqliteStore, id: DeliveryId) -> Result<Option<Record>, InboxError> {
    let database = store.database().await?;
    let delivery: Option<(i64, String, String, i64)> =
        sqlx::query_as("SELECT seq, endpoint, event, received_at FROM switchhook_delivery WHERE id = ?")
            .bind(Uuid::from_bytes(id.into_bytes()))
            .fetch_optional(&mut *database.reading().await?)
            .await?;
    let Some((seq, endpoint, event, received_at)) = delivery else { return Ok(None) };
    let work: Vec<WorkRow> = sqlx::query_as(
        "SELECT w.seq, q.consumer, w.state, w.lane, w.due FROM switchhook_work AS w \
         JOIN switchhook_queue AS q ON q.id = w.queue WHERE w.seq BETWEEN ? AND ? ORDER BY w.seq",
    )
    .bind(work_number(seq, 0))
    .bind(work_number(seq, QUEUES))
    .fetch_all(&mut *database.reading().await?)
    .await?;
    let attempts: Vec<AttemptRow> = sqlx::query_as(
        "SELECT work, number, replay, started, duration, outcome, error FROM switchhook_attempt \
         WHERE work BETWEEN ? AND ? ORDER BY work, replay, number",
    )
    .bind(work_number(seq, 0))
    .bind(work_number(seq, QUEUES))
    .fetch_all(&mut *database.reading().await?)
    .await?;
    let mut connection = database.reading().await?;
    let received = claim::read(&mut connection, &[seq]).await?.remove(&seq);
    Ok(rows::record((id, endpoint, &event, received_at), received, work, attempts))
}
