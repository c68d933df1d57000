//! How often is looked at what takes the longer, the more of it there was.
//!
//! What is claimed or done leaves its index only when the database has cleared it away, and as long as some transaction
//! anywhere in the database is open, it clears nothing away that has ended since. Whoever looks from the beginning then
//! goes through all of it. So work is looked for behind the place where the last was found, and from the beginning only now
//! and then: often, while that is quick.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

use crate::inbox::{InboxError, rows::span};

/// At least this long passes between two looks.
const LEAST: Duration = Duration::from_millis(500);
/// And this often as long as a look takes.
const SHARE: u32 = 20;
/// What is stored at the same time becomes visible within this time, mostly.
const MARGIN: Duration = Duration::from_millis(250);

/// When something was done last, and for how long.
#[derive(Debug)]
pub(super) struct Pace {
    /// It is always time, where the time is not the database's own.
    always: bool,
    last: Mutex<Option<(Instant, Duration)>>,
}

impl Pace {
    pub(super) fn new(always: bool) -> Self {
        Self { always, last: Mutex::default() }
    }

    fn is_due(&self) -> bool {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        self.always || last.is_none_or(|(ended, took)| ended.elapsed() >= LEAST.max(took * SHARE))
    }

    fn done(&self, took: Duration) {
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Some((Instant::now(), took));
    }

    /// Does something, when it is time to.
    pub(super) async fn when_due(
        &self,
        look: impl AsyncFnOnce() -> Result<(), InboxError>,
    ) -> Result<(), InboxError> {
        if self.is_due() {
            let began = Instant::now();
            look().await?;
            self.done(began.elapsed());
        }
        Ok(())
    }
}

/// Of each queue, before which due time nothing was ready when it was looked at last.
#[derive(Debug)]
pub(super) struct Floors {
    floors: Mutex<HashMap<i64, i64>>,
    looks_at_all: Pace,
}

impl Floors {
    pub(super) fn new(always: bool) -> Self {
        Self { floors: Mutex::default(), looks_at_all: Pace::new(always) }
    }

    /// From which due time these queues are to be looked at, and whether that is from the beginning.
    pub(super) fn of(&self, queues: &[i64]) -> (Vec<i64>, bool) {
        if self.looks_at_all.is_due() {
            return (vec![0; queues.len()], true);
        }
        let floors = self.floors.lock().unwrap_or_else(PoisonError::into_inner);
        (queues.iter().map(|queue| floors.get(queue).copied().unwrap_or(0)).collect(), false)
    }

    /// Notes when the first was due that was ready. Where none was, nothing is known.
    pub(super) fn found(&self, queue: i64, due: Option<i64>) {
        if let Some(due) = due {
            let mut floors = self.floors.lock().unwrap_or_else(PoisonError::into_inner);
            floors.insert(queue, due.saturating_sub(span(MARGIN)));
        }
    }

    pub(super) fn looked_at_all(&self, took: Duration) {
        self.looks_at_all.done(took);
    }
}
