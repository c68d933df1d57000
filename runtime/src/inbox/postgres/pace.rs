//! How often is looked at what takes the longer, the more of it there was.
//!
//! What is claimed or done leaves its index only when the database has cleared it away, and as long as some transaction
//! anywhere in the database is open, it clears nothing away that has ended since. Whoever looks from the beginning then
//! goes through all of it. So work is looked for behind the place where the last was found, and from the beginning only now
//! and then: often, while that is quick.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
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
#[derive(Debug, Clone, Copy, Default)]
struct Last(Option<(Instant, Duration)>);

impl Last {
    fn is_long_ago(self) -> bool {
        self.0.is_none_or(|(ended, took)| ended.elapsed() >= LEAST.max(took * SHARE))
    }

    fn now(took: Duration) -> Self {
        Self(Some((Instant::now(), took)))
    }
}

/// Lets something be done now and then.
#[derive(Debug)]
pub(super) struct Pace {
    /// It is always time, where the time is not the database's own.
    always: bool,
    last: Mutex<Last>,
}

impl Pace {
    pub(super) fn new(always: bool) -> Self {
        Self { always, last: Mutex::default() }
    }

    /// Does something, when it is time to.
    pub(super) async fn when_due(
        &self,
        look: impl AsyncFnOnce() -> Result<(), InboxError>,
    ) -> Result<(), InboxError> {
        let last = *self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.always && !last.is_long_ago() {
            return Ok(());
        }
        let began = Instant::now();
        let looked = look().await;
        // Also one that took so long that it was broken off is not repeated at once.
        *self.last.lock().unwrap_or_else(PoisonError::into_inner) = Last::now(began.elapsed());
        looked
    }
}

/// Of each queue, before which due time nothing was ready when it was looked at last.
#[derive(Debug)]
pub(super) struct Floors {
    always: bool,
    queues: Mutex<HashMap<i64, Floor>>,
}

#[derive(Debug, Clone, Copy, Default)]
struct Floor {
    due: i64,
    /// The last look from the beginning.
    looked: Last,
}

impl Floors {
    pub(super) fn new(always: bool) -> Self {
        Self { always, queues: Mutex::default() }
    }

    fn queues(&self) -> MutexGuard<'_, HashMap<i64, Floor>> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// From which due time each of these queues is to be looked at, of which so much can be taken; and those of them that
    /// are looked at from the beginning.
    pub(super) fn of(&self, queues: &[i64], limits: &[i64]) -> (Vec<i64>, Vec<i64>) {
        let known = self.queues();
        let mut from_beginning = Vec::new();
        let mut floor = |(queue, limit): (&i64, &i64)| {
            let Floor { due, looked } = known.get(queue).copied().unwrap_or_default();
            // A look at a queue of which nothing can be taken is none.
            if self.always || (*limit > 0 && looked.is_long_ago()) {
                from_beginning.push(*queue);
                0
            } else {
                due
            }
        };
        (queues.iter().zip(limits).map(&mut floor).collect(), from_beginning)
    }

    /// Notes when the first was due that was ready. Where none was, nothing is known.
    pub(super) fn found(&self, queue: i64, due: Option<i64>) {
        if let Some(due) = due {
            self.queues().entry(queue).or_default().due = due.saturating_sub(span(MARGIN));
        }
    }

    /// Notes that queues were looked at from the beginning.
    pub(super) fn looked(&self, queues: &[i64], took: Duration) {
        let mut known = self.queues();
        for queue in queues {
            known.entry(*queue).or_default().looked = Last::now(took);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_look_that_takes_long_is_taken_seldom_also_when_it_fails() {
        let pace = Pace::new(false);
        let mut looks = 0;
        for _ in 0..20 {
            let look = async || {
                looks += 1;
                tokio::time::advance(Duration::from_secs(1)).await;
                Err(InboxError::Store("too long".into()))
            };
            drop(pace.when_due(look).await);
            tokio::time::advance(Duration::from_secs(2)).await;
        }
        assert_eq!(looks, 2, "one at the beginning, one after twenty times as long");
    }

    #[tokio::test(start_paused = true)]
    async fn a_queue_of_which_nothing_can_be_taken_is_not_looked_at() {
        let floors = Floors::new(false);
        floors.found(1, Some(span(MARGIN) + 7));
        floors.found(2, Some(span(MARGIN) + 8));
        let (from, from_beginning) = floors.of(&[1, 2], &[5, 0]);
        assert_eq!((from, &from_beginning[..]), (vec![0, 8], &[1][..]));
        floors.looked(&from_beginning, Duration::ZERO);
        assert_eq!(floors.of(&[1, 2], &[5, 5]), (vec![7, 0], vec![2]));
        tokio::time::advance(LEAST).await;
        assert_eq!(floors.of(&[1, 2], &[5, 5]).1, [1, 2]);
    }
}
