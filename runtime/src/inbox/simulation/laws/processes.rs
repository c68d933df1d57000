//! A process runs no more at once than it may, and each consumer's handlers only that consumer's work.

use std::{collections::BTreeMap, sync::Arc};

use super::{Holds, Law, must};
use crate::inbox::simulation::trace::Event;

#[derive(Default)]
pub(super) struct Processes {
    /// How many handlers each may run at once.
    concurrency: BTreeMap<usize, usize>,
    /// What runs, by work and token, and its process.
    running: BTreeMap<(i64, i64), usize>,
    /// Whose work a queue has, as the first run of it says.
    consumers: BTreeMap<i64, (Arc<str>, Arc<str>)>,
}

impl Processes {
    pub(super) fn see(&mut self, event: &Event) -> Holds {
        match event {
            Event::Started { process, concurrency, .. } => {
                self.concurrency.insert(*process, *concurrency);
            }
            Event::Began { process, work, token, consumer, likeness, .. } => {
                self.running.insert((*work, *token), *process);
                let at_once = self.running.values().filter(|of| *of == process).count();
                let most = self.concurrency.get(process).copied().unwrap_or(0);
                must(at_once <= most, Law::ProcessesKeepToTheirOwn, || {
                    format!("process {process} runs {at_once} handlers at once, and may run {most}")
                })?;
                let endpoint = likeness.split('/').next().unwrap_or_default();
                let whose = (Arc::from(endpoint), Arc::clone(consumer));
                let first = self.consumers.entry(*work & 0xffff).or_insert_with(|| whose.clone());
                return must(*first == whose, Law::ProcessesKeepToTheirOwn, || {
                    format!("work {work} of {first:?} was run by a handler of {whose:?}")
                });
            }
            Event::Over { work, token } => drop(self.running.remove(&(*work, *token))),
            Event::Gone { process } => self.running.retain(|_, of| of != process),
            _ => {}
        }
        Ok(())
    }
}
