//! What the store tells, and what people choose of it.

use std::{sync::Arc, time::SystemTime};

use super::{State, Tables, Work};
use crate::{
    Attempt, Delivery, DeliveryId,
    inbox::{
        Count, Cursor, Entry, Filter, Record, WorkRecord, WorkState,
        model::Refusal,
        simulation::trace::Event,
        store::{Selectable, Selection},
    },
};

impl Tables {
    pub(super) fn counts(&self, now: SystemTime) -> Vec<Count> {
        let mut counts: Vec<Count> = Vec::new();
        for entry in self.entries(&Filter::default()) {
            let oldest = now.duration_since(entry.received_at).unwrap_or_default();
            let same = |count: &&mut Count| {
                count.endpoint == entry.endpoint
                    && count.consumer == entry.consumer
                    && count.state == entry.state
            };
            match counts.iter_mut().find(same) {
                Some(count) => {
                    count.count += 1;
                    count.oldest = count.oldest.max(oldest);
                }
                None => counts.push(Count {
                    endpoint: entry.endpoint,
                    consumer: entry.consumer,
                    state: entry.state,
                    count: 1,
                    oldest,
                }),
            }
        }
        counts
    }

    pub(super) fn list(&self, filter: &Filter, after: Option<Cursor>, limit: usize) -> Vec<Entry> {
        let entries = self.entries(filter).into_iter().rev();
        entries.filter(|entry| after.is_none_or(|after| entry.cursor < after)).take(limit).collect()
    }

    /// What matches, oldest first.
    fn entries(&self, filter: &Filter) -> Vec<Entry> {
        let mut entries = Vec::new();
        for seq in self.deliveries.keys() {
            let before = entries.len();
            entries.extend(
                self.work_on(*seq).filter_map(|(number, work)| self.entry(*seq, Some((number, work)))),
            );
            if entries.len() == before {
                entries.extend(self.entry(*seq, None));
            }
        }
        entries.retain(|entry| matches(filter, entry));
        entries
    }

    fn entry(&self, seq: i64, work: Option<(i64, &Work)>) -> Option<Entry> {
        let received = &self.deliveries.get(&seq)?.received;
        let state = work.map_or(WorkState::Unrouted, |(_, work)| work.state.shown());
        let work_row = work.map(|(_, work)| work);
        let queue = work_row.and_then(|work| self.queue_name(work.queue));
        Some(Entry {
            id: received.id,
            provider_id: received.provider_id.clone(),
            endpoint: Arc::clone(&received.endpoint),
            tenant: received.tenant.clone(),
            consumer: queue.map(|queue| Arc::clone(&queue.consumer)),
            event: received.event.clone(),
            state,
            received_at: received.received_at,
            attempts: work_row.map_or(0, |work| work.attempts),
            replays: work_row.map_or(0, |work| work.replays),
            lane: work_row.and_then(|work| work.lane.clone()),
            due: work_row.filter(|_| state == WorkState::Pending).map(|work| work.due),
            cursor: Cursor(work.map_or(seq << 16, |(number, _)| number)),
        })
    }

    pub(super) fn find(&self, id: DeliveryId) -> Option<Record> {
        let (seq, row) = self.deliveries.iter().find(|(_, row)| row.received.id == id)?;
        let received = &row.received;
        let work = self.work_on(*seq).filter_map(|(_, work)| {
            Some(WorkRecord {
                consumer: Arc::clone(&self.queue_name(work.queue)?.consumer),
                state: work.state.shown(),
                lane: work.lane.clone(),
                due: matches!(work.state, State::Ready | State::Waiting).then_some(work.due),
                attempts: work.history.values().cloned().collect(),
            })
        });
        Some(Record {
            id,
            endpoint: Arc::clone(&received.endpoint),
            event: received.event.clone(),
            received_at: received.received_at,
            delivery: row.has_content.then(|| Delivery::restored(Arc::clone(received), Attempt::FIRST)),
            work: work.collect(),
        })
    }

    pub(super) fn select(&self, filter: &Filter, which: Selectable) -> Selection {
        let mut selection = Selection::default();
        for entry in self.entries(filter) {
            let Cursor(number) = entry.cursor;
            let has_content = self.deliveries.get(&(number >> 16)).is_some_and(|row| row.has_content);
            match (entry.state, which) {
                (WorkState::Unrouted, Selectable::Ended) if has_content => {
                    selection.unrouted.push(number >> 16);
                }
                (WorkState::Done | WorkState::Dead | WorkState::Discarded, Selectable::Ended)
                    if has_content =>
                {
                    selection.work.push(number);
                }
                (WorkState::Pending | WorkState::Dead, Selectable::NotDone) => selection.work.push(number),
                _ => {}
            }
        }
        selection
    }

    pub(super) fn discard(&mut self, selection: &Selection, now: SystemTime) -> u64 {
        let mut discarded = Vec::new();
        let mut lanes = Vec::new();
        for number in &selection.work {
            let Some(work) = self.work.get_mut(number) else { continue };
            if matches!(work.state, State::Ready | State::Waiting | State::Dead) {
                work.state = State::Discarded;
                lanes.extend(work.lane());
                discarded.push(*number);
            }
        }
        let count = discarded.len() as u64;
        self.events.push(Event::Discarded { work: discarded });
        self.promote(lanes.into_iter().collect(), now);
        count
    }

    pub(super) fn quarantined(&self, endpoint: &str, after: i64, limit: usize) -> Vec<(i64, Refusal)> {
        let behind = self.refusals.range(after + 1..);
        let of_endpoint = behind.filter(|(_, refusal)| *refusal.endpoint == *endpoint);
        of_endpoint.map(|(number, refusal)| (*number, refusal.clone())).take(limit).collect()
    }
}

fn matches(filter: &Filter, entry: &Entry) -> bool {
    let text = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_deref().is_none_or(|wanted| found == Some(wanted))
    };
    filter.delivery.is_none_or(|id| id == entry.id)
        && text(&filter.provider_id, entry.provider_id.as_ref().map(crate::ProviderId::as_str))
        && text(&filter.endpoint, Some(&*entry.endpoint))
        && (filter.tenant.is_none() || filter.tenant == entry.tenant)
        && text(&filter.consumer, entry.consumer.as_deref())
        && text(&filter.event, Some(entry.event.as_str()))
        && filter.state.is_none_or(|state| state == entry.state)
        && text(&filter.lane(), entry.lane.as_deref())
        && filter.since.is_none_or(|since| entry.received_at >= since)
        && filter.until.is_none_or(|until| entry.received_at < until)
}
