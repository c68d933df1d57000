//! Refused requests, kept apart within bounds.

use std::collections::BTreeSet;

use bytes::Bytes;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection};

use super::{SqliteStore, json};
use crate::inbox::{
    InboxError, at_rest,
    model::Refusal,
    rows::{micros, time},
};

pub(super) async fn keep(
    store: &SqliteStore,
    refused: Vec<Refusal>,
    rows: u64,
    bytes: u64,
) -> Result<(), InboxError> {
    let mut writing = store.begin().await?;
    let mut query = QueryBuilder::<Sqlite>::new(
        "INSERT INTO switchhook_quarantine (endpoint, received_at, uri, headers, body) ",
    );
    query.push_values(&refused, |mut row, refusal| {
        row.push_bind(&*refusal.endpoint)
            .push_bind(micros(refusal.received_at))
            .push_bind(&refusal.uri)
            .push_bind(at_rest::write_verifiable(&refusal.headers))
            .push_bind(&refusal.body[..]);
    });
    query.build().execute(&mut *writing.tx).await?;
    evict(&mut writing.tx, rows, bytes).await?;
    writing.commit().await
}

/// Forgets the oldest, so that the rest is within the bounds.
async fn evict(tx: &mut SqliteConnection, rows: u64, bytes: u64) -> Result<(), InboxError> {
    let (rows, bytes) = (i64::try_from(rows).unwrap_or(i64::MAX), i64::try_from(bytes).unwrap_or(i64::MAX));
    let (kept, size): (i64, i64) = sqlx::query_as(
        "SELECT count(*), coalesce(sum(size), 0) FROM switchhook_quarantine INDEXED BY switchhook_quarantine_size",
    )
    .fetch_one(&mut *tx)
    .await?;
    if kept <= rows && size <= bytes {
        return Ok(());
    }
    sqlx::query(
        "DELETE FROM switchhook_quarantine WHERE seq <= (SELECT max(seq) FROM (SELECT seq, \
         row_number() OVER newest AS rows, sum(size) OVER newest AS bytes \
         FROM switchhook_quarantine INDEXED BY switchhook_quarantine_size \
         WINDOW newest AS (ORDER BY seq DESC)) WHERE rows > ? OR bytes > ?)",
    )
    .bind(rows)
    .bind(bytes)
    .execute(tx)
    .await?;
    Ok(())
}

pub(super) async fn list(
    store: &SqliteStore,
    endpoint: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<(i64, Refusal)>, InboxError> {
    let database = store.database().await?;
    let rows = sqlx::query(
        "SELECT seq, endpoint, received_at, uri, headers, body FROM switchhook_quarantine \
         WHERE endpoint = ? AND seq > ? ORDER BY seq LIMIT ?",
    )
    .bind(endpoint)
    .bind(after)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(&mut *database.reading().await?)
    .await?;
    let refusals = rows.iter().map(|row| {
        let refusal = Refusal {
            endpoint: row.get::<String, _>(1).into(),
            received_at: time(row.get(2)),
            uri: row.get(3),
            headers: at_rest::read(row.get(4)),
            body: Bytes::from(row.get::<Vec<u8>, _>(5)),
        };
        (row.get(0), refusal)
    });
    Ok(refusals.collect())
}

/// Takes requests out; gives those that were still there.
pub(super) async fn take(tx: &mut SqliteConnection, refused: &[i64]) -> Result<BTreeSet<i64>, InboxError> {
    let taken = sqlx::query_scalar(
        "DELETE FROM switchhook_quarantine WHERE seq IN (SELECT value FROM json_each(?)) RETURNING seq",
    )
    .bind(json(refused))
    .fetch_all(tx)
    .await?;
    Ok(taken.into_iter().collect())
}
