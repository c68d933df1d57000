//! What must hold, whatever happens. The laws know nothing of how a store works; they see what it has committed, what
//! processes are told, and what handlers do.

mod acknowledged;
mod coalesced;
mod effects;
mod lanes;
mod leases;
mod processes;

use std::{fmt, time::Duration};

use self::{
    acknowledged::Acknowledged, coalesced::Coalesced, effects::EffectsOnce, lanes::Lanes, leases::Leases,
    processes::Processes,
};
use super::trace::Event;

/// What must hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Law {
    /// What was acknowledged ends, done or dead, for each consumer.
    EverythingEnds,
    /// No two handlers of the same work run at once while the lease of one is alive.
    OneAtATime,
    /// A process that lives keeps the leases of what it runs, and cuts off what has lost its own.
    LeasesAreKept,
    /// In a lane, the next begins when the one before has ended, in the order of storing.
    LanesKeepOrder,
    /// What is done has its effects once, and there are no others.
    EffectsOnce,
    /// After a hint that was dropped, an identical one runs.
    HintsAreSeen,
    /// There are no more attempts than the handler's.
    AttemptsAreBounded,
    /// A process runs no more at once than it may, and each consumer's handlers only that consumer's work.
    ProcessesKeepToTheirOwn,
    NothingPanics,
    /// Nothing is acknowledged that is not stored.
    DurableFirst,
}

/// That a law does not hold.
#[derive(Debug, Clone)]
pub(super) struct Violation {
    pub(super) law: Law,
    what: String,
}

impl Violation {
    pub(super) fn new(law: Law, what: String) -> Self {
        Self { law, what }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {}", self.law, self.what)
    }
}

type Holds = Result<(), Violation>;

/// Unless it holds, the law is broken, by this.
fn must(holds: bool, law: Law, what: impl FnOnce() -> String) -> Holds {
    if holds { Ok(()) } else { Err(Violation::new(law, what())) }
}

/// When something happened.
#[derive(Debug, Clone, Copy)]
struct Moment {
    /// By its place among all that happened.
    at: usize,
    since: Duration,
    /// By the store's clock.
    now: i64,
}

/// All laws, and what they have seen.
#[derive(Default)]
pub(super) struct Laws {
    /// How much was seen.
    at: usize,
    acknowledged: Acknowledged,
    leases: Leases,
    lanes: Lanes,
    effects: EffectsOnce,
    processes: Processes,
    coalesced: Coalesced,
}

impl Laws {
    /// Looks at what happened: at this time since the beginning, and by the store's clock.
    pub(super) fn see(&mut self, event: &Event, since: Duration, now: i64) -> Holds {
        self.at += 1;
        let moment = Moment { at: self.at, since, now };
        self.acknowledged.see(event)?;
        self.leases.see(event, moment)?;
        self.lanes.see(event, &self.leases, now)?;
        self.effects.see(event)?;
        self.processes.see(event)?;
        self.coalesced.see(event, self.at);
        Ok(())
    }

    /// Looks at what has come of everything, when nothing is left to do.
    pub(super) fn conclude(&self, effects: &[(i64, u32)]) -> Holds {
        self.acknowledged.conclude()?;
        self.effects.conclude(effects)?;
        self.coalesced.conclude()
    }
}
