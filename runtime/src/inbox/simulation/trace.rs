//! What happened in a run, in its order.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use tokio::time::Instant;

use super::{
    clock::StoreClock,
    laws::{Laws, Violation},
    model::Lane,
};
use crate::{
    Clock as _,
    inbox::{
        ingest::NotStored,
        model::{Stored, Verdict},
    },
};

/// Microseconds by the store's clock, since the clock's beginning.
pub(super) fn stamp(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX) - 1_700_000_000_000_000
}

/// One thing that happened. Processes are known by their numbers, work and deliveries by the store's.
#[derive(Debug, Clone)]
#[expect(dead_code, reason = "some of it is only read by people")]
pub(super) enum Event {
    /// A process takes a request; `likeness` is the same for identical ones.
    Arrived {
        arrival: u64,
        process: usize,
        likeness: Arc<str>,
        consumers: Vec<Arc<str>>,
    },
    /// The sender was answered.
    Answered {
        arrival: u64,
        answer: Result<Stored, NotStored>,
    },

    /// The store has committed what became of a request.
    Stored {
        arrival: u64,
        fate: Stored,
        delivery: Option<i64>,
    },
    /// Work is to be done, for the first time or once more.
    Entered {
        work: Vec<(i64, Option<Lane>)>,
    },
    /// A delivery that had no handler was asked for again.
    Wanted {
        delivery: i64,
    },
    /// A delivery that had no handler has one.
    Adopted {
        delivery: i64,
    },
    Discarded {
        work: Vec<i64>,
    },
    Granted {
        work: i64,
        token: i64,
        until: i64,
    },
    Renewed {
        work: i64,
        token: i64,
        until: i64,
    },
    Released {
        work: i64,
        token: i64,
    },
    /// The lease was over.
    TakenBack {
        work: i64,
        token: i64,
    },
    Ended {
        work: i64,
        token: i64,
        verdict: Verdict,
        in_tx: bool,
    },

    /// A handler begins.
    Began {
        process: usize,
        work: i64,
        token: i64,
        consumer: Arc<str>,
        likeness: Arc<str>,
        limit: u32,
    },
    /// A handler has begun its transaction.
    Wrote {
        work: i64,
        token: i64,
    },
    /// A handler has returned, or was cut off.
    Over {
        work: i64,
        token: i64,
    },
    /// There was no attempt left when the work was claimed.
    Exhausted {
        work: i64,
        consumer: Arc<str>,
        likeness: Arc<str>,
    },

    Started {
        process: usize,
        generation: u8,
        works: bool,
        concurrency: usize,
        lease: Duration,
    },
    Froze {
        process: usize,
    },
    Thawed {
        process: usize,
    },
    Stopping {
        process: usize,
    },
    /// Its worker has let everything finish or given it back.
    Stopped {
        process: usize,
    },
    Gone {
        process: usize,
    },
    ClockSet {
        milliseconds: i64,
    },
    Outage(bool),
    /// Whether the store answers, and in time.
    Weather {
        is_undisturbed: bool,
    },
    /// Nothing goes wrong any more.
    Calm,
}

impl Event {
    /// The sorts of things that happen.
    pub(super) const NAMES: [&'static str; 34] = [
        "acknowledged",
        "adopted",
        "arrived",
        "began",
        "calm",
        "clock set",
        "coalesced",
        "dead",
        "discarded",
        "done",
        "done with effects",
        "duplicate",
        "entered",
        "exhausted",
        "failed",
        "froze",
        "gone",
        "granted",
        "new",
        "not stored",
        "outage",
        "over",
        "released",
        "renewed",
        "revived",
        "started",
        "stopped",
        "stopping",
        "stored too late",
        "taken back",
        "thawed",
        "turned away",
        "wanted",
        "wrote",
    ];

