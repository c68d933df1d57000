//! Ending attempts: what is recorded of them, and what goes on in their lanes.

use std::{collections::BTreeMap, time::Duration};

use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};

use super::{ROWS, SqliteStore, json, lanes};
use crate::inbox::{
    InboxError,
    model::{Completion, Held, Verdict},
    rows::{beginning, span, state},
};

pub(super) async fn complete(store: &SqliteStore, attempts: &[Completion]) -> Result<(), InboxError> {
    let now = store.now();
    let mut writing = store.begin().await?;
    end(&mut writing.tx, attempts, now).await?;
    writing.commit().await
}

/// Ends attempts and lets their lanes go on; gives those whose lease was still held.
pub(super) async fn end(
    tx: &mut SqliteConnection,
    attempts: &[Completion],
    now: i64,
) -> Result<Vec<Held>, InboxError> {
    let changes: Vec<_> = attempts
        .iter()
        .map(|Completion { held, verdict, .. }| {
            let (state, due) = match verdict {
                Verdict::Done => (state::DONE, now),
                Verdict::Dead => (state::DEAD, now),
                Verdict::Retry(wait) => (state::READY, now.saturating_add(span(*wait))),
            };
            [held.work, held.token, state, due]
        })
        .collect();
    let updated = sqlx::query(
        "UPDATE switchhook_work AS w SET state = c.state, due = c.due, lease_until = NULL \
         FROM (SELECT value ->> 0 AS work, value ->> 1 AS token, value ->> 2 AS state, value ->> 3 AS due \
         FROM json_each(?)) AS c \
         WHERE w.seq = c.work AND w.token = c.token AND w.state = 1 \
         RETURNING seq, token, replays, attempts, started, queue, lane",
    )
    .bind(json(&changes))
    .fetch_all(&mut *tx)
    .await?;
    record(tx, attempts, &updated).await?;
    // What is to be tried again keeps its lane, and then nothing is promoted in it.
    promote(tx, lanes(&updated, 5, 6), now).await?;
    Ok(updated.iter().map(held).collect())
}

fn held(row: &SqliteRow) -> Held {
    Held { work: row.get(0), token: row.get(1) }
}

/// Writes down the attempts that counted.
async fn record(
    tx: &mut SqliteConnection,
    attempts: &[Completion],
    updated: &[SqliteRow],
) -> Result<(), InboxError> {
    let rows: BTreeMap<Held, &SqliteRow> = updated.iter().map(|row| (held(row), row)).collect();
    let attempts: Vec<_> =
        attempts.iter().filter_map(|attempt| Some((*rows.get(&attempt.held)?, attempt))).collect();
    for attempts in attempts.chunks(ROWS) {
        let mut query = QueryBuilder::<Sqlite>::new(
            "INSERT OR REPLACE INTO switchhook_attempt (work, replay, number, started, duration, outcome, error) ",
        );
        query.push_values(attempts, |mut row, (work, attempt)| {
            row.push_bind(attempt.held.work)
                .push_bind(work.get::<i64, _>(2))
                .push_bind(work.get::<i64, _>(3))
                .push_bind(work.get::<Option<i64>, _>(4).unwrap_or(0))
                .push_bind(span(attempt.duration))
                .push_bind(match attempt.verdict {
                    Verdict::Done => "done",
                    Verdict::Retry(_) => "retry",
                    Verdict::Dead => "dead",
                })
                .push_bind(attempt.error.as_deref().map(beginning));
        });
        query.build().execute(&mut *tx).await?;
    }
    Ok(())
}

/// Writes down the attempts of those whose lease ran out.
pub(super) async fn record_lost(tx: &mut SqliteConnection, work: &[i64], now: i64) -> Result<(), InboxError> {
    sqlx::query(
        "INSERT OR REPLACE INTO switchhook_attempt (work, replay, number, started, duration, outcome, error) \
         SELECT seq, replays, attempts, coalesce(started, 0), ? - coalesce(started, ?), 'lost', \
         'the process that ran it did not renew its lease' \
         FROM switchhook_work WHERE seq IN (SELECT value FROM json_each(?))",
    )
    .bind(now)
    .bind(now)
    .bind(json(work))
    .execute(tx)
    .await?;
    Ok(())
}

/// In each lane where nothing is ready or runs, the first that waits becomes ready.
pub(super) async fn promote(
    tx: &mut SqliteConnection,
    mut lanes: Vec<(i64, String)>,
    now: i64,
) -> Result<(), InboxError> {
    lanes.sort_unstable();
    lanes.dedup();
    if lanes.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "UPDATE switchhook_work SET state = 0, due = ? WHERE seq IN (\
         SELECT (SELECT min(head.seq) FROM switchhook_work AS head INDEXED BY switchhook_work_lane \
         WHERE head.queue = l.value ->> 0 AND head.lane = l.value ->> 1 AND head.state < 3 AND head.state = 2) \
         FROM json_each(?) AS l WHERE NOT EXISTS (\
         SELECT 1 FROM switchhook_work AS active INDEXED BY switchhook_work_active \
         WHERE active.queue = l.value ->> 0 AND active.lane = l.value ->> 1 AND active.state < 2))",
    )
    .bind(now)
    .bind(json(&lanes))
    .execute(tx)
    .await?;
    Ok(())
}

/// Lets work that is at its end and has its bytes run again, in the order of its lane; gives how much it was.
pub(super) async fn requeue(tx: &mut SqliteConnection, work: &[i64], now: i64) -> Result<u64, InboxError> {
    if work.is_empty() {
        return Ok(0);
    }
    let rows = sqlx::query(
        "UPDATE switchhook_work SET state = CASE WHEN lane IS NULL THEN 0 ELSE 2 END, due = ?, \
         attempts = 0, replays = replays + 1, lease_until = NULL \
         WHERE state > 2 AND seq IN (SELECT value FROM json_each(?)) \
         AND EXISTS (SELECT 1 FROM switchhook_content AS c WHERE c.delivery = switchhook_work.seq >> 16) \
         RETURNING queue, lane",
    )
    .bind(now)
    .bind(json(work))
    .fetch_all(&mut *tx)
    .await?;
    promote(tx, lanes(&rows, 0, 1), now).await?;
    Ok(rows.len() as u64)
}

/// A done attempt within a handler's own transaction; tells whether the lease was still held.
pub(super) async fn end_done(
    tx: &mut SqliteConnection,
    held: Held,
    duration: Duration,
    now: i64,
) -> Result<bool, InboxError> {
    let done = Completion { held, verdict: Verdict::Done, error: None, duration };
    Ok(!end(tx, &[done], now).await?.is_empty())
}
