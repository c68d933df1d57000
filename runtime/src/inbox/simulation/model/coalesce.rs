//! Whether an identical hint waits already.

use super::{State, Tables, delivery_of, work_number};
use crate::inbox::{
    model::{NewDelivery, NewWork, Queue},
    simulation::bugs::Bug,
};

impl Tables {
    /// The delivery for which this hint can be dropped: for each of its consumers an identical one waits.
    pub(super) fn identical(&mut self, new: &NewDelivery) -> Option<i64> {
        if !new.hint {
            return None;
        }
        let mut waiting = None;
        for work in &new.work {
            waiting = Some(self.waits_for(new, work)?);
        }
        waiting
    }

    /// The newest of this place, if it is identical, waits and was never tried.
    fn waits_for(&mut self, new: &NewDelivery, wanted: &NewWork) -> Option<i64> {
        let queue = self.queue(&Queue { endpoint: new.endpoint.clone(), consumer: wanted.consumer.clone() });
        let number = match &wanted.lane {
            Some(lane) => {
                let mut works = self.work.iter().rev();
                *works
                    .find(|(_, work)| {
                        work.queue == queue && work.lane.as_ref() == Some(lane) && !work.state.is_end()
                    })?
                    .0
            }
            None => {
                let mut deliveries = self.deliveries.iter().rev();
                let newest = deliveries.find(|(_, row)| row.received.endpoint == new.endpoint)?;
                work_number(*newest.0, queue)
            }
        };
        let work = self.work.get(&number)?;
        let waits = matches!(work.state, State::Ready | State::Waiting);
        let untried = work.attempts == 0 && work.replays == 0;
        if !(waits && untried || self.bug == Some(Bug::CoalescesIntoRunning) && !work.state.is_end()) {
            return None;
        }
        let row = self.deliveries.get(&delivery_of(number)).filter(|row| row.has_content)?;
        let (old, new) = (&row.received, &new.delivery);
        let identical = old.event == *new.event() && old.body == *new.body();
        (identical && old.tenant.as_ref() == new.tenant()).then_some(delivery_of(number))
    }
}
