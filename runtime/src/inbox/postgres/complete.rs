//! Ending attempts: what is recorded of them, and what goes on in their lanes.

use std::time::Duration;

use sqlx::PgConnection;

use super::{Database, PostgresStore, lanes, now, text};
use crate::inbox::{
    InboxError,
    model::{Completion, Held, Verdict},
    rows::{beginning, span, state},
};

pub(super) async fn complete(store: &PostgresStore, attempts: &[Completion]) -> Result<(), InboxError> {
    let mut tx = store.database().work.begin().await?;
    end(&mut tx, store, attempts).await?;
    tx.commit().await?;
    Ok(())
}

/// Work, attempt, queue, lane, and the time.
type Ended = (i64, i64, i64, Option<String>, i64);

/// Ends attempts, writes them down and lets their lanes go on; gives those whose lease was still held.
pub(super) async fn end(
    tx: &mut PgConnection,
    store: &PostgresStore,
    attempts: &[Completion],
) -> Result<Vec<Held>, InboxError> {
    let mut attempts: Vec<&Completion> = attempts.iter().collect();
    // Whoever changes many rows does so in one order.
    attempts.sort_unstable_by_key(|attempt| attempt.held);
    let (mut works, mut tokens, mut states) = (Vec::new(), Vec::new(), Vec::new());
    let (mut waits, mut outcomes) = (Vec::new(), Vec::new());
    for attempt in &attempts {
        let (state, wait, outcome) = match attempt.verdict {
            Verdict::Done => (state::DONE, Duration::ZERO, "done"),
            Verdict::Dead => (state::DEAD, Duration::ZERO, "dead"),
            Verdict::Retry(wait) => (state::READY, wait, "retry"),
        };
        works.push(attempt.held.work);
        tokens.push(attempt.held.token);
        states.push(state);
        waits.push(span(wait).min(LONGEST));
        outcomes.push(outcome);
    }
    let rows: Vec<Ended> = sqlx::query_as(store.database().sql(concat!(
        // Work is found by its number: `+ 0` keeps the index of all that runs, which grows while it is not cleared
        // away, out of it.
        "WITH clock AS MATERIALIZED (SELECT ",
        now!("$8"),
        " AS now), ended AS (UPDATE switchhook.work AS w \
         SET state = c.state, due = (SELECT now FROM clock) + c.wait, lease_until = NULL \
         FROM unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[]) \
         AS c (work, token, state, wait, outcome, error, duration) \
         WHERE w.seq = c.work AND w.token = c.token AND w.state + 0 = 1 \
         RETURNING w.seq, w.token, w.queue, w.lane, w.replays, w.attempts, w.started, c.outcome, c.error, c.duration), \
         recorded AS (INSERT INTO switchhook.attempt (work, replay, number, started, duration, outcome, error) \
         SELECT seq, replays, attempts, coalesce(started, 0), duration, outcome, error FROM ended \
         ON CONFLICT (work, replay, number) DO UPDATE \
         SET duration = excluded.duration, outcome = excluded.outcome, error = excluded.error) \
         SELECT seq, token, queue, lane, (SELECT now FROM clock) FROM ended",
    )))
    .bind(works)
    .bind(tokens)
    .bind(states)
    .bind(waits)
    .bind(outcomes)
    .bind(
        attempts
            .iter()
            .map(|attempt| attempt.error.as_deref().map(beginning).map(text::write))
            .collect::<Vec<_>>(),
    )
    .bind(attempts.iter().map(|attempt| span(attempt.duration)).collect::<Vec<_>>())
    .bind(store.set_time())
    .fetch_all(&mut *tx)
    .await?;
    // What is to be tried again keeps its lane, and then nothing is promoted in it.
    if let Some(now) = rows.first().map(|row| row.4) {
        let in_lanes = lanes::read(rows.iter().map(|row| (row.2, row.3.clone())));
        lanes::lock(tx, store.database(), lanes::names(&in_lanes)).await?;
        lanes::promote(tx, store.database(), &in_lanes, now).await?;
    }
    Ok(rows.iter().map(|(work, token, ..)| Held { work: *work, token: *token }).collect())
}

