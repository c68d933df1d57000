//! What is acknowledged is stored, and ends.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use super::{Holds, Law, must};
use crate::inbox::{
    model::{Stored, Verdict},
    simulation::{model::delivery_of, trace::Event},
};

#[derive(Default)]
pub(super) struct Acknowledged {
    /// What the store has committed of each arrival.
    stored: BTreeMap<u64, (Stored, Option<i64>)>,
    /// The deliveries that senders were told of, and by which arrival.
    promised: BTreeMap<i64, u64>,
    consumers: BTreeMap<u64, Vec<Arc<str>>>,
    /// The deliveries that were stored without a handler and have none yet; whether they were asked for.
    unrouted: BTreeMap<i64, bool>,
    /// How many consumers each delivery has work for.
    work: BTreeMap<i64, BTreeSet<i64>>,
    open: BTreeSet<i64>,
    /// How many consumers the delivery had when it was stored.
    owed: BTreeMap<i64, usize>,
}

impl Acknowledged {
    pub(super) fn see(&mut self, event: &Event) -> Holds {
        match event {
            Event::Arrived { arrival, consumers, .. } => {
                self.consumers.insert(*arrival, consumers.clone());
            }
            Event::Stored { arrival, fate, delivery } => {
                self.stored.insert(*arrival, (*fate, *delivery));
                if let (Stored::New, Some(delivery)) = (fate, delivery) {
                    let consumers = self.consumers.get(arrival).map_or(0, Vec::len);
                    self.owed.insert(*delivery, consumers);
                    if consumers == 0 {
                        self.unrouted.insert(*delivery, false);
                    }
                }
            }
            Event::Answered { arrival, answer: Ok(answer) } => {
                let stored = self.stored.get(arrival);
                let is_so = stored.is_some_and(|(fate, _)| fate == answer);
                must(is_so, Law::DurableFirst, || {
                    format!("arrival {arrival} was told {answer:?}, and the store has {stored:?}")
                })?;
                if let Some((_, Some(delivery))) = stored {
                    self.promised.entry(*delivery).or_insert(*arrival);
                }
            }
            Event::Wanted { delivery } => drop(self.unrouted.insert(*delivery, true)),
            Event::Adopted { delivery } => drop(self.unrouted.remove(delivery)),
            Event::Entered { work } => {
                for (work, _) in work {
                    self.work.entry(delivery_of(*work)).or_default().insert(*work);
                    self.open.insert(*work);
                }
            }
            Event::Ended { work, verdict: Verdict::Done | Verdict::Dead, .. } => {
                self.open.remove(work);
            }
            Event::Discarded { work } => self.open.retain(|open| !work.contains(open)),
            _ => {}
        }
        Ok(())
    }

    /// What nobody asked for may stay without a handler when it is too old; the world makes sure that only such is left.
    pub(super) fn conclude(&self) -> Holds {
        for (delivery, arrival) in &self.promised {
            let work = self.work.get(delivery);
            let left = work.into_iter().flatten().find(|work| self.open.contains(work));
            must(left.is_none(), Law::EverythingEnds, || {
                format!("arrival {arrival} was acknowledged, and work {left:?} on it has no end")
            })?;
            let (has, owed) = (work.map_or(0, BTreeSet::len), self.owed.get(delivery).copied());
            let waits = self.unrouted.get(delivery) == Some(&false);
            let complete = waits || has > 0 && Some(has) >= owed;
            must(complete, Law::EverythingEnds, || {
                format!("arrival {arrival} was acknowledged, and {has} of {owed:?} consumers got it")
            })?;
        }
        Ok(())
    }
}
