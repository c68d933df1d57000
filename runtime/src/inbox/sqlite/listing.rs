//! Reading: counts, lists and single deliveries.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use sqlx::{QueryBuilder, Row, Sqlite, sqlite::SqliteRow};

use super::{QUEUES, SqliteStore, claim, length, micros, state, time, work_number};
use crate::{
    Attempt, Delivery, DeliveryId, EventName, ProviderId, Tenant,
    inbox::{AttemptRecord, Count, Cursor, Entry, Filter, InboxError, Record, WorkRecord, WorkState},
};

/// Where a list comes from: `d` is a delivery, `w` a consumer's work on it, `q` its queue.
pub(super) struct Source {
    pub(super) from: &'static str,
    /// What orders it, oldest first.
    pub(super) order: &'static [&'static str],
}

/// Deliveries with each consumer's work on them; one line for a delivery without any.
const DELIVERIES: Source = Source {
    from: " FROM switchhook_delivery AS d \
        LEFT JOIN switchhook_work AS w ON w.seq BETWEEN d.seq << 16 AND d.seq << 16 | 65535 \
        LEFT JOIN switchhook_queue AS q ON q.id = w.queue WHERE TRUE",
    order: &["d.seq", "w.seq"],
};

/// Work alone, in its own order.
const WORK: Source = Source {
    from: " FROM switchhook_work AS w CROSS JOIN switchhook_delivery AS d ON d.seq = w.delivery \
        CROSS JOIN switchhook_queue AS q ON q.id = w.queue WHERE TRUE",
    order: &["w.seq"],
};

/// Dead work, which has an index of its own, and is mostly little.
const DEAD: Source = Source {
    from: " FROM switchhook_work AS w INDEXED BY switchhook_work_dead \
        CROSS JOIN switchhook_delivery AS d ON d.seq = w.delivery \
        CROSS JOIN switchhook_queue AS q ON q.id = w.queue WHERE TRUE",
    order: &["w.seq"],
};

impl Source {
    /// The one in which everything is that a filter lets through, and the least besides.
    pub(super) fn of(filter: &Filter) -> &'static Self {
        match filter.state {
            // Its id finds it.
            _ if filter.delivery.is_some() => &DELIVERIES,
            Some(WorkState::Dead) => &DEAD,
            None | Some(WorkState::Unrouted) if filter.consumer.is_none() && filter.key.is_none() => {
                &DELIVERIES
            }
            _ => &WORK,
        }
    }
}

