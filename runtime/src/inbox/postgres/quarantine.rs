//! Refused requests, kept apart within bounds.

use std::collections::BTreeSet;

use bytes::Bytes;
use sqlx::PgConnection;

use super::{Database, PostgresStore};
use crate::inbox::{
    InboxError, at_rest,
    model::Refusal,
    rows::{micros, time},
};

pub(super) async fn keep(
    store: &PostgresStore,
    refused: Vec<Refusal>,
    rows: u64,
    bytes: u64,
) -> Result<(), InboxError> {
    let database = store.database();
    let mut tx = database.upkeep.begin().await?;
    // Whoever counts what there is should be alone.
    sqlx::query("SELECT pg_advisory_xact_lock($1, -3)").bind(database.locks).execute(&mut *tx).await?;
    sqlx::query(database.sql(
        "INSERT INTO switchhook.quarantine (endpoint, received_at, uri, headers, body) \
         SELECT * FROM unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[], $5::bytea[])",
    ))
    .bind(refused.iter().map(|refusal| &*refusal.endpoint).collect::<Vec<_>>())
    .bind(refused.iter().map(|refusal| micros(refusal.received_at)).collect::<Vec<_>>())
    .bind(refused.iter().map(|refusal| refusal.uri.as_str()).collect::<Vec<_>>())
    .bind(refused.iter().map(|refusal| at_rest::write_verifiable(&refusal.headers)).collect::<Vec<_>>())
    .bind(refused.iter().map(|refusal| &refusal.body[..]).collect::<Vec<_>>())
    .execute(&mut *tx)
    .await?;
    evict(&mut tx, database, rows, bytes).await?;
    tx.commit().await?;
    Ok(())
}

/// Forgets the oldest, so that the rest is within the bounds.
async fn evict(tx: &mut PgConnection, database: &Database, rows: u64, bytes: u64) -> Result<(), InboxError> {
    sqlx::query(database.sql(
        "DELETE FROM switchhook.quarantine WHERE seq <= (SELECT max(seq) FROM (SELECT seq, \
         row_number() OVER newest AS rows, sum(size) OVER newest AS bytes FROM switchhook.quarantine \
         WINDOW newest AS (ORDER BY seq DESC)) AS kept WHERE rows > $1 OR bytes > $2)",
    ))
    .bind(i64::try_from(rows).unwrap_or(i64::MAX))
    .bind(i64::try_from(bytes).unwrap_or(i64::MAX))
    .execute(tx)
    .await?;
    Ok(())
}

/// Number, endpoint, receipt, URI, headers, body.
type RefusalRow = (i64, String, i64, String, Vec<u8>, Vec<u8>);

pub(super) async fn list(
    store: &PostgresStore,
    endpoint: &str,
    after: i64,
    limit: usize,
) -> Result<Vec<(i64, Refusal)>, InboxError> {
    let rows: Vec<RefusalRow> = sqlx::query_as(store.database().sql(
        "SELECT seq, endpoint, received_at, uri, headers, body FROM switchhook.quarantine \
         WHERE endpoint = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    ))
    .bind(endpoint)
    .bind(after)
    .bind(i64::try_from(limit).unwrap_or(i64::MAX))
    .fetch_all(store.database().own())
    .await?;
    let refusals = rows.into_iter().map(|(seq, endpoint, received_at, uri, headers, body)| {
        let refusal = Refusal {
            endpoint: endpoint.into(),
            received_at: time(received_at),
            uri,
            headers: at_rest::read(&headers),
            body: Bytes::from(body),
        };
        (seq, refusal)
    });
    Ok(refusals.collect())
}

/// Takes requests out; gives those that were still there.
pub(super) async fn take(
    tx: &mut PgConnection,
    database: &Database,
    refused: &[i64],
) -> Result<BTreeSet<i64>, InboxError> {
    let taken: Vec<i64> = sqlx::query_scalar(
        database.sql("DELETE FROM switchhook.quarantine WHERE seq = ANY($1) RETURNING seq"),
    )
    .bind(refused)
    .fetch_all(tx)
    .await?;
    Ok(taken.into_iter().collect())
}
