//! Whether an identical hint waits already.

use std::sync::Arc;

use super::{State, Tables, Work, delivery_of, work_number};
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
        let (endpoint, consumer) = (Arc::clone(&new.endpoint), Arc::clone(&wanted.consumer));
        let queue = self.queue(&Queue { endpoint, consumer });
        let number = if wanted.lane.is_some() {
            let is_of_lane =
                |work: &Work| work.queue == queue && work.lane == wanted.lane && !work.state.is_end();
            *self.work.iter().rev().find(|(_, work)| is_of_lane(work))?.0
        } else {
            let mut deliveries = self.deliveries.iter().rev();
            let newest = deliveries.find(|(_, row)| row.received.endpoint == new.endpoint)?;
            work_number(*newest.0, queue)
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
