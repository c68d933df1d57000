//! Writing deliveries.

use std::collections::HashMap;

use sqlx::{PgConnection, Postgres, postgres::PgArguments, query::Query};
use uuid::Uuid;

use super::{PostgresStore, now, text};
use crate::{
    ProviderId, Tenant,
    inbox::{
        InboxError, at_rest,
        model::{Key, NewDelivery},
        plan::Plan,
        rows::micros,
    },
};

/// Deliveries as rows of these columns, of which [`bind`] gives the parameters.
macro_rules! new_deliveries {
    () => {
        "unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::bool[], \
         $8::bytea[], $9::bytea[], $10::bigint[], $11::bigint[], $12::bytea[]"
    };
}
macro_rules! new_delivery_columns {
    () => {
        "id, endpoint, tenant, event, provider_id, received_at, signed, headers, body, data_start, data_end, data"
    };
}
pub(super) use {new_deliveries, new_delivery_columns};

type Binding<'q> = Query<'q, Postgres, PgArguments>;

/// Gives a statement its first twelve parameters.
pub(super) fn bind<'q>(statement: Binding<'q>, deliveries: &[&NewDelivery]) -> Binding<'q> {
    let places: Vec<_> = deliveries
        .iter()
        .map(|new| at_rest::place_within(new.delivery.body(), new.delivery.data()))
        .collect();
    let each = || deliveries.iter().map(|new| &new.delivery);
    statement
        .bind(each().map(|delivery| Uuid::from_bytes(delivery.id().into_bytes())).collect::<Vec<_>>())
        .bind(deliveries.iter().map(|new| &*new.endpoint).collect::<Vec<_>>())
        .bind(each().map(|delivery| delivery.tenant().map(Tenant::as_str)).collect::<Vec<_>>())
        .bind(each().map(|delivery| text::write(delivery.event().as_str())).collect::<Vec<_>>())
        .bind(
            each()
                .map(|delivery| delivery.provider_id().map(ProviderId::as_str).map(text::write))
                .collect::<Vec<_>>(),
        )
        .bind(each().map(|delivery| micros(delivery.received_at())).collect::<Vec<_>>())
        .bind(each().map(crate::Delivery::is_signed).collect::<Vec<_>>())
        .bind(each().map(|delivery| at_rest::write_public(delivery.headers())).collect::<Vec<_>>())
        .bind(each().map(|delivery| &delivery.body()[..]).collect::<Vec<_>>())
        .bind(places.iter().map(|place| place.unwrap_or_default().0).collect::<Vec<_>>())
        .bind(places.iter().map(|place| place.unwrap_or_default().1).collect::<Vec<_>>())
        .bind(
            each()
                .zip(&places)
                .map(|(delivery, place)| place.is_none().then_some(&delivery.data()[..]))
                .collect::<Vec<_>>(),
        )
}

/// Writes all of a batch of which is decided what becomes of it, in one statement.
pub(super) async fn write(
    store: &PostgresStore,
    tx: &mut PgConnection,
    plan: &Plan<'_>,
) -> Result<(), InboxError> {
    let deliveries: Vec<&NewDelivery> = plan.deliveries.iter().map(|(_, new)| *new).collect();
    let unrouted: Vec<_> = plan.deliveries.iter().filter(|(_, new)| new.work.is_empty()).collect();
    let coalesced: HashMap<&Key, i64> = plan
        .keys
        .iter()
        // The others' keys were taken with their own numbers.
        .filter(|(new, _, delivery)| {
            let place = plan.deliveries.binary_search_by_key(delivery, |(seq, _)| *seq);
            place.map_or(true, |place| !std::ptr::eq(plan.deliveries[place].1, *new))
        })
        .map(|(_, key, delivery)| (*key, *delivery))
        .collect();
    let statement = sqlx::query(store.database().sql(concat!(
        "WITH new AS MATERIALIZED (SELECT * FROM ",
        new_deliveries!(),
        ", $13::bigint[]) AS new (",
        new_delivery_columns!(),
        ", seq)), \
         d AS (INSERT INTO switchhook.delivery (seq, id, endpoint, tenant, event, provider_id, received_at, signed) \
         SELECT seq, id, endpoint, tenant, event, provider_id, received_at, signed FROM new), \
         c AS (INSERT INTO switchhook.content (delivery, headers, body, data_start, data_end, data) \
         SELECT seq, headers, body, data_start, data_end, data FROM new), \
         w AS (INSERT INTO switchhook.work (seq, queue, lane, state, due) \
         SELECT seq << 16 | queue, queue, lane, state, ",
        now!("$18"),
        " FROM unnest($14::bigint[], $15::bigint[], $16::text[], $17::bigint[]) AS new (seq, queue, lane, state)), \
         u AS (INSERT INTO switchhook.unrouted (delivery, received_at, key) SELECT * FROM \
         unnest($19::bigint[], $20::bigint[], $21::bytea[])) \
         UPDATE switchhook.key AS k SET delivery = same.delivery \
         FROM unnest($22::bytea[], $23::bigint[]) AS same (key, delivery) WHERE k.key = same.key",
    )));
    bind(statement, &deliveries)
        .bind(plan.deliveries.iter().map(|(seq, _)| *seq).collect::<Vec<_>>())
        .bind(plan.work.iter().map(|work| work.delivery).collect::<Vec<_>>())
        .bind(plan.work.iter().map(|work| work.queue).collect::<Vec<_>>())
        .bind(plan.work.iter().map(|work| work.lane.map(text::write)).collect::<Vec<_>>())
        .bind(plan.work.iter().map(|work| work.state).collect::<Vec<_>>())
        .bind(store.set_time())
        .bind(unrouted.iter().map(|(seq, _)| *seq).collect::<Vec<_>>())
        .bind(unrouted.iter().map(|(_, new)| micros(new.delivery.received_at())).collect::<Vec<_>>())
        .bind(unrouted.iter().map(|(_, new)| new.key.as_deref()).collect::<Vec<_>>())
        .bind(coalesced.keys().map(|key| &key[..]).collect::<Vec<_>>())
        .bind(coalesced.values().copied().collect::<Vec<_>>())
        .execute(tx)
        .await?;
    Ok(())
}
