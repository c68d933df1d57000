//! After a hint that was dropped, an identical one runs, for each consumer.

use std::{collections::BTreeMap, sync::Arc};

use super::{Holds, Law, must};
use crate::inbox::{model::Stored, simulation::trace::Event};

type Kind = Arc<str>;

#[derive(Default)]
pub(super) struct Coalesced {
    arrived: BTreeMap<u64, (usize, Kind, Vec<Arc<str>>)>,
    dropped: Vec<u64>,
    /// When a handler of a consumer last began for a delivery of a likeness, or would have had no attempt been lost.
    last_run: BTreeMap<(Kind, Arc<str>), usize>,
}

impl Coalesced {
    pub(super) fn see(&mut self, event: &Event, at: usize) {
        match event {
            Event::Arrived { arrival, likeness, consumers, .. } => {
                self.arrived.insert(*arrival, (at, Arc::clone(likeness), consumers.clone()));
            }
            Event::Answered { arrival, answer: Ok(Stored::Coalesced) } => self.dropped.push(*arrival),
            Event::Began { consumer, likeness, .. } | Event::Exhausted { consumer, likeness, .. } => {
                self.last_run.insert((Arc::clone(likeness), Arc::clone(consumer)), at);
            }
            _ => {}
        }
    }

    pub(super) fn conclude(&self) -> Holds {
        for arrival in &self.dropped {
            let Some((at, likeness, consumers)) = self.arrived.get(arrival) else { continue };
            for consumer in consumers {
                let run = self.last_run.get(&(Arc::clone(likeness), Arc::clone(consumer)));
                must(run.is_some_and(|run| run > at), Law::HintsAreSeen, || {
                    format!("arrival {arrival} was dropped, and `{consumer}` saw no {likeness} after it")
                })?;
            }
        }
        Ok(())
    }
}
