//! What of an endpoint the inbox must know of a delivery.

use std::sync::Arc;

use super::mounted::Mounted;
use crate::{
    Delivery,
    inbox::{
        lane,
        model::{NewDelivery, NewWork},
    },
};

impl Mounted {
    /// A delivery with the work that its consumers have with it.
    pub(crate) fn to_store(&self, delivery: Delivery) -> NewDelivery {
        let hint = self.settings.coalesce.unwrap_or_else(|| self.catalog.is_hint(delivery.event()));
        NewDelivery {
            endpoint: Arc::clone(&self.name),
            work: self.work(&delivery),
            key: self.settings.dedupe.key(&self.name, &delivery),
            hint,
            delivery,
        }
    }

    /// What each consumer that has a handler must do.
    pub(crate) fn work(&self, delivery: &Delivery) -> Vec<NewWork> {
        self.consumers
            .iter()
            .filter_map(|consumer| {
                let handler = consumer.find(delivery.event())?;
                let lane = handler.info.options.ordered_by.and_then(|field| {
                    let key = (self.ordering_key)(field, delivery.data())?;
                    Some(lane::name(delivery.tenant(), field, &key))
                });
                Some(NewWork { consumer: Arc::clone(&consumer.name), lane })
            })
            .collect()
    }
}
