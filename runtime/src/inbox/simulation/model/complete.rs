//! Ending attempts: what is recorded of them, and what goes on in their lanes.

use std::{
    collections::BTreeSet,
    time::{Duration, SystemTime},
};

use super::{Lane, State, Tables, Work, delivery_of};
use crate::inbox::{
    AttemptRecord,
    model::{Completion, Held, Verdict},
    simulation::{bugs::Bug, trace::Event},
};

impl Tables {
    /// Ends attempts and lets their lanes go on; gives those whose lease was still held.
    pub(super) fn end(&mut self, attempts: &[Completion], in_tx: bool, now: SystemTime) -> Vec<Held> {
        let mut ended = Vec::new();
        let mut lanes = BTreeSet::new();
        for attempt in attempts {
            let Completion { held, verdict, .. } = attempt;
            if !self.holds(*held) {
                continue;
            }
            let Some(work) = self.work.get_mut(&held.work) else { continue };
            (work.state, work.due) = match verdict {
                Verdict::Done => (State::Done, now),
                Verdict::Dead => (State::Dead, now),
                Verdict::Retry(wait) => (State::Ready, now + *wait),
            };
            let record = AttemptRecord {
                number: work.attempts,
                replay: work.replays,
                started: work.started,
                duration: attempt.duration,
                outcome: match verdict {
                    Verdict::Done => "done",
                    Verdict::Retry(_) => "retry",
                    Verdict::Dead => "dead",
                }
                .to_owned(),
                error: attempt.error.clone(),
            };
            work.history.insert((work.replays, work.attempts), record);
            lanes.extend(work.lane());
            ended.push(*held);
            let Held { work, token } = *held;
            self.events.push(Event::Ended { work, token, verdict: *verdict, in_tx });
        }
        // What is to be tried again keeps its lane, and then nothing is promoted in it.
        self.promote(lanes, now);
        ended
    }

    /// A done attempt with its effects, both or neither; tells whether the lease was still held.
    pub(super) fn end_with_effects(&mut self, held: Held, duration: Duration, now: SystemTime) -> bool {
        let done = Completion { held, verdict: Verdict::Done, error: None, duration };
        let replay = self.work.get(&held.work).map_or(0, |work| work.replays);
        let is_held = !self.end(&[done], true, now).is_empty();
        if is_held || self.bug == Some(Bug::EffectsWithoutMark) {
            self.effects.push((held.work, replay));
        }
        is_held
    }

    /// Writes down the attempt of one whose lease ran out.
    pub(super) fn record_lost(&mut self, number: i64, now: SystemTime) {
        if let Some(work) = self.work.get_mut(&number) {
            let record = AttemptRecord {
                number: work.attempts,
                replay: work.replays,
                started: work.started,
                duration: now.duration_since(work.started).unwrap_or_default(),
                outcome: "lost".to_owned(),
                error: Some("the process that ran it did not renew its lease".to_owned()),
            };
            work.history.insert((work.replays, work.attempts), record);
        }
    }

    /// In each lane where nothing is ready or runs, the first that waits becomes ready.
    pub(super) fn promote(&mut self, lanes: BTreeSet<Lane>, now: SystemTime) {
        for lane in lanes {
            let skips = self.bug == Some(Bug::LaneSkips);
            let is_of_lane = |work: &Work| work.queue == lane.0 && work.lane.as_ref() == Some(&lane.1);
            let mut of_lane = self.work.iter().filter(|(_, work)| is_of_lane(work));
            if of_lane.clone().any(|(_, work)| work.state.is_active()) {
                continue;
            }
            let next = if skips {
                of_lane.rfind(|(_, work)| work.state == State::Waiting)
            } else {
                of_lane.find(|(_, work)| work.state == State::Waiting)
            };
            let next = next.map(|(number, _)| *number);
            if let Some(work) = next.and_then(|next| self.work.get_mut(&next)) {
                (work.state, work.due) = (State::Ready, now);
            }
        }
    }

    /// Lets work that is at its end and has its bytes run again, in the order of its lane; gives how much it was.
    pub(super) fn requeue(&mut self, numbers: &[i64], now: SystemTime) -> u64 {
        let mut entered = Vec::new();
        for number in numbers {
            let has_content = self.deliveries.get(&delivery_of(*number)).is_some_and(|row| row.has_content);
            let Some(work) = self.work.get_mut(number).filter(|work| work.state.is_end() && has_content)
            else {
                continue;
            };
            work.state = if work.lane.is_some() { State::Waiting } else { State::Ready };
            (work.due, work.attempts) = (now, 0);
            work.replays += 1;
            entered.push((*number, work.lane()));
        }
        let (count, lanes) =
            (entered.len() as u64, entered.iter().filter_map(|(_, lane)| lane.clone()).collect());
        if count > 0 {
            self.events.push(Event::Entered { work: entered });
        }
        self.promote(lanes, now);
        count
    }
}
