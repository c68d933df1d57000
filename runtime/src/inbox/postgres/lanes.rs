//! The locks of lanes, and what goes on in a lane when something has ended there.

use std::collections::BTreeSet;

use sha2::{Digest, Sha256};
use sqlx::PgConnection;

use super::{Database, text};
use crate::inbox::InboxError;

/// How many locks all lanes share: the server has room for a few thousand, and a batch can have hundreds of lanes.
const LOCKS: u16 = 256;

/// The number of a lane's lock. It is the same in all processes, of whatever version.
fn lock_number(queue: i64, lane: &str) -> i32 {
    let mut digest = Sha256::new();
    digest.update(queue.to_be_bytes());
    digest.update(lane);
    let digest = digest.finalize();
    digest.first_chunk().map_or(0, |bytes| i32::from(u16::from_be_bytes(*bytes) % LOCKS))
}

/// Holds these lanes until the transaction's end. What is read from here on shows all that others did to them.
pub(super) async fn lock(
    tx: &mut PgConnection,
    database: &Database,
    lanes: impl Iterator<Item = (i64, &str)>,
) -> Result<(), InboxError> {
    let locks: BTreeSet<i32> = lanes.map(|(queue, lane)| lock_number(queue, lane)).collect();
    if !locks.is_empty() {
        sqlx::query("SELECT pg_advisory_xact_lock($1, lock) FROM unnest($2::int[]) AS lock")
            .bind(database.locks)
            .bind(locks.into_iter().collect::<Vec<_>>())
            .execute(tx)
            .await?;
    }
    Ok(())
}

/// In each lane where nothing is ready or runs, the first that waits becomes ready. Their locks must be held.
pub(super) async fn promote(
    tx: &mut PgConnection,
    database: &Database,
    lanes: &BTreeSet<Lane>,
    now: i64,
) -> Result<(), InboxError> {
    if lanes.is_empty() {
        return Ok(());
    }
    let (queues, lanes) = columns(names(lanes).collect());
    sqlx::query(database.sql(
        "UPDATE switchhook.work AS w SET state = 0, due = $3 FROM (\
         SELECT (SELECT head.seq FROM switchhook.work AS head WHERE head.queue = l.queue AND head.lane = l.lane \
         AND head.lane IS NOT NULL AND head.state < 3 AND head.state = 2 ORDER BY head.seq LIMIT 1) AS seq \
         FROM unnest($1::bigint[], $2::text[]) AS l (queue, lane) WHERE NOT EXISTS (\
         SELECT 1 FROM switchhook.work AS active WHERE active.queue = l.queue AND active.lane = l.lane \
         AND active.lane IS NOT NULL AND active.state < 2)) AS next WHERE w.seq = next.seq",
    ))
    .bind(queues)
    .bind(lanes)
    .bind(now)
    .execute(tx)
    .await?;
    Ok(())
}

/// A queue and the name of one of its lanes.
pub(super) type Lane = (i64, String);

/// The lanes that rows tell of.
pub(super) fn read(rows: impl Iterator<Item = (i64, Option<String>)>) -> BTreeSet<Lane> {
    rows.filter_map(|(queue, lane)| Some((queue, text::read(lane?)))).collect()
}

/// Their names, for those who lock them.
pub(super) fn names(lanes: &BTreeSet<Lane>) -> impl Iterator<Item = (i64, &str)> {
    lanes.iter().map(|(queue, lane)| (*queue, lane.as_str()))
}

/// Lanes as two columns, of their names as they are stored.
pub(super) fn columns(lanes: Vec<(i64, &str)>) -> (Vec<i64>, Vec<String>) {
    lanes.into_iter().map(|(queue, lane)| (queue, text::write(lane).into_owned())).unzip()
}
