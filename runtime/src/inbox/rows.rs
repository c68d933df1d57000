//! What the tables of all SQL stores have in common: states, numbers, times, and how rows are read.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use bytes::Bytes;
use sqlx::{Database, Encode, QueryBuilder, Type};
use uuid::Uuid;

use super::{AttemptRecord, Count, Cursor, Entry, Filter, Record, WorkRecord, WorkState, at_rest};
use crate::{Attempt, Delivery, DeliveryId, EventName, ProviderId, Tenant, delivery::Received};

/// The states of work, as they stand in the tables.
pub(super) mod state {
    pub(crate) const READY: i64 = 0;
    pub(crate) const RUNNING: i64 = 1;
    pub(crate) const WAITING: i64 = 2;
    pub(crate) const DONE: i64 = 3;
    pub(crate) const DEAD: i64 = 4;
    pub(crate) const DISCARDED: i64 = 5;
}

/// The highest number of a queue.
pub(super) const QUEUES: i64 = 0xffff;

/// The number of a queue's work on a delivery.
pub(super) const fn work_number(delivery: i64, queue: i64) -> i64 {
    (delivery << 16) | queue
}

/// Microseconds since 1970.
pub(super) fn micros(time: SystemTime) -> i64 {
    time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, span)
}

/// A duration in microseconds.
pub(super) fn span(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

/// The time of these microseconds since 1970.
pub(super) fn time(micros: i64) -> SystemTime {
    SystemTime::UNIX_EPOCH + length(micros)
}

/// The duration of these microseconds.
pub(super) fn length(micros: i64) -> Duration {
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// More of an error's text is not kept.
const ERROR_LEN: usize = 2_000;

/// What is kept of an error's text: a text of the handler's, of any length.
pub(super) fn beginning(error: &str) -> &str {
    &error[..error.floor_char_boundary(ERROR_LEN)]
}

/// Which rows a list is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Listed {
    /// Deliveries with each consumer's work on them; one line for a delivery without any.
    Deliveries,
    /// Work alone, in its own order.
    Work,
    /// Dead work, which has an index of its own, and is mostly little.
    Dead,
}

impl Listed {
    /// Those among which everything is that a filter lets through, and the least besides.
    pub(super) fn of(filter: &Filter) -> Self {
        match filter.state {
            // Its id finds it.
            _ if filter.delivery.is_some() => Self::Deliveries,
            Some(WorkState::Dead) => Self::Dead,
            None | Some(WorkState::Unrouted) if filter.consumer.is_none() && filter.key.is_none() => {
                Self::Deliveries
            }
            _ => Self::Work,
        }
    }

    /// What orders it, oldest first.
    pub(super) fn order(self) -> &'static [&'static str] {
        match self {
            Self::Deliveries => &["d.seq", "w.seq"],
            Self::Work | Self::Dead => &["w.seq"],
        }
    }
}

/// Adds what a filter demands to a condition on `d`, a delivery, `w`, a consumer's work on it, and `q`, its queue. Texts
/// are compared as they are stored.
pub(super) fn push_filter<DB>(query: &mut QueryBuilder<DB>, filter: &Filter, stored: impl Fn(&str) -> String)
where
    DB: Database,
    String: for<'q> Encode<'q, DB> + Type<DB>,
    Uuid: for<'q> Encode<'q, DB> + Type<DB>,
    i64: for<'q> Encode<'q, DB> + Type<DB>,
{
    let Filter { delivery, provider_id, endpoint, tenant, consumer, event, state, key: _, since, until } =
        filter;
    let tenant = tenant.as_ref().map(|tenant| tenant.as_str().to_owned());
    if let Some(id) = delivery {
        query.push(" AND d.id = ").push_bind(Uuid::from_bytes(id.into_bytes()));
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
            query.push(" AND ").push(column).push(" = ").push_bind(stored(value));
        }
    }
    if let Some(since) = since {
        query.push(" AND d.received_at >= ").push_bind(micros(*since));
    }
    if let Some(until) = until {
        query.push(" AND d.received_at < ").push_bind(micros(*until));
    }
    // Numbers that stand in the text let the database take the index of that state.
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

/// Endpoint, consumer, state, number, receipt of the oldest.
pub(super) type CountRow = (String, Option<String>, Option<i64>, i64, i64);

pub(super) fn count((endpoint, consumer, state, count, oldest): CountRow, now: i64) -> Count {
    Count {
        endpoint: endpoint.into(),
        consumer: consumer.map(Arc::from),
        state: work_state(state),
        count: number(count),
        oldest: length(now - oldest),
    }
}

