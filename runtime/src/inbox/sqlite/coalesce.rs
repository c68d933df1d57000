//! Whether an identical hint waits already.

use std::collections::BTreeMap;

use sqlx::{Row, SqliteConnection};

use super::json;
use crate::inbox::{
    InboxError,
    model::NewDelivery,
    plan::{self, Place, Waiting},
};

/// The newest deliveries where hints of the batch would go, if they wait and were never tried.
pub(super) async fn newest(
    tx: &mut SqliteConnection,
    batch: &[NewDelivery],
    queues: &[Vec<i64>],
) -> Result<BTreeMap<Place, Waiting>, InboxError> {
    let places = plan::places(batch, queues);
    if places.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows = sqlx::query(
        "WITH wanted (queue, lane, endpoint) AS (\
         SELECT value ->> 0, value ->> 1, value ->> 2 FROM json_each(?)) \
         SELECT wanted.queue, wanted.lane, d.seq, d.event, c.body, d.tenant FROM wanted \
         CROSS JOIN switchhook_work AS w ON w.seq = CASE WHEN wanted.lane IS NULL THEN \
         (SELECT max(seq) << 16 | wanted.queue FROM (SELECT seq, endpoint FROM switchhook_delivery \
         ORDER BY seq DESC LIMIT 1000) WHERE endpoint = wanted.endpoint) ELSE \
         (SELECT max(seq) FROM switchhook_work INDEXED BY switchhook_work_lane \
         WHERE queue = wanted.queue AND lane = wanted.lane AND state < 3) END \
         CROSS JOIN switchhook_delivery AS d ON d.seq = w.delivery \
         CROSS JOIN switchhook_content AS c ON c.delivery = w.delivery \
         WHERE w.attempts = 0 AND w.replays = 0 AND w.state IN (0, 2)",
    )
    .bind(json(&places))
    .fetch_all(&mut *tx)
    .await?;
    let waiting = |row: &sqlx::sqlite::SqliteRow| {
        let waiting =
            Waiting { delivery: row.get(2), event: row.get(3), body: row.get(4), tenant: row.get(5) };
        ((row.get(0), row.get(1)), waiting)
    };
    Ok(rows.iter().map(waiting).collect())
}
