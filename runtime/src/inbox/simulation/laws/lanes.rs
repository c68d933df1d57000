//! In a lane, the next begins when the one before has ended, in the order of storing.

use std::collections::{BTreeMap, BTreeSet};

use super::{Holds, Law, leases::Leases, must};
use crate::inbox::{
    model::Verdict,
    simulation::{model::Lane, trace::Event},
};

#[derive(Default)]
pub(super) struct Lanes {
    lanes: BTreeMap<Lane, Queue>,
    lane_of: BTreeMap<i64, Lane>,
}

/// What of a lane is not at its end. What came first goes first; what comes again waits its turn by its number, but does
/// not push away the one whose turn it is.
#[derive(Default)]
struct Queue {
    turn: Option<i64>,
    waiting: BTreeSet<i64>,
    all: BTreeSet<i64>,
}

impl Queue {
    fn go_on(&mut self) {
        if self.turn.is_none() {
            self.turn = self.waiting.pop_first();
        }
    }

    fn leave(&mut self, work: i64) {
        self.waiting.remove(&work);
        if self.turn == Some(work) {
            self.turn = None;
        }
    }
}

impl Lanes {
    pub(super) fn see(&mut self, event: &Event, leases: &Leases, now: i64) -> Holds {
        match event {
            Event::Entered { work } => self.enter(work),
            Event::Ended { work, verdict: Verdict::Done | Verdict::Dead, .. } => self.leave(&[*work]),
            Event::Discarded { work } => self.leave(work),
            Event::Granted { work, .. } => {
                let turn = self.lane(*work).map_or(Some(*work), |lane| lane.turn);
                return must(turn == Some(*work), Law::LanesKeepOrder, || {
                    format!("work {work} was given out when it was the turn of {turn:?}")
                });
            }
            Event::Began { work, token, .. } if leases.is_alive((*work, *token), now) => {
                let mut others = self.lane(*work).into_iter().flat_map(|lane| &lane.all);
                let other = others.find(|other| *other != work && leases.runs(**other, now));
                return must(other.is_none(), Law::LanesKeepOrder, || {
                    format!("work {work} was begun while {other:?} of its lane runs")
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn lane(&self, work: i64) -> Option<&Queue> {
        self.lanes.get(self.lane_of.get(&work)?)
    }

    fn enter(&mut self, all: &[(i64, Option<Lane>)]) {
        for (work, lane) in all {
            let Some(lane) = lane else { continue };
            self.lane_of.insert(*work, lane.clone());
            let queue = self.lanes.entry(lane.clone()).or_default();
            queue.waiting.insert(*work);
            queue.all.insert(*work);
        }
        self.lanes.values_mut().for_each(Queue::go_on);
    }

    fn leave(&mut self, all: &[i64]) {
        for work in all {
            if let Some(queue) = self.lane_of.get(work).and_then(|lane| self.lanes.get_mut(lane)) {
                queue.leave(*work);
            }
        }
        self.lanes.values_mut().for_each(Queue::go_on);
    }
}