    /// Of which sort it is.
    pub(super) fn name(&self) -> &'static str {
        match self {
            Self::Arrived { .. } => "arrived",
            Self::Answered { answer: Ok(_), .. } => "acknowledged",
            Self::Answered { answer: Err(NotStored::Full), .. } => "turned away",
            Self::Answered { answer: Err(NotStored::Late(_)), .. } => "stored too late",
            Self::Answered { answer: Err(NotStored::Failed), .. } => "not stored",
            Self::Stored { fate, .. } => fate.as_str(),
            Self::Entered { .. } => "entered",
            Self::Wanted { .. } => "wanted",
            Self::Adopted { .. } => "adopted",
            Self::Discarded { .. } => "discarded",
            Self::Granted { .. } => "granted",
            Self::Renewed { .. } => "renewed",
            Self::Released { .. } => "released",
            Self::TakenBack { .. } => "taken back",
            Self::Ended { verdict: Verdict::Done, in_tx: true, .. } => "done with effects",
            Self::Ended { verdict: Verdict::Done, .. } => "done",
            Self::Ended { verdict: Verdict::Retry(_), .. } => "failed",
            Self::Ended { verdict: Verdict::Dead, .. } => "dead",
            Self::Began { .. } => "began",
            Self::Wrote { .. } => "wrote",
            Self::Over { .. } => "over",
            Self::Exhausted { .. } => "exhausted",
            Self::Started { .. } => "started",
            Self::Froze { .. } => "froze",
            Self::Thawed { .. } => "thawed",
            Self::Stopping { .. } => "stopping",
            Self::Stopped { .. } => "stopped",
            Self::Gone { .. } => "gone",
            Self::ClockSet { .. } => "clock set",
            Self::Outage(_) => "outage",
            Self::Weather { .. } => "weather",
            Self::Calm => "calm",
        }
    }
}

/// Writes down what happens, and has the laws look at it.
pub(super) struct Witness {
    start: Instant,
    clock: StoreClock,
    seen: Mutex<Seen>,
}

#[derive(Default)]
struct Seen {
    events: Vec<(Duration, Event)>,
    laws: Laws,
    violation: Option<Violation>,
}

impl Witness {
    pub(super) fn new(clock: StoreClock) -> Self {
        Self { start: Instant::now(), clock, seen: Mutex::default() }
    }

    fn seen<T>(&self, look: impl FnOnce(&mut Seen) -> T) -> T {
        look(&mut self.seen.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Nothing is looked at any more once a law is broken.
    pub(super) fn see(&self, event: Event) {
        let (at, now) = (self.start.elapsed(), stamp(self.clock.now()));
        self.seen(|seen| {
            if seen.violation.is_none() {
                seen.violation = seen.laws.see(&event, at, now).err();
                seen.events.push((at, event));
            }
        });
    }

    pub(super) fn is_broken(&self) -> bool {
        self.seen(|seen| seen.violation.is_some())
    }

    /// Looks at what has come of everything.
    pub(super) fn conclude(&self, effects: &[(i64, u32)]) {
        self.seen(|seen| {
            if seen.violation.is_none() {
                seen.violation = seen.laws.conclude(effects).err();
            }
        });
    }

    pub(super) fn report(&self, violation: Violation) {
        self.seen(|seen| {
            seen.violation.get_or_insert(violation);
        });
    }

    pub(super) fn violation(&self) -> Option<Violation> {
        self.seen(|seen| seen.violation.clone())
    }

    /// The last lines of the trace, as many as these.
    pub(super) fn tail(&self, lines: usize) -> String {
        self.seen(|seen| {
            let mut text = String::new();
            for (at, event) in &seen.events[seen.events.len().saturating_sub(lines)..] {
                let _always_ok = writeln!(text, "{:>9.3}s  {event:?}", at.as_secs_f64());
            }
            text
        })
    }

    /// How often each sort of thing happened.
    pub(super) fn names(&self) -> BTreeMap<&'static str, usize> {
        self.seen(|seen| {
            let mut names = BTreeMap::new();
            for (_, event) in &seen.events {
                *names.entry(event.name()).or_default() += 1;
            }
            names
        })
    }
}
