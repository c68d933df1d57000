//! Storing deliveries.

use std::{collections::BTreeSet, sync::Arc, time::SystemTime};

use super::{Known, Row, State, Tables, Unrouted, Work, arrival, at_rest, work_number};
use crate::inbox::{
    model::{Key, NewDelivery, NewWork, Queue, Stored},
    simulation::{bugs::Bug, trace::Event},
};

impl Tables {
    pub(super) fn insert(&mut self, batch: Vec<NewDelivery>, now: SystemTime) -> Vec<Stored> {
        if self.bug == Some(Bug::AckBeforeCommit) {
            return self.promise(batch, now);
        }
        self.store(&batch, now)
    }

    /// Says that a batch is stored, and stores it with the next. Some are forgotten before.
    fn promise(&mut self, batch: Vec<NewDelivery>, now: SystemTime) -> Vec<Stored> {
        let owed = std::mem::take(&mut self.owed);
        if fastrand::u8(0..4) > 0 {
            self.store(&owed, now);
        }
        self.owed = batch;
        vec![Stored::New; self.owed.len()]
    }

    fn store(&mut self, batch: &[NewDelivery], now: SystemTime) -> Vec<Stored> {
        // What is dead is revived before anything new takes its lane.
        let mut keys = BTreeSet::new();
        let repeated: Vec<Option<Stored>> = batch
            .iter()
            .map(|new| {
                let key = new.key.as_ref()?;
                if !keys.insert(key) {
                    return Some(Stored::Duplicate);
                }
                let delivery = self.keys.get(key)?.delivery;
                Some(self.repeat(delivery, new, now))
            })
            .collect();
        let fates: Vec<Stored> = batch
            .iter()
            .zip(repeated)
            .map(|(new, repeated)| repeated.unwrap_or_else(|| self.store_one(new, now)))
            .collect();
        for (new, fate) in batch.iter().zip(&fates).filter(|(_, fate)| **fate != Stored::New) {
            let key = new.key.as_ref();
            let delivery = key.and_then(|key| self.keys.get(key)).map(|known| known.delivery);
            self.told(new, *fate, delivery);
        }
        fates
    }

    fn told(&mut self, new: &NewDelivery, fate: Stored, delivery: Option<i64>) {
        self.events.push(Event::Stored { arrival: arrival(new.delivery.id()), fate, delivery });
    }

    fn store_one(&mut self, new: &NewDelivery, now: SystemTime) -> Stored {
        if let Some(waiting) = self.identical(new) {
            self.remember(new, waiting);
            return Stored::Coalesced;
        }
        self.last += 1;
        let delivery = self.last;
        self.told(new, Stored::New, Some(delivery));
        let received = Arc::new(at_rest(&new.delivery, &new.endpoint));
        self.remember(new, delivery);
        if new.work.is_empty() {
            let received_at = received.received_at;
            self.unrouted.insert(delivery, Unrouted { received_at, key: new.key.clone(), wanted: false });
        }
        self.deliveries.insert(delivery, Row { received, has_content: true });
        for work in &new.work {
            self.add_work(delivery, new, work, now);
        }
        Stored::New
    }

    fn add_work(&mut self, delivery: i64, new: &NewDelivery, work: &NewWork, now: SystemTime) {
        let consumer = Arc::clone(&work.consumer);
        let queue = self.queue(&Queue { endpoint: Arc::clone(&new.endpoint), consumer });
        let is_of_lane =
            |other: &Work| other.queue == queue && other.lane == work.lane && !other.state.is_end();
        let in_use = work.lane.is_some() && self.work.values().rev().any(is_of_lane);
        let state = if in_use { State::Waiting } else { State::Ready };
        let (number, row) = (work_number(delivery, queue), Work::new(queue, work.lane.clone(), state, now));
        self.events.push(Event::Entered { work: vec![(number, row.lane())] });
        self.work.insert(number, row);
    }

    fn remember(&mut self, new: &NewDelivery, delivery: i64) {
        if let Some(key) = &new.key {
            let received_at = new.delivery.received_at();
            self.keys.insert(Key::clone(key), Known { delivery, received_at });
        }
    }

    /// A delivery that is known came again: what of it is dead, or never had a handler, runs now.
    fn repeat(&mut self, delivery: i64, new: &NewDelivery, now: SystemTime) -> Stored {
        let dead: Vec<i64> = self
            .work_on(delivery)
            .filter(|(_, work)| work.state == State::Dead)
            .map(|(number, _)| number)
            .collect();
        self.requeue(&dead, now);
        let wanted = !new.work.is_empty() && self.want(&[delivery]) > 0;
        if dead.is_empty() && !wanted { Stored::Duplicate } else { Stored::Revived }
    }

    pub(super) fn readmit(&mut self, passed: Vec<(i64, Option<NewDelivery>)>, now: SystemTime) -> u64 {
        let mut taken = 0;
        let mut batch = Vec::new();
        for (number, new) in passed {
            if self.refusals.remove(&number).is_some() {
                taken += 1;
                batch.extend(new);
            }
        }
        self.store(&batch, now);
        taken
    }
}