pub(super) async fn counts(store: &SqliteStore) -> Result<Vec<Count>, InboxError> {
    let now = store.now();
    let database = store.database().await?;
    let rows = sqlx::query(
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
    let count = |row: &SqliteRow| Count {
        endpoint: row.get::<String, _>(0).into(),
        consumer: row.get::<Option<String>, _>(1).map(Arc::from),
        state: work_state(row.get(2)),
        count: number(row.get(3)),
        oldest: length(now - row.get::<i64, _>(4)),
    };
    Ok(rows.iter().map(count).collect())
}

/// The state that people see; `None` is that of a delivery without a handler.
fn work_state(stored: Option<i64>) -> WorkState {
    match stored {
        None => WorkState::Unrouted,
        Some(state::RUNNING) => WorkState::Running,
        Some(state::DONE) => WorkState::Done,
        Some(state::DEAD) => WorkState::Dead,
        Some(state::DISCARDED) => WorkState::Discarded,
        Some(_) => WorkState::Pending,
    }
}

pub(super) async fn list(
    store: &SqliteStore,
    filter: &Filter,
    after: Option<Cursor>,
    limit: usize,
) -> Result<Vec<Entry>, InboxError> {
    let mut query = QueryBuilder::<Sqlite>::new(
        "SELECT d.seq, coalesce(w.seq, d.seq << 16), d.id, d.provider_id, d.endpoint, q.consumer, d.event, w.state, \
         d.received_at, coalesce(w.attempts, 0), coalesce(w.replays, 0), w.lane, w.due, d.tenant",
    );
    let source = Source::of(filter);
    query.push(source.from);
    push_filter(&mut query, filter);
    if let Some(Cursor(last)) = after {
        query.push(" AND d.seq <= ").push_bind(last >> 16);
        query.push(" AND coalesce(w.seq, d.seq << 16) < ").push_bind(last);
    }
    let newest_first: Vec<_> = source.order.iter().map(|column| format!("{column} DESC")).collect();
    query.push(" ORDER BY ").push(newest_first.join(", "));
    query.push(" LIMIT ").push_bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let database = store.database().await?;
    let rows = query.build().fetch_all(&mut *database.reading().await?).await?;
    Ok(rows.iter().filter_map(entry).collect())
}

/// Adds what a filter demands to the condition of a [`Source`].
pub(super) fn push_filter(query: &mut QueryBuilder<Sqlite>, filter: &Filter) {
    let Filter { delivery, provider_id, endpoint, tenant, consumer, event, state, key: _, since, until } =
        filter;
    let tenant = tenant.as_ref().map(|tenant| tenant.as_str().to_owned());
    if let Some(id) = delivery {
        query.push(" AND d.id = ").push_bind(id.into_bytes().to_vec());
    }
    for (column, value) in [
        ("d.provider_id", provider_id),
        ("d.endpoint", endpoint),
        ("d.tenant", &tenant),
        ("q.consumer", consumer),
        ("d.event", event),
        ("w.lane", &filter.lane()),
    ] {
        if let Some(value) = value {
            query.push(" AND ").push(column).push(" = ").push_bind(value.clone());
        }
    }
    if let Some(since) = since {
        query.push(" AND d.received_at >= ").push_bind(micros(*since));
    }
    if let Some(until) = until {
        query.push(" AND d.received_at < ").push_bind(micros(*until));
    }
    // Numbers that stand in the text let SQLite take the index of that state.
    query.push(match state {
        None => "",
        Some(WorkState::Pending) => " AND w.state IN (0, 2)",
        Some(WorkState::Running) => " AND w.state = 1",
        Some(WorkState::Done) => " AND w.state = 3",
        Some(WorkState::Dead) => " AND w.state = 4",
        Some(WorkState::Discarded) => " AND w.state = 5",
        Some(WorkState::Unrouted) => " AND w.seq IS NULL",
    });
}

fn entry(row: &SqliteRow) -> Option<Entry> {
    let state = work_state(row.get(7));
    Some(Entry {
        cursor: Cursor(row.get(1)),
        id: DeliveryId::from_slice(row.get(2))?,
        provider_id: row.get::<Option<&str>, _>(3).map(ProviderId::new),
        endpoint: row.get::<String, _>(4).into(),
        tenant: row.get::<Option<&str>, _>(13).map(Tenant::stored),
        consumer: row.get::<Option<String>, _>(5).map(Arc::from),
        event: EventName::new(row.get(6))?,
        state,
        received_at: time(row.get(8)),
        attempts: number(row.get(9)),
        replays: number(row.get(10)),
        lane: row.get(11),
        due: row.get::<Option<i64>, _>(12).filter(|_| state == WorkState::Pending).map(time),
    })
}

pub(super) async fn find(store: &SqliteStore, id: DeliveryId) -> Result<Option<Record>, InboxError> {
    let database = store.database().await?;
    let delivery =
        sqlx::query("SELECT seq, endpoint, event, received_at FROM switchhook_delivery WHERE id = ?")
            .bind(id.into_bytes().to_vec())
            .fetch_optional(&mut *database.reading().await?)
            .await?;
    let Some(delivery) = delivery else { return Ok(None) };
    let seq: i64 = delivery.get(0);
    let work = sqlx::query(
        "SELECT w.seq, q.consumer, w.state, w.lane, w.due FROM switchhook_work AS w \
         JOIN switchhook_queue AS q ON q.id = w.queue WHERE w.seq BETWEEN ? AND ? ORDER BY w.seq",
    )
    .bind(work_number(seq, 0))
    .bind(work_number(seq, QUEUES))
    .fetch_all(&mut *database.reading().await?)
    .await?;
    let attempts = sqlx::query(
        "SELECT work, number, replay, started, duration, outcome, error FROM switchhook_attempt \
         WHERE work BETWEEN ? AND ? ORDER BY work, replay, number",
    )
    .bind(work_number(seq, 0))
    .bind(work_number(seq, QUEUES))
    .fetch_all(&mut *database.reading().await?)
    .await?;
    let mut by_work: BTreeMap<i64, Vec<AttemptRecord>> = BTreeMap::new();
    for row in &attempts {
        by_work.entry(row.get(0)).or_default().push(attempt(row));
    }
    let mut connection = database.reading().await?;
    let received = claim::read(&mut connection, &[seq]).await?.remove(&seq);
    Ok(EventName::new(delivery.get(2)).map(|event| Record {
        id,
        endpoint: delivery.get::<String, _>(1).into(),
        event,
        received_at: time(delivery.get(3)),
        delivery: received.map(|received| Delivery::restored(received, Attempt::FIRST)),
        work: work.iter().map(|row| work_record(row, by_work.remove(&row.get(0)))).collect(),
    }))
}

fn work_record(row: &SqliteRow, attempts: Option<Vec<AttemptRecord>>) -> WorkRecord {
    let state = work_state(Some(row.get(2)));
    WorkRecord {
        consumer: row.get::<String, _>(1).into(),
        state,
        lane: row.get(3),
        due: (state == WorkState::Pending).then(|| time(row.get(4))),
        attempts: attempts.unwrap_or_default(),
    }
}

fn attempt(row: &SqliteRow) -> AttemptRecord {
    AttemptRecord {
        number: number(row.get(1)),
        replay: number(row.get(2)),
        started: time(row.get(3)),
        duration: Duration::from_micros(number(row.get(4))),
        outcome: row.get(5),
        error: row.get(6),
    }
}

/// A number of the store that is never negative.
fn number<T: TryFrom<i64> + Default>(stored: i64) -> T {
    T::try_from(stored).unwrap_or_default()
}
