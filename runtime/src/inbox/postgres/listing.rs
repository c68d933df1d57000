//! Reading: counts, lists and single deliveries.

use sqlx::{Postgres, QueryBuilder};
use uuid::Uuid;

use super::{PostgresStore, claim, now, text};
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
            " FROM switchhook.delivery AS d \
             LEFT JOIN switchhook.work AS w ON w.seq BETWEEN d.seq << 16 AND d.seq << 16 | 65535 \
             LEFT JOIN switchhook.queue AS q ON q.id = w.queue WHERE TRUE"
        }
        Listed::Work | Listed::Dead => {
            " FROM switchhook.work AS w JOIN switchhook.delivery AS d ON d.seq = w.seq >> 16 \
             JOIN switchhook.queue AS q ON q.id = w.queue WHERE TRUE"
        }
    }
}

pub(super) async fn counts(store: &PostgresStore) -> Result<Vec<Count>, InboxError> {
    let database = store.database();
    let now: i64 = sqlx::query_scalar(concat!("SELECT ", now!("$1")))
        .bind(store.set_time())
        .fetch_one(database.own())
        .await?;
    let rows: Vec<CountRow> = sqlx::query_as(database.sql(
        "SELECT q.endpoint, q.consumer, g.state, g.count, d.received_at FROM (\
         SELECT queue, CASE state WHEN 2 THEN 0 ELSE state END::bigint AS state, count(*) AS count, \
         min(seq >> 16) AS oldest FROM switchhook.work GROUP BY 1, 2) AS g \
         JOIN switchhook.queue AS q ON q.id = g.queue JOIN switchhook.delivery AS d ON d.seq = g.oldest \
         UNION ALL SELECT d.endpoint, NULL, NULL, count(*), min(d.received_at) \
         FROM switchhook.unrouted AS u JOIN switchhook.delivery AS d ON d.seq = u.delivery GROUP BY 1 \
         ORDER BY 1, 2 NULLS FIRST, 3 NULLS FIRST",
    ))
    .fetch_all(database.own())
    .await?;
    Ok(rows.into_iter().map(|row| rows::count(row, now)).collect())
}

pub(super) async fn list(
    store: &PostgresStore,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Entry>, InboxError> {
    let mut query = QueryBuilder::<Postgres>::new(
        "SELECT coalesce(w.seq, d.seq << 16), d.id, d.provider_id, d.endpoint, d.tenant, q.consumer, d.event, \
         w.state::bigint, d.received_at, coalesce(w.attempts, 0)::bigint, coalesce(w.replays, 0)::bigint, w.lane, w.due",
    );
    let listed = Listed::of(filter);
    query.push(store.database().sql(from(listed)).as_str());
    push_filter(&mut query, filter);
    if let Some(Cursor(last)) = after {
        query.push(" AND d.seq <= ").push_bind(last >> 16);
        query.push(" AND coalesce(w.seq, d.seq << 16) < ").push_bind(last);
    }
    let newest_first: Vec<_> = listed.order().iter().map(|column| format!("{column} DESC")).collect();
    query.push(" ORDER BY ").push(newest_first.join(", "));
    query.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let rows: Vec<EntryRow> = query.build_query_as().fetch_all(store.database().own()).await?;
    let entry = |mut row: EntryRow| {
        row.2 = row.2.map(text::read);
        row.6 = text::read(row.6);
        row.11 = row.11.map(text::read);
        rows::entry(row)
    };
    Ok(rows.into_iter().filter_map(entry).collect())
}

/// Adds what a filter demands to the condition of a list.
pub(super) fn push_filter(query: &mut QueryBuilder<Postgres>, filter: &Filter) {
    rows::push_filter(query, filter, |value| text::write(value).into_owned());
}

pub(super) async fn find(store: &PostgresStore, id: DeliveryId) -> Result<Option<Record>, InboxError> {
    let database = store.database();
    let delivery: Option<(i64, String, String, i64)> = sqlx::query_as(
        database.sql("SELECT seq, endpoint, event, received_at FROM switchhook.delivery WHERE id = $1"),
    )
    .bind(Uuid::from_bytes(id.into_bytes()))
    .fetch_optional(database.own())
    .await?;
    let Some((seq, endpoint, event, received_at)) = delivery else { return Ok(None) };
    let mut work: Vec<WorkRow> = sqlx::query_as(database.sql(
        "SELECT w.seq, q.consumer, w.state::bigint, w.lane, w.due FROM switchhook.work AS w \
         JOIN switchhook.queue AS q ON q.id = w.queue WHERE w.seq BETWEEN $1 AND $2 ORDER BY w.seq",
    ))
    .bind(work_number(seq, 0))
    .bind(work_number(seq, QUEUES))
    .fetch_all(database.own())
    .await?;
    for row in &mut work {
        row.3 = row.3.take().map(text::read);
    }
    let mut attempts: Vec<AttemptRow> = sqlx::query_as(database.sql(
        "SELECT work, number::bigint, replay::bigint, started, duration, outcome, error FROM switchhook.attempt \
         WHERE work BETWEEN $1 AND $2 ORDER BY work, replay, number",
    ))
    .bind(work_number(seq, 0))
    .bind(work_number(seq, QUEUES))
    .fetch_all(database.own())
    .await?;
    for row in &mut attempts {
        row.6 = row.6.take().map(text::read);
    }
    let mut connection = database.own().acquire().await?;
    let received = claim::read(&mut connection, database, &[seq]).await?.pop();
    let received = received.map(|(_, received)| received);
    Ok(rows::record((id, endpoint, &text::read(event), received_at), received, work, attempts))
}
