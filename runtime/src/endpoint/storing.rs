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
        let hint =
            self.settings.coalesce.unwrap_or_else(|| self.provider.catalog().is_hint(delivery.event()));
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
                    Some(lane::name(field, &self.provider.ordering_key(field, delivery.data())?))
                });
                Some(NewWork { consumer: Arc::clone(&consumer.name), lane })
            })
            .collect()
    }
}
