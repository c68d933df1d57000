//! Storing deliveries that wait for nothing and that nothing waits for: all that there is to decide is whether their
//! keys are known. The database does that by itself, in one statement.

use std::collections::BTreeSet;

use sqlx::{Row, postgres::PgRow};

use super::{
    PostgresStore, insert, now,
    write::{self, new_deliveries, new_delivery_columns},
};
use crate::{
    fault,
    inbox::{
        InboxError,
        model::{NewDelivery, Stored},
    },
};

/// Tells whether no delivery of the batch has a lane, or could be left out as a hint.
pub(super) fn fits(batch: &[NewDelivery]) -> bool {
    batch.iter().all(|new| !new.hint && new.work.iter().all(|work| work.lane.is_none()))
}

/// Stores a batch. What repeats something is looked at afterwards.
pub(super) async fn store(
    store: &PostgresStore,
    batch: Vec<NewDelivery>,
    queues: Vec<Vec<i64>>,
) -> Result<Vec<Stored>, InboxError> {
    let mut seen = BTreeSet::new();
    let mut fates = vec![Stored::New; batch.len()];
    let first = |place: &usize| batch[*place].key.clone().is_none_or(|key| seen.insert(key));
    let (places, mut again): (Vec<usize>, Vec<usize>) = (0..batch.len()).partition(first);
    fault::at(fault::Point::BeforeCommit);
    let new = store_new(store, &batch, &queues, &places).await?;
    fault::at(fault::Point::AfterCommit);
    if !new.is_empty() {
        store.announce();
    }
    again.extend(places.into_iter().filter(|place| !new.contains(place)));
    if again.is_empty() {
        return Ok(fates);
    }
    again.sort_unstable();
    let mut all: Vec<_> = batch.into_iter().zip(queues).map(Some).collect();
    let (known, queues): (Vec<_>, Vec<_>) = again.iter().filter_map(|place| all[*place].take()).unzip();
    let known_fates = insert::store_any(store, &known, &queues).await?;
    for (place, fate) in again.into_iter().zip(known_fates) {
        fates[place] = fate;
    }
    Ok(fates)
}

/// Stores those of these places in the batch whose keys are not known; gives their places.
async fn store_new(
    store: &PostgresStore,
    batch: &[NewDelivery],
    queues: &[Vec<i64>],
    places: &[usize],
) -> Result<BTreeSet<usize>, InboxError> {
    let deliveries: Vec<&NewDelivery> = places.iter().map(|place| &batch[*place]).collect();
    let statement = sqlx::query(store.database().sql(concat!(
        "WITH given AS MATERIALIZED (SELECT nextval('switchhook.delivery_seq') AS seq, new.* FROM ",
        new_deliveries!(),
        ", $13::bytea[], $14::text[]) WITH ORDINALITY AS new (",
        new_delivery_columns!(),
        ", key, queues, place)), \
         kept AS (INSERT INTO switchhook.key (key, delivery, received_at) \
         SELECT key, seq, received_at FROM given WHERE key IS NOT NULL ORDER BY key \
         ON CONFLICT (key) DO NOTHING RETURNING delivery), \
         new AS MATERIALIZED (SELECT * FROM given \
         WHERE key IS NULL OR seq = ANY (ARRAY (SELECT delivery FROM kept))), \
         d AS (INSERT INTO switchhook.delivery (seq, id, endpoint, tenant, event, provider_id, received_at, signed) \
         SELECT seq, id, endpoint, tenant, event, provider_id, received_at, signed FROM new), \
         c AS (INSERT INTO switchhook.content (delivery, headers, body, data_start, data_end, data) \
         SELECT seq, headers, body, data_start, data_end, data FROM new), \
         w AS (INSERT INTO switchhook.work (seq, queue, state, due) SELECT seq << 16 | queue, queue, 0, ",
        now!("$15"),
        " FROM new CROSS JOIN LATERAL unnest(queues::bigint[]) AS queue), \
         u AS (INSERT INTO switchhook.unrouted (delivery, received_at, key) \
         SELECT seq, received_at, key FROM new WHERE queues = '{}') \
         SELECT place FROM new",
    )));
    let array = |place: &usize| {
        let numbers: Vec<String> = queues[*place].iter().map(i64::to_string).collect();
        format!("{{{}}}", numbers.join(","))
    };
    let mut connection = store.database().ingest.alone().await?;
    let new = write::bind(statement, &deliveries)
        .bind(deliveries.iter().map(|new| new.key.as_deref()).collect::<Vec<_>>())
        .bind(places.iter().map(array).collect::<Vec<_>>())
        .bind(store.set_time())
        .fetch_all(&mut *connection)
        .await?;
    connection.give_back();
    let place = |row: &PgRow| places.get(usize::try_from(row.get::<i64, _>(0) - 1).ok()?).copied();
    Ok(new.iter().filter_map(place).collect())
}
