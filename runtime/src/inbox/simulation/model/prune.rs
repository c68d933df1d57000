//! Removing what is past its time, and keeping refused requests within their bounds.

use std::{
    ops::Bound,
    time::{Duration, SystemTime},
};

use super::{State, Tables, work_number};
use crate::{
    DeliveryId,
    inbox::{
        Pruned, Retention,
        model::{Key, Refusal},
        retention::PruneStep,
    },
};

/// How many rows of each kind one step removes.
const AT_ONCE: usize = 500;
/// How many keys one step looks at.
const KEYS_AT_ONCE: usize = 2_000;

impl Tables {
    pub(super) fn prune(&mut self, retention: &Retention, now: SystemTime) -> PruneStep {
        let before = |time: Duration| now.checked_sub(time).unwrap_or(SystemTime::UNIX_EPOCH);
        let unrouted = self.old_unrouted(before(retention.unrouted));
        let mut forgotten = 0;
        for delivery in &unrouted {
            // What never ran must not keep another from being stored.
            let key = self.unrouted.get(delivery).and_then(|unrouted| unrouted.key.as_ref());
            forgotten += u64::from(key.is_some_and(|key| self.keys.remove(key).is_some()));
        }
        self.remove(&unrouted);
        let bodies = self.old(before(retention.bodies), true);
        for delivery in &bodies {
            if let Some(row) = self.deliveries.get_mut(delivery) {
                row.has_content = false;
            }
        }
        let rows = self.old(before(retention.rows), false);
        self.remove(&rows);
        let keys = self.forget_keys(before(retention.keys));
        let deliveries = (rows.len() + unrouted.len()) as u64;
        let full = [unrouted.len(), bodies.len(), rows.len()].contains(&AT_ONCE);
        let pruned = Pruned { bodies: bodies.len() as u64, deliveries, keys: keys + forgotten };
        PruneStep { pruned, more: full || self.last_pruned_key.is_some() }
    }

    fn old_unrouted(&self, before: SystemTime) -> Vec<i64> {
        let unrouted = self.unrouted.iter();
        let old = unrouted.filter(|(_, unrouted)| unrouted.received_at < before && !unrouted.wanted);
        old.map(|(delivery, _)| *delivery).take(AT_ONCE).collect()
    }

    /// Deliveries that nothing keeps any more. The ids, which begin with the time, say where the old ones end.
    fn old(&self, before: SystemTime, with_content: bool) -> Vec<i64> {
        let first = DeliveryId::first_at(before).into_bytes();
        let older = self.deliveries.iter().filter(|(_, row)| row.received.id.into_bytes() < first);
        let last = older.max_by_key(|(_, row)| row.received.id.into_bytes()).map(|(seq, _)| *seq);
        let Some(last) = last else { return Vec::new() };
        let is_old = |seq: &i64, row: &super::Row| {
            let is_needed =
                self.work_on(*seq).any(|(_, work)| !matches!(work.state, State::Done | State::Discarded));
            let has_what_goes = !with_content || row.has_content;
            has_what_goes
                && row.received.received_at < before
                && !is_needed
                && !self.unrouted.contains_key(seq)
        };
        let old = self.deliveries.range(..=last).filter(|(seq, row)| is_old(seq, row));
        old.map(|(seq, _)| *seq).take(AT_ONCE).collect()
    }

    /// Removes deliveries with all that belongs to them, but for their keys.
    fn remove(&mut self, deliveries: &[i64]) {
        for seq in deliveries {
            self.deliveries.remove(seq);
            self.unrouted.remove(seq);
            let work = work_number(*seq, 0)..work_number(seq + 1, 0);
            let numbers: Vec<i64> = self.work.range(work).map(|(number, _)| *number).collect();
            for number in numbers {
                self.work.remove(&number);
            }
        }
    }

    /// Forgets the old ones of the next keys.
    fn forget_keys(&mut self, before: SystemTime) -> u64 {
        let behind = self.last_pruned_key.take().map_or(Bound::Unbounded, Bound::Excluded);
        let next: Vec<Key> = self
            .keys
            .range::<Key, _>((behind, Bound::Unbounded))
            .take(KEYS_AT_ONCE)
            .map(|(key, _)| key.clone())
            .collect();
        let mut removed = 0;
        for key in &next {
            if self.keys.get(key).is_some_and(|known| known.received_at < before) {
                self.keys.remove(key);
                removed += 1;
            }
        }
        self.last_pruned_key = next.last().cloned();
        removed
    }

    pub(super) fn quarantine(&mut self, refused: Vec<Refusal>, rows: u64, bytes: u64) {
        for refusal in refused {
            self.last_refusal += 1;
            self.refusals.insert(self.last_refusal, refusal);
        }
        let (mut kept, mut size) = (0, 0);
        let mut last = None;
        for (number, refusal) in self.refusals.iter().rev() {
            kept += 1;
            size += (refusal.uri.len() + refusal.body.len()) as u64;
            if kept > rows || size > bytes {
                last = Some(*number);
                break;
            }
        }
        if let Some(last) = last {
            self.refusals = self.refusals.split_off(&(last + 1));
        }
    }
}
