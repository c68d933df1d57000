//! A file with much in it.

use std::path::Path;

use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};

#[derive(Debug, Clone, Copy)]
pub(crate) enum Backlog {
    /// So many deliveries that wait, of the kind that is worked off.
    Waiting(usize),
    /// So many in one lane, of which one after another is worked off.
    OneLane(usize),
    /// So many that are done.
    Done(usize),
}

/// Writes the rows as the inbox would have, in one transaction.
pub(crate) async fn fill(file: &Path, backlog: Backlog, random_ids: bool) {
    // As a sender makes them whose ids begin with the time, and one whose ids are random.
    let id = if random_ids { "hex(randomblob(16))" } else { "printf('%010x', n)" };
    let (count, state, lane) = match backlog {
        Backlog::Waiting(count) => (count, 0, None),
        Backlog::OneLane(count) => (count, 2, Some("lane=long")),
        Backlog::Done(count) => (count, 3, None),
    };
    let mut connection =
        SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(file)).await.unwrap();
    let event = if lane.is_some() { "ordered" } else { "plain" };
    let numbers = "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < ?)";
    let now = "CAST(unixepoch('subsec') * 1000000 AS INTEGER)";
    let mut tx = connection.begin().await.unwrap();
    sqlx::query("INSERT OR IGNORE INTO switchhook_queue (endpoint, consumer) VALUES ('bank', 'default')")
        .execute(&mut *tx)
        .await
        .unwrap();
    for statement in [
        format!(
            "{numbers} INSERT INTO switchhook_delivery (id, endpoint, event, provider_id, received_at, signed) \
             SELECT unhex(printf('%012x7%03x8%015x', {now} / 1000, n % 4096, n)), 'bank', '{event}', {id}, {now}, 1 FROM n"
        ),
        format!(
            "{numbers} INSERT INTO switchhook_content (delivery, headers, body, data_start, data_end) \
             SELECT n, x'', randomblob(300), 0, 0 FROM n"
        ),
        format!(
            "{numbers} INSERT INTO switchhook_key (key, delivery, received_at) \
             SELECT CAST('bank' || char(0, 1) || {id} AS BLOB), n, {now} FROM n"
        ),
        format!(
            "{numbers} INSERT INTO switchhook_attempt (work, replay, number, started, duration, outcome) \
             SELECT n << 16 | 1, 0, 1, {now}, 1000, 'done' FROM n WHERE {state} = 3"
        ),
    ] {
        sqlx::query(sqlx::AssertSqlSafe(statement))
            .bind(i64::try_from(count).unwrap())
            .execute(&mut *tx)
            .await
            .unwrap();
    }
    sqlx::query(sqlx::AssertSqlSafe(format!(
        "{numbers} INSERT INTO switchhook_work (seq, queue, lane, state, due) \
         SELECT n << 16 | (SELECT id FROM switchhook_queue), (SELECT id FROM switchhook_queue), ?, ?, {now} FROM n"
    )))
    .bind(i64::try_from(count).unwrap())
    .bind(lane)
    .bind(state)
    .execute(&mut *tx)
    .await
    .unwrap();
    sqlx::query("UPDATE switchhook_work SET state = 0 WHERE seq >> 16 = 1 AND lane IS NOT NULL")
        .execute(&mut *tx)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    connection.close().await.unwrap();
}
