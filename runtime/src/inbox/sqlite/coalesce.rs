//! Whether an identical hint waits already.

use std::{
    collections::{BTreeSet, HashMap},
    sync::Arc,
};

use sqlx::{Row, SqliteConnection};

use super::json;
use crate::{
    Tenant,
    inbox::{InboxError, model::NewDelivery},
};

/// A lane of a queue, or a queue without lanes.
type Place = (i64, Option<String>);

/// The newest deliveries that hints could be dropped for.
#[derive(Default)]
pub(super) struct Newest<'a> {
    /// In the store: those that wait and were never tried.
    stored: HashMap<Place, Waiting>,
    /// Earlier in the batch, by lane and by endpoint.
    of_lane: HashMap<(i64, &'a str), (i64, &'a NewDelivery)>,
    of_endpoint: HashMap<&'a Arc<str>, (i64, &'a NewDelivery)>,
}

struct Waiting {
    delivery: i64,
    tenant: Option<String>,
    event: String,
    body: Vec<u8>,
}

impl<'a> Newest<'a> {
    pub(super) async fn read(
        tx: &mut SqliteConnection,
        batch: &'a [NewDelivery],
        queues: &[Vec<i64>],
    ) -> Result<Self, InboxError> {
        let mut places = BTreeSet::new();
        for (new, queues) in batch.iter().zip(queues).filter(|(new, _)| new.hint) {
            for (work, queue) in new.work.iter().zip(queues) {
                places.insert((*queue, work.lane.as_deref(), &*new.endpoint));
            }
        }
        let mut newest = Self::default();
        if places.is_empty() {
            return Ok(newest);
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
        for row in rows {
            let waiting =
                Waiting { delivery: row.get(2), event: row.get(3), body: row.get(4), tenant: row.get(5) };
            newest.stored.insert((row.get(0), row.get(1)), waiting);
        }
        Ok(newest)
    }

    /// Takes in a delivery of the batch.
    pub(super) fn add(&mut self, seq: i64, new: &'a NewDelivery, queues: &[i64]) {
        self.of_endpoint.insert(&new.endpoint, (seq, new));
        for (work, queue) in new.work.iter().zip(queues) {
            if let Some(lane) = &work.lane {
                self.of_lane.insert((*queue, lane), (seq, new));
            }
        }
    }

    /// The delivery for which this hint can be dropped: for each of its consumers an identical one waits.
    pub(super) fn identical(&self, new: &NewDelivery, queues: &[i64]) -> Option<i64> {
        if !new.hint {
            return None;
        }
        let new_is = |tenant: Option<&str>, event: &str, body: &[u8]| {
            let delivery = &new.delivery;
            delivery.tenant().map(Tenant::as_str) == tenant
                && *delivery.event() == *event
                && delivery.body() == body
        };
        let mut waiting = None;
        for (work, queue) in new.work.iter().zip(queues) {
            let in_batch = match &work.lane {
                Some(lane) => self.of_lane.get(&(*queue, lane.as_str())),
                None => self.of_endpoint.get(&new.endpoint),
            };
            let (delivery, is_identical) = if let Some((seq, earlier)) = in_batch {
                let (earlier, is_its_work) = (&earlier.delivery, earlier.work.contains(work));
                let tenant = earlier.tenant().map(Tenant::as_str);
                (*seq, is_its_work && new_is(tenant, earlier.event(), earlier.body()))
            } else {
                let stored = self.stored.get(&(*queue, work.lane.clone()))?;
                let Waiting { delivery, tenant, event, body } = stored;
                (*delivery, new_is(tenant.as_deref(), event, body))
            };
            waiting = Some(is_identical.then_some(delivery)?);
        }
        waiting
    }
}
