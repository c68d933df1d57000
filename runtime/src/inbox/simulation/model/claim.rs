//! Leases: taking work, keeping it and giving it back.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{State, Tables, delivery_of};
use crate::{
    Attempt, Delivery,
    inbox::{
        model::{self, Claimed, Held, Want},
        simulation::{
            bugs::Bug,
            trace::{Event, stamp},
        },
    },
};

/// Work that is ready, in the order in which it is taken.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Ready {
    queue: i64,
    due: SystemTime,
    number: i64,
}

impl Tables {
    pub(super) fn claim(
        &mut self,
        wants: &mut [Want],
        total: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Claimed {
        self.take_back_expired(now);
        let mut of_endpoint: BTreeMap<usize, usize> = BTreeMap::new();
        let mut chosen: BTreeMap<i64, usize> = BTreeMap::new();
        let mut next_due: Option<SystemTime> = None;
        let ready = self.work.iter().filter(|(_, work)| work.state == State::Ready);
        let mut ready: Vec<Ready> =
            ready.map(|(number, work)| Ready { queue: work.queue, due: work.due, number: *number }).collect();
        ready.sort_unstable();
        for (place, want) in wants.iter_mut().enumerate() {
            let queue = self.queue(&want.of.queue);
            let of_queue = ready.iter().filter(|ready| ready.queue == queue);
            let taken = of_endpoint.entry(want.of.endpoint).or_default();
            let limit = want.limit.saturating_sub(*taken).min(total - chosen.len());
            let due = of_queue.clone().filter(|ready| ready.due <= now).map(|ready| ready.number);
            let before = chosen.len();
            chosen.extend(self.handled_here(want, due).take(limit).map(|number| (number, place)));
            *taken += chosen.len() - before;
            let later = of_queue.map(|ready| ready.due).find(|due| *due > now);
            next_due = next_due.into_iter().chain(later).min();
        }
        let work = chosen.iter().filter_map(|(work, place)| self.lease_out(*work, *place, lease, now));
        let work = work.collect();
        Claimed { work, next_due: next_due.and_then(|due| due.duration_since(now).ok()) }
    }

    /// Work whose lease ran out is ready again; the attempt counts.
    fn take_back_expired(&mut self, now: SystemTime) {
        let is_over = |until: SystemTime| match self.bug {
            Some(Bug::LeaseCutShort) => until < now + Duration::from_millis(1_500),
            _ => until < now,
        };
        let expired: Vec<i64> = self
            .work
            .iter()
            .filter(|(_, work)| work.state == State::Running && is_over(work.lease_until))
            .map(|(number, _)| *number)
            .collect();
        for number in expired {
            self.record_lost(number, now);
            if let Some(work) = self.work.get_mut(&number) {
                (work.state, work.due) = (State::Ready, now);
                self.events.push(Event::TakenBack { work: number, token: work.token });
            }
        }
    }

    /// What of this has a handler here. Events that have none are passed over from now on.
    fn handled_here(&self, want: &mut Want, work: impl Iterator<Item = i64>) -> impl Iterator<Item = i64> {
        let Want { of, skip, .. } = want;
        work.filter(|number| {
            let Some(row) = self.deliveries.get(&delivery_of(*number)) else { return false };
            let event = row.received.event.as_str();
            if skip.iter().any(|skipped| skipped == event) {
                return false;
            }
            let is_handled = (of.handles)(event);
            if !is_handled {
                skip.push(event.to_owned());
            }
            is_handled
        })
    }

    fn lease_out(
        &mut self,
        number: i64,
        queue: usize,
        lease: Duration,
        now: SystemTime,
    ) -> Option<model::Work> {
        let row = self.deliveries.get(&delivery_of(number))?;
        let work = self.work.get_mut(&number)?;
        work.state = State::Running;
        work.token += 1;
        work.attempts += 1;
        work.started = now;
        work.lease_until = now + lease;
        let held = Held { work: number, token: work.token };
        self.events.push(Event::Granted { work: number, token: work.token, until: stamp(work.lease_until) });
        let attempt = Attempt::nth(work.attempts);
        let delivery = Delivery::restored(Arc::clone(&row.received), attempt);
        Some(model::Work { held, queue, delivery })
    }

    pub(super) fn renew(&mut self, held: &[Held], lease: Duration, now: SystemTime) -> Vec<Held> {
        let mut kept = Vec::new();
        for held in held {
            if self.holds(*held)
                && let Some(work) = self.work.get_mut(&held.work)
            {
                work.lease_until = now + lease;
                let until = stamp(work.lease_until);
                self.events.push(Event::Renewed { work: held.work, token: held.token, until });
                kept.push(*held);
            } else if self.work.get(&held.work).is_some_and(|work| {
                // What its holder's transaction has ended was not lost.
                work.token == held.token && work.state == State::Done
            }) {
                kept.push(*held);
            }
        }
        kept
    }

    pub(super) fn release(&mut self, held: &[Held], now: SystemTime) {
        for held in held {
            if self.holds(*held)
                && let Some(work) = self.work.get_mut(&held.work)
            {
                (work.state, work.due) = (State::Ready, now);
                work.attempts -= 1;
                self.events.push(Event::Released { work: held.work, token: held.token });
            }
        }
    }

    /// Whether work is still this holder's: it runs, under this token.
    pub(super) fn holds(&self, held: Held) -> bool {
        self.work.get(&held.work).is_some_and(|work| {
            let has_token = work.token == held.token || self.bug == Some(Bug::NoFence);
            work.state == State::Running && has_token
        })
    }
}
