//! What is done has its effects once, and attempts are bounded.

use std::collections::{BTreeMap, BTreeSet};

use super::{Holds, Law, must};
use crate::inbox::{model::Verdict, simulation::trace::Event};

/// A piece of work, and which of its replays.
type Round = (i64, u32);

#[derive(Default)]
pub(super) struct EffectsOnce {
    /// How often work was to be done again.
    replays: BTreeMap<i64, u32>,
    /// In which round work was given out, by work and token.
    granted: BTreeMap<(i64, i64), Round>,
    /// Handlers that began their transaction, by work and token.
    wrote: BTreeSet<(i64, i64)>,
    /// How each round ended, and whether its effects were committed with that.
    ended: BTreeMap<Round, (Verdict, bool)>,
    /// The handlers that began in a round, by their tokens, less those that were given back.
    begun: BTreeMap<Round, BTreeSet<i64>>,
}

impl EffectsOnce {
    pub(super) fn see(&mut self, event: &Event) -> Holds {
        match *event {
            Event::Entered { work: ref entered } => {
                for (work, _) in entered {
                    self.replays.entry(*work).and_modify(|replays| *replays += 1).or_default();
                }
            }
            Event::Granted { work, token, .. } => {
                self.granted.insert((work, token), self.round(work));
            }
            Event::Wrote { work, token } => {
                self.wrote.insert((work, token));
            }
            Event::Ended { work, token, verdict: verdict @ (Verdict::Done | Verdict::Dead), in_tx } => {
                let round = self.round(work);
                let before = self.ended.insert(round, (verdict, in_tx));
                must(before.is_none(), Law::EffectsOnce, || format!("work {work} ended twice"))?;
                let wrote = self.wrote.contains(&(work, token));
                let both = verdict == Verdict::Dead || wrote == in_tx;
                return must(both, Law::EffectsOnce, || {
                    format!("work {work} was marked done and its effects were not committed with that")
                });
            }
            Event::Released { work, token } => {
                self.begun.entry(self.round_of(work, token)).or_default().remove(&token);
            }
            Event::Began { work, token, limit, .. } => {
                let begun = self.begun.entry(self.round_of(work, token)).or_default();
                begun.insert(token);
                let attempts = begun.len();
                return must(attempts <= limit as usize, Law::AttemptsAreBounded, || {
                    format!("work {work} has {attempts} attempts, of {limit}")
                });
            }
            _ => {}
        }
        Ok(())
    }

    /// The round of a handler: one that begins late may be of an earlier one than the last.
    fn round_of(&self, work: i64, token: i64) -> Round {
        self.granted.get(&(work, token)).copied().unwrap_or_else(|| self.round(work))
    }

    fn round(&self, work: i64) -> Round {
        (work, self.replays.get(&work).copied().unwrap_or(0))
    }

    /// Compares with the effects that there are.
    pub(super) fn conclude(&self, effects: &[Round]) -> Holds {
        let mut there: BTreeMap<Round, usize> = BTreeMap::new();
        for effect in effects {
            *there.entry(*effect).or_default() += 1;
        }
        for (round, times) in &there {
            let is_due = self.ended.get(round) == Some(&(Verdict::Done, true));
            must(is_due && *times == 1, Law::EffectsOnce, || {
                format!(
                    "the effects of {round:?} are there {times} times; it ended as {:?}",
                    self.ended.get(round)
                )
            })?;
        }
        let due = self.ended.iter().filter(|(_, ended)| **ended == (Verdict::Done, true));
        for (round, _) in due {
            must(there.contains_key(round), Law::EffectsOnce, || {
                format!("the effects of {round:?} are not there")
            })?;
        }
        Ok(())
    }
}