/// Place, id, sender's id, endpoint, tenant, consumer, event, state, receipt, attempts, replays, lane, due.
pub(super) type EntryRow = (
    i64,
    Uuid,
    Option<String>,
    String,
    Option<String>,
    Option<String>,
    String,
    Option<i64>,
    i64,
    i64,
    i64,
    Option<String>,
    Option<i64>,
);

pub(super) fn entry(row: EntryRow) -> Option<Entry> {
    let (
        place,
        id,
        provider_id,
        endpoint,
        tenant,
        consumer,
        event,
        state,
        received_at,
        attempts,
        replays,
        lane,
        due,
    ) = row;
    let state = work_state(state);
    Some(Entry {
        cursor: Cursor(place),
        id: DeliveryId::stored(id),
        provider_id: provider_id.as_deref().map(ProviderId::new),
        endpoint: endpoint.into(),
        tenant: tenant.as_deref().map(Tenant::stored),
        consumer: consumer.map(Arc::from),
        event: EventName::new(&event)?,
        state,
        received_at: time(received_at),
        attempts: number(attempts),
        replays: number(replays),
        lane,
        due: due.filter(|_| state == WorkState::Pending).map(time),
    })
}

/// Number, id, endpoint, tenant, event, sender's id, receipt, whether signed; headers, body, where the data begins and
/// ends in it, the data when it is no part of it.
pub(super) type DeliveryRow = (
    i64,
    Uuid,
    String,
    Option<String>,
    String,
    Option<String>,
    i64,
    bool,
    Vec<u8>,
    Vec<u8>,
    i64,
    i64,
    Option<Vec<u8>>,
);

/// A delivery as it was received, with its number.
pub(super) fn received(row: DeliveryRow) -> Option<(i64, Arc<Received>)> {
    let (
        number,
        id,
        endpoint,
        tenant,
        event,
        provider_id,
        received_at,
        signed,
        headers,
        body,
        start,
        end,
        data,
    ) = row;
    let body = Bytes::from(body);
    let data = data.map_or_else(|| at_rest::part_of(&body, start, end), Bytes::from);
    let received = Received {
        id: DeliveryId::stored(id),
        endpoint: endpoint.into(),
        tenant: tenant.as_deref().map(Tenant::stored),
        event: EventName::new(&event)?,
        provider_id: provider_id.as_deref().map(ProviderId::new),
        id_is_signed: false,
        received_at: time(received_at),
        signed,
        headers: at_rest::read(&headers),
        body,
        data,
    };
    Some((number, Arc::new(received)))
}

/// Number of the work, consumer, state, lane, due.
pub(super) type WorkRow = (i64, String, i64, Option<String>, i64);

/// Number of the work, number, replay, start, duration, outcome, error.
pub(super) type AttemptRow = (i64, i64, i64, i64, i64, String, Option<String>);

/// A delivery with all that happened to it. It comes without its bytes when they are gone.
pub(super) fn record(
    (id, endpoint, event, received_at): (DeliveryId, String, &str, i64),
    received: Option<Arc<Received>>,
    work: Vec<WorkRow>,
    attempts: Vec<AttemptRow>,
) -> Option<Record> {
    let mut by_work: BTreeMap<i64, Vec<AttemptRecord>> = BTreeMap::new();
    for (work, number_, replay, started, duration, outcome, error) in attempts {
        by_work.entry(work).or_default().push(AttemptRecord {
            number: number(number_),
            replay: number(replay),
            started: time(started),
            duration: length(duration),
            outcome,
            error,
        });
    }
    let work = work.into_iter().map(|(number, consumer, state, lane, due)| {
        let state = work_state(Some(state));
        WorkRecord {
            consumer: consumer.into(),
            state,
            lane,
            due: (state == WorkState::Pending).then(|| time(due)),
            attempts: by_work.remove(&number).unwrap_or_default(),
        }
    });
    Some(Record {
        id,
        endpoint: endpoint.into(),
        event: EventName::new(event)?,
        received_at: time(received_at),
        delivery: received.map(|received| Delivery::restored(received, Attempt::FIRST)),
        work: work.collect(),
    })
}

/// A number of the store that is never negative.
fn number<T: TryFrom<i64> + Default>(stored: i64) -> T {
    T::try_from(stored).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let long = format!("{}ß", "x".repeat(ERROR_LEN - 1));
        assert_eq!(beginning(&long).len(), ERROR_LEN - 1);
        assert_eq!(beginning(&long[1..]), &long[1..]);
        assert_eq!(beginning(""), "");
    }
}
