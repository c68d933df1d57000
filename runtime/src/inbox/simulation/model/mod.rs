//! A store in memory, as plain as it can be: ordered maps, and each change at once or not at all. It passes the suite of
//! all stores, so what the inbox does on it, it does on the others.

mod claim;
mod coalesce;
mod complete;
mod connection;
mod insert;
mod prune;
mod reading;
mod transaction;
mod unrouted;

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::SystemTime,
};

pub(super) use self::{connection::Connection, transaction::Transaction};
use super::{
    bugs::Bug,
    trace::{Event, Witness},
};
use crate::{
    Clock, Delivery, DeliveryId,
    delivery::Received,
    inbox::{
        AttemptRecord, WorkState, at_rest,
        model::{Key, NewDelivery, Queue, Refusal},
        worker::ADOPTION_AGE,
    },
};

/// The store that all processes share.
pub(super) struct Model {
    tables: Mutex<Tables>,
    clock: Arc<dyn Clock>,
    /// Hears of each change, in their order.
    witness: Option<Arc<Witness>>,
}

impl Model {
    pub(super) fn new(clock: Arc<dyn Clock>, witness: Option<Arc<Witness>>, bug: Option<Bug>) -> Self {
        Self { tables: Mutex::new(Tables { bug, ..Tables::default() }), clock, witness }
    }

    /// One transaction.
    pub(super) fn transact<T>(&self, change: impl FnOnce(&mut Tables, SystemTime) -> T) -> T {
        let mut tables = self.tables.lock().unwrap_or_else(PoisonError::into_inner);
        let done = change(&mut tables, self.clock.now());
        let events = std::mem::take(&mut tables.events);
        if let Some(witness) = &self.witness {
            for event in events {
                witness.see(event);
            }
        }
        done
    }
}

/// What the store holds.
#[derive(Default)]
pub(super) struct Tables {
    queues: BTreeMap<Queue, i64>,
    /// The last number that a delivery was given.
    last: i64,
    deliveries: BTreeMap<i64, Row>,
    work: BTreeMap<i64, Work>,
    keys: BTreeMap<Key, Known>,
    unrouted: BTreeMap<i64, Unrouted>,
    last_refusal: i64,
    refusals: BTreeMap<i64, Refusal>,
    last_pruned_key: Option<Key>,
    /// What handlers wrote in their transactions: the work, and of which of its replays it was.
    effects: Vec<(i64, u32)>,
    /// What was said to be stored and is not: only with [`Bug::AckBeforeCommit`].
    owed: Vec<NewDelivery>,
    bug: Option<Bug>,
    /// What this transaction has changed.
    events: Vec<Event>,
}

struct Row {
    received: Arc<Received>,
    /// Its bytes are still kept.
    has_content: bool,
}

struct Known {
    delivery: i64,
    received_at: SystemTime,
}

struct Unrouted {
    received_at: SystemTime,
    key: Option<Key>,
    wanted: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum State {
    Ready,
    Running,
    Waiting,
    Done,
    Dead,
    Discarded,
}

impl State {
    fn is_end(self) -> bool {
        self >= Self::Done
    }

    /// The lane is in use by it.
    fn is_active(self) -> bool {
        self <= Self::Running
    }

    fn shown(self) -> WorkState {
        match self {
            Self::Ready | Self::Waiting => WorkState::Pending,
            Self::Running => WorkState::Running,
            Self::Done => WorkState::Done,
            Self::Dead => WorkState::Dead,
            Self::Discarded => WorkState::Discarded,
        }
    }
}

struct Work {
    queue: i64,
    lane: Option<String>,
    state: State,
    due: SystemTime,
    attempts: u32,
    replays: u32,
    token: i64,
    started: SystemTime,
    lease_until: SystemTime,
    /// By replay and number.
    history: BTreeMap<(u32, u32), AttemptRecord>,
}

impl Work {
    fn new(queue: i64, lane: Option<String>, state: State, due: SystemTime) -> Self {
        Self {
            queue,
            lane,
            state,
            due,
            attempts: 0,
            replays: 0,
            token: 0,
            started: due,
            lease_until: due,
            history: BTreeMap::new(),
        }
    }

    fn lane(&self) -> Option<Lane> {
        Some((self.queue, self.lane.clone()?))
    }
}

/// A lane of a queue.
pub(super) type Lane = (i64, String);

/// The number of a queue's work on a delivery.
const fn work_number(delivery: i64, queue: i64) -> i64 {
    (delivery << 16) | queue
}

/// The delivery that a piece of work is for.
pub(super) const fn delivery_of(work: i64) -> i64 {
    work >> 16
}

impl Tables {
    /// The number of a queue; it is given one where it has none.
    fn queue(&mut self, queue: &Queue) -> i64 {
        let next = i64::try_from(self.queues.len()).unwrap_or(i64::MAX) + 1;
        *self.queues.entry(queue.clone()).or_insert(next)
    }

    fn queue_name(&self, number: i64) -> Option<&Queue> {
        self.queues.iter().find(|(_, of)| **of == number).map(|(queue, _)| queue)
    }

    /// The work on a delivery.
    fn work_on(&self, delivery: i64) -> impl Iterator<Item = (i64, &Work)> {
        self.work
            .range(work_number(delivery, 0)..work_number(delivery + 1, 0))
            .map(|(number, work)| (*number, work))
    }

    /// How much is at no end, and how many deliveries without a handler one may still be found for.
    pub(super) fn left_to_do(&self, now: SystemTime) -> usize {
        assert!(self.bug != Some(Bug::CountPanics), "put in by hand");
        let open = self.work.values().filter(|work| !work.state.is_end()).count();
        open + self.adoptable(now.checked_sub(ADOPTION_AGE).unwrap_or(now))
    }

    /// What is at no end, in words.
    pub(super) fn describe_open(&self) -> String {
        let open = self.work.iter().filter(|(_, work)| !work.state.is_end());
        let open = open.map(|(number, work)| format!("work {number} is {:?} in {:?}", work.state, work.lane));
        open.collect::<Vec<_>>().join("; ")
    }

    pub(super) fn effects(&self) -> &[(i64, u32)] {
        &self.effects
    }
}

/// A delivery as it comes back from a store: without the headers that prove who somebody is.
fn at_rest(new: &Delivery, endpoint: &Arc<str>) -> Received {
    Received {
        id: new.id(),
        endpoint: Arc::clone(endpoint),
        tenant: new.tenant().cloned(),
        event: new.event().clone(),
        provider_id: new.provider_id().cloned(),
        id_is_signed: false,
        received_at: new.received_at(),
        signed: new.is_signed(),
        headers: at_rest::read(&at_rest::write_public(new.headers())),
        body: new.body().clone(),
        data: new.data().clone(),
    }
}

/// The number of the arrival that a delivery came with: the world's ids end with it.
pub(super) fn arrival(id: DeliveryId) -> u64 {
    id.into_bytes()[8..].iter().fold(0, |number, byte| number << 8 | u64::from(*byte))
}
