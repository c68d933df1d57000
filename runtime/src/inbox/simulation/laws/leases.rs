//! No two handlers of the same work run at once while the lease of one is alive.

use std::collections::BTreeMap;

use super::{Law, Verdict, must};
use crate::inbox::simulation::trace::Event;

/// A piece of work under one token.
type Holding = (i64, i64);

#[derive(Default)]
pub(super) struct Leases {
    /// The leases that are given out, and their ends.
    until: BTreeMap<Holding, i64>,
    granted_at: BTreeMap<Holding, usize>,
    /// The handlers that run, and their processes.
    running: BTreeMap<Holding, usize>,
    /// When the clock was last set, and processes froze.
    clock_set: usize,
    froze: BTreeMap<usize, usize>,
}

impl Leases {
    pub(super) fn see(&mut self, event: &Event, at: usize, now: i64) -> Verdict {
        match *event {
            Event::Granted { work, token, until } => {
                let mut others = self.until.range((work, i64::MIN)..=(work, i64::MAX));
                must(others.all(|(_, until)| *until < now), Law::OneAtATime, || {
                    format!("work {work} was given out while another's lease was alive")
                })?;
                self.until.insert((work, token), until);
                self.granted_at.insert((work, token), at);
            }
            Event::Renewed { work, token, until } => drop(self.until.insert((work, token), until)),
            Event::Ended { work, token, .. }
            | Event::Released { work, token }
            | Event::TakenBack { work, token } => drop(self.until.remove(&(work, token))),
            Event::Began { process, work, token, .. } => return self.began(process, (work, token), at, now),
            Event::Over { work, token } => drop(self.running.remove(&(work, token))),
            Event::Gone { process } => self.running.retain(|_, of| *of != process),
            Event::ClockSet { .. } => self.clock_set = at,
            Event::Froze { process } | Event::Thawed { process } => drop(self.froze.insert(process, at)),
            _ => {}
        }
        Ok(())
    }

    fn began(&mut self, process: usize, holding: Holding, at: usize, now: i64) -> Verdict {
        let (work, token) = holding;
        let before = self.of_work(work).find(|before| self.running.get(before) == Some(&process));
        must(before.is_none(), Law::OneAtATime, || {
            format!("process {process} runs work {work} under {before:?} already")
        })?;
        self.running.insert(holding, process);
        if self.is_alive(holding, now) {
            let mut others = self.of_work(work).filter(|other| *other != holding);
            let other = others.find(|other| self.is_alive(*other, now));
            return must(other.is_none(), Law::OneAtATime, || {
                format!("work {work} runs twice: under token {token} and {other:?}")
            });
        }
        // Only what the process could not know of makes it begin without a lease.
        let granted = self.granted_at.get(&holding).copied().unwrap_or(at);
        let froze = self.froze.get(&process).is_some_and(|froze| *froze > granted);
        must(froze || self.clock_set > granted, Law::OneAtATime, || {
            format!("work {work} was begun under token {token} when its lease had ended")
        })
    }

    /// The handlers of a piece of work that run.
    fn of_work(&self, work: i64) -> impl Iterator<Item = Holding> {
        self.running.range((work, i64::MIN)..=(work, i64::MAX)).map(|(holding, _)| *holding)
    }

    /// Whether a handler of this work runs whose lease is alive.
    pub(super) fn runs(&self, work: i64, now: i64) -> bool {
        self.of_work(work).any(|holding| self.is_alive(holding, now))
    }

    pub(super) fn is_alive(&self, holding: Holding, now: i64) -> bool {
        self.until.get(&holding).is_some_and(|until| *until >= now)
    }
}
