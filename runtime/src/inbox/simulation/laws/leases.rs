//! No two handlers of the same work run at once while the lease of one is alive.

use std::{collections::BTreeMap, time::Duration};

use super::{Holds, Law, Moment, must};
use crate::inbox::simulation::trace::Event;

/// A piece of work under one token.
type Holding = (i64, i64);

#[derive(Default)]
pub(super) struct Leases {
    /// The leases that are given out, and their ends.
    until: BTreeMap<Holding, i64>,
    granted: BTreeMap<Holding, usize>,
    /// When others could have taken over what is still run.
    lost: BTreeMap<Holding, Duration>,
    /// Which process began what.
    begun_by: BTreeMap<Holding, usize>,
    /// The handlers that run.
    running: BTreeMap<Holding, Run>,
    processes: BTreeMap<usize, Process>,
    clock_set: usize,
    /// The store answers, and in time.
    is_undisturbed: bool,
}

struct Run {
    process: usize,
    began: Duration,
}

struct Process {
    lease: Duration,
    /// When it last froze or thawed.
    froze: Option<Moment>,
}

impl Leases {
    pub(super) fn see(&mut self, event: &Event, moment: Moment) -> Holds {
        match *event {
            Event::Started { process, lease, .. } => {
                self.processes.insert(process, Process { lease, froze: None });
            }
            Event::Granted { work, token, until } => {
                let mut others = self.until.range((work, i64::MIN)..=(work, i64::MAX));
                must(others.all(|(_, until)| *until < moment.now), Law::OneAtATime, || {
                    format!("work {work} was given out while another's lease was alive")
                })?;
                self.until.insert((work, token), until);
                self.granted.insert((work, token), moment.at);
            }
            Event::Renewed { work, token, until } => drop(self.until.insert((work, token), until)),
            Event::Ended { work, token, .. } | Event::Released { work, token } => {
                self.until.remove(&(work, token));
            }
            Event::TakenBack { work, token } => return self.taken_back((work, token), moment),
            Event::Began { process, work, token, .. } => {
                return self.began(process, (work, token), moment);
            }
            Event::Over { work, token } => return self.over((work, token), moment),
            Event::Stopped { process } => return self.stopped(process),
            Event::Gone { process } => self.running.retain(|_, run| run.process != process),
            Event::ClockSet { .. } => self.clock_set = moment.at,
            Event::Froze { process } | Event::Thawed { process } => {
                if let Some(process) = self.processes.get_mut(&process) {
                    process.froze = Some(moment);
                }
            }
            Event::Weather { is_undisturbed } => self.is_undisturbed = is_undisturbed,
            Event::Calm => self.is_undisturbed = true,
            _ => {}
        }
        Ok(())
    }

    fn began(&mut self, process: usize, holding: Holding, moment: Moment) -> Holds {
        let (work, token) = holding;
        let is_here = |before: &Holding| self.running.get(before).is_some_and(|run| run.process == process);
        let before = self.of_work(work).find(is_here);
        must(before.is_none(), Law::OneAtATime, || {
            format!("process {process} runs work {work} under {before:?} already")
        })?;
        self.begun_by.insert(holding, process);
        self.running.insert(holding, Run { process, began: moment.since });
        if self.is_alive(holding, moment.now) {
            let mut others = self.of_work(work).filter(|other| *other != holding);
            let other = others.find(|other| self.is_alive(*other, moment.now));
            return must(other.is_none(), Law::OneAtATime, || {
                format!("work {work} runs twice: under token {token} and {other:?}")
            });
        }
        // Only what the process could not know of makes it begin without a lease.
        must(self.is_excused(process, holding, moment), Law::OneAtATime, || {
            format!("work {work} was begun under token {token} when its lease had ended")
        })
    }

    fn taken_back(&mut self, holding: Holding, moment: Moment) -> Holds {
        let until = self.until.remove(&holding);
        must(until.is_none_or(|until| until < moment.now), Law::OneAtATime, || {
            format!("{holding:?} was taken back while its lease was alive")
        })?;
        self.lost.insert(holding, moment.since);
        let run = self.running.get(&holding).filter(|_| self.is_undisturbed);
        let is_excused = run.is_none_or(|run| self.is_excused(run.process, holding, moment));
        must(is_excused, Law::LeasesAreKept, || {
            format!("a process that lives did not keep the lease of {holding:?}, which it runs")
        })
    }

    /// What has lost its lease is cut off when the process asks for it, which it does more than once in a lease's time.
    fn over(&mut self, holding: Holding, moment: Moment) -> Holds {
        let Some(run) = self.running.remove(&holding).filter(|_| self.is_undisturbed) else { return Ok(()) };
        let (lost, process) = (self.lost.get(&holding), self.processes.get(&run.process));
        let (Some(lost), Some(process)) = (lost, process) else { return Ok(()) };
        let thawed = process.froze.map_or(Duration::ZERO, |froze| froze.since);
        let could_know = run.began.max(*lost).max(thawed);
        must(moment.since <= could_know + process.lease, Law::LeasesAreKept, || {
            format!("{holding:?} was not cut off when its lease was lost")
        })
    }

    /// Who is told to stop leaves nothing behind that others must wait for.
    fn stopped(&self, process: usize) -> Holds {
        let mut left = self.until.keys().filter(|holding| self.begun_by.get(holding) == Some(&process));
        let left = left.next().filter(|_| self.is_undisturbed);
        must(left.is_none(), Law::LeasesAreKept, || {
            format!("process {process} has stopped and still holds {left:?}")
        })
    }

    /// Whether a process stood still, or the clock was set, since it was given this.
    fn is_excused(&self, process: usize, holding: Holding, moment: Moment) -> bool {
        let granted = self.granted.get(&holding).copied().unwrap_or(moment.at);
        let froze = self.processes.get(&process).and_then(|process| process.froze);
        self.clock_set > granted || froze.is_some_and(|froze| froze.at > granted)
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