/// No attempt waits for longer than a thousand years.
pub(super) const LONGEST: i64 = 1_000 * 365 * 24 * 3_600 * 1_000_000;

/// Work that is dead.
pub(super) struct Dead {
    pub(super) work: i64,
    pub(super) queue: i64,
    pub(super) lane: Option<String>,
}

/// What of these deliveries is dead.
pub(super) async fn dead(
    tx: &mut PgConnection,
    database: &Database,
    deliveries: &[i64],
) -> Result<Vec<Dead>, InboxError> {
    if deliveries.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, i64, Option<String>)> = sqlx::query_as(database.sql(
        "SELECT w.seq, w.queue, w.lane FROM unnest($1::bigint[]) AS d (seq) \
         JOIN switchhook.work AS w ON w.seq BETWEEN d.seq << 16 AND d.seq << 16 | 65535 WHERE w.state = 4",
    ))
    .bind(deliveries)
    .fetch_all(tx)
    .await?;
    let dead =
        |(work, queue, lane): (i64, i64, Option<String>)| Dead { work, queue, lane: lane.map(text::read) };
    Ok(rows.into_iter().map(dead).collect())
}

/// Which work may run again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Again {
    /// What is at its end.
    Ended,
    /// What is dead, and nothing that somebody else has let run meanwhile.
    Dead,
}

/// Lets work that is at its end and has its bytes run again, in the order of its lane; gives what it was. The locks of
/// its lanes must be held.
pub(super) async fn requeue(
    tx: &mut PgConnection,
    store: &PostgresStore,
    work: &[i64],
    which: Again,
) -> Result<Vec<i64>, InboxError> {
    if work.is_empty() {
        return Ok(Vec::new());
    }
    let rows: Vec<(i64, Option<String>, i64, i64)> = sqlx::query_as(store.database().sql(concat!(
        "WITH clock AS MATERIALIZED (SELECT ",
        now!("$2"),
        " AS now) UPDATE switchhook.work AS w SET state = CASE WHEN lane IS NULL THEN 0 ELSE 2 END, \
         due = clock.now, attempts = 0, replays = replays + 1, lease_until = NULL \
         FROM clock WHERE (w.state = 4 OR (w.state > 2 AND $3)) AND w.seq = ANY($1) \
         AND EXISTS (SELECT 1 FROM switchhook.content AS c WHERE c.delivery = w.seq >> 16) \
         RETURNING w.queue, w.lane, clock.now, w.seq",
    )))
    .bind(work)
    .bind(store.set_time())
    .bind(which == Again::Ended)
    .fetch_all(&mut *tx)
    .await?;
    if let Some(now) = rows.first().map(|row| row.2) {
        let in_lanes = lanes::read(rows.iter().map(|row| (row.0, row.1.clone())));
        lanes::promote(tx, store.database(), &in_lanes, now).await?;
    }
    Ok(rows.into_iter().map(|(.., work)| work).collect())
}

/// Locks the lanes of this work.
pub(super) async fn lock_lanes_of(
    tx: &mut PgConnection,
    database: &Database,
    work: &[i64],
) -> Result<(), InboxError> {
    let rows: Vec<(i64, Option<String>)> = sqlx::query_as(
        database
            .sql("SELECT DISTINCT queue, lane FROM switchhook.work WHERE lane IS NOT NULL AND seq = ANY($1)"),
    )
    .bind(work)
    .fetch_all(&mut *tx)
    .await?;
    lanes::lock(tx, database, lanes::names(&lanes::read(rows.into_iter()))).await
}

/// A done attempt within a handler's own transaction; tells whether the lease was still held.
pub(super) async fn end_done(
    tx: &mut PgConnection,
    store: &PostgresStore,
    held: Held,
    duration: Duration,
) -> Result<bool, InboxError> {
    let done = Completion { held, verdict: Verdict::Done, error: None, duration };
    Ok(!end(tx, store, &[done]).await?.is_empty())
}
