//! What becomes of a batch of deliveries, once it is known what the store has.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    sync::Arc,
};

use super::{
    model::{Key, NewDelivery, Stored},
    rows::state,
};
use crate::Tenant;

/// A lane of a queue, or a queue without lanes.
pub(super) type Place = (i64, Option<String>);

/// What a store has that bears upon a batch.
#[derive(Default)]
pub(super) struct Facts {
    /// Of each delivery of the batch, what becomes of it when its key is known.
    pub(super) repeated: Vec<Option<Stored>>,
    /// Of the batch's lanes, those in which something is not at its end.
    pub(super) lanes: BTreeSet<(i64, String)>,
    /// The newest deliveries that hints could be dropped for: they wait and were never tried.
    pub(super) newest: BTreeMap<Place, Waiting>,
}

/// A delivery that waits.
pub(super) struct Waiting {
    pub(super) delivery: i64,
    pub(super) tenant: Option<String>,
    pub(super) event: String,
    pub(super) body: Vec<u8>,
}

/// A row of work that is to be written.
pub(super) struct NewWorkRow<'a> {
    pub(super) delivery: i64,
    pub(super) queue: i64,
    pub(super) lane: Option<&'a str>,
    pub(super) state: i64,
}

/// What a batch comes to.
#[derive(Default)]
pub(super) struct Plan<'a> {
    pub(super) fates: Vec<Stored>,
    pub(super) deliveries: Vec<(i64, &'a NewDelivery)>,
    pub(super) work: Vec<NewWorkRow<'a>>,
    /// With the delivery that each stands for.
    pub(super) keys: Vec<(&'a NewDelivery, &'a Key, i64)>,
}

impl<'a> Plan<'a> {
    /// Decides on a batch, of which the numbers of the queues of each delivery's work are known. A delivery is given its
    /// number by its place in the batch.
    pub(super) fn make(
        batch: &'a [NewDelivery],
        queues: &[Vec<i64>],
        facts: Facts,
        mut number: impl FnMut(usize) -> i64,
    ) -> Self {
        let Facts { repeated, mut lanes, newest } = facts;
        let mut newest = Newest { stored: newest, of_lane: HashMap::new(), of_endpoint: HashMap::new() };
        let mut plan = Self::default();
        for (place, ((new, queues), repeated)) in batch.iter().zip(queues).zip(repeated).enumerate() {
            if let Some(fate) = repeated {
                plan.fates.push(fate);
                continue;
            }
            if let Some(waiting) = newest.identical(new, queues) {
                plan.keys.extend(new.key.as_ref().map(|key| (new, key, waiting)));
                plan.fates.push(Stored::Coalesced);
                continue;
            }
            let delivery = number(place);
            for (work, queue) in new.work.iter().zip(queues) {
                let in_use = work.lane.as_ref().is_some_and(|lane| !lanes.insert((*queue, lane.clone())));
                let state = if in_use { state::WAITING } else { state::READY };
                plan.work.push(NewWorkRow { delivery, queue: *queue, lane: work.lane.as_deref(), state });
            }
            newest.add(delivery, new, queues);
            plan.keys.extend(new.key.as_ref().map(|key| (new, key, delivery)));
            plan.deliveries.push((delivery, new));
            plan.fates.push(Stored::New);
        }
        plan
    }
}

/// The lanes that a batch would use.
pub(super) fn lanes<'a>(batch: &'a [NewDelivery], queues: &[Vec<i64>]) -> BTreeSet<(i64, &'a str)> {
    let mut lanes = BTreeSet::new();
    for (new, queues) in batch.iter().zip(queues) {
        for (work, queue) in new.work.iter().zip(queues) {
            lanes.extend(work.lane.as_deref().map(|lane| (*queue, lane)));
        }
    }
    lanes
}

/// Where identical hints could wait: queue, lane, endpoint.
pub(super) fn places<'a>(
    batch: &'a [NewDelivery],
    queues: &[Vec<i64>],
) -> BTreeSet<(i64, Option<&'a str>, &'a str)> {
    let mut places = BTreeSet::new();
    for (new, queues) in batch.iter().zip(queues).filter(|(new, _)| new.hint) {
        for (work, queue) in new.work.iter().zip(queues) {
            places.insert((*queue, work.lane.as_deref(), &*new.endpoint));
        }
    }
    places
}

/// The newest deliveries that hints could be dropped for.
struct Newest<'a> {
    stored: BTreeMap<Place, Waiting>,
    /// Earlier in the batch, by lane and by endpoint.
    of_lane: HashMap<(i64, &'a str), (i64, &'a NewDelivery)>,
    of_endpoint: HashMap<&'a Arc<str>, (i64, &'a NewDelivery)>,
}

impl<'a> Newest<'a> {
    /// Takes in a delivery of the batch.
    fn add(&mut self, seq: i64, new: &'a NewDelivery, queues: &[i64]) {
        self.of_endpoint.insert(&new.endpoint, (seq, new));
        for (work, queue) in new.work.iter().zip(queues) {
            if let Some(lane) = &work.lane {
                self.of_lane.insert((*queue, lane), (seq, new));
            }
        }
    }

    /// The delivery for which this hint can be dropped: for each of its consumers an identical one waits.
    fn identical(&self, new: &NewDelivery, queues: &[i64]) -> Option<i64> {
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
