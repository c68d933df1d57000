//! Deliveries that nobody had a handler for.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{State, Tables, Work, work_number};
use crate::{
    Attempt, Delivery,
    inbox::{
        model::{Adopt, Queue},
        simulation::trace::Event,
    },
};

/// How many are adopted in one transaction.
const AT_ONCE: usize = 500;

impl Tables {
    /// Marks deliveries as wanted: whoever has a handler takes them, whatever their age. Gives how many there were.
    pub(super) fn want(&mut self, deliveries: &[i64]) -> u64 {
        let mut wanted = 0;
        for delivery in deliveries {
            if let Some(unrouted) = self.unrouted.get_mut(delivery) {
                unrouted.wanted = true;
                wanted += 1;
                self.events.push(Event::Wanted { delivery: *delivery });
            }
        }
        wanted
    }

    /// Makes work for some of those that are wanted or young and have a handler here, all of one event.
    pub(super) fn adopt(&mut self, router: &dyn Adopt, max_age: Duration, now: SystemTime) -> usize {
        let since = now.checked_sub(max_age).unwrap_or(SystemTime::UNIX_EPOCH);
        let name = |delivery: &i64| {
            let received = &self.deliveries.get(delivery)?.received;
            Some((Arc::clone(&received.endpoint), received.event.clone()))
        };
        let adoptable: Vec<(i64, _)> = self
            .unrouted
            .iter()
            .filter(|(_, unrouted)| unrouted.wanted || unrouted.received_at >= since)
            .filter_map(|(delivery, _)| Some((*delivery, name(delivery)?)))
            .collect();
        let first = adoptable.iter().find(|(_, (endpoint, event))| router.handles(endpoint, event));
        let Some((_, event)) = first else { return 0 };
        let of_event = adoptable.iter().filter(|(_, name)| name == event).take(AT_ONCE);
        let of_event: Vec<i64> = of_event.map(|(delivery, _)| *delivery).collect();
        self.make_work(router, &of_event, now);
        of_event.len()
    }

    fn make_work(&mut self, router: &dyn Adopt, deliveries: &[i64], now: SystemTime) {
        let mut entered = Vec::new();
        for seq in deliveries {
            self.unrouted.remove(seq);
            self.events.push(Event::Adopted { delivery: *seq });
            let Some(row) = self.deliveries.get(seq) else { continue };
            let endpoint = Arc::clone(&row.received.endpoint);
            let delivery = Delivery::restored(Arc::clone(&row.received), Attempt::FIRST);
            for work in router.work(&endpoint, &delivery) {
                let queue = self.queue(&Queue { endpoint: Arc::clone(&endpoint), consumer: work.consumer });
                let state = if work.lane.is_some() { State::Waiting } else { State::Ready };
                let row = Work::new(queue, work.lane, state, now);
                entered.push((work_number(*seq, queue), row.lane()));
                self.work.insert(work_number(*seq, queue), row);
            }
        }
        let lanes: BTreeSet<_> = entered.iter().filter_map(|(_, lane)| lane.clone()).collect();
        self.events.push(Event::Entered { work: entered });
        self.promote(lanes, now);
    }

    /// The deliveries without a handler that one may still be found for: asked for, or received since then.
    pub(super) fn adoptable(&self, since: SystemTime) -> usize {
        let adoptable = |unrouted: &&super::Unrouted| unrouted.wanted || unrouted.received_at >= since;
        self.unrouted.values().filter(adoptable).count()
    }
}
