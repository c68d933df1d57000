//! A process's way to the store, on which things go wrong.

use std::{
    sync::Arc,
    time::{Duration, SystemTime},
};

use super::{Model, Tables, Transaction};
use crate::{
    DeliveryId,
    inbox::{
        Count, Cursor, Entry, Filter, InboxError, Record, Retention,
        effects::Effects,
        model::{Adopt, Claimed, Completion, Held, NewDelivery, Refusal, Stored, Want},
        retention::PruneStep,
        simulation::{bugs::Bug, faults::Faults},
        store::{Answer, Selectable, Selection, Store},
    },
};

/// Copies share it.
#[derive(Clone)]
pub(in crate::inbox::simulation) struct Connection {
    pub(super) model: Arc<Model>,
    pub(super) faults: Arc<Faults>,
}

impl Connection {
    pub(in crate::inbox::simulation) fn new(model: Arc<Model>, faults: Arc<Faults>) -> Self {
        Self { model, faults }
    }

    /// One transaction: whoever calls may be told of an error before it or behind it, and may be gone at both moments.
    pub(super) async fn transact<T>(
        &self,
        change: impl FnOnce(&mut Tables, SystemTime) -> T,
    ) -> Result<T, InboxError> {
        let luck = self.faults.draw();
        luck.before().await?;
        let done = self.model.transact(change);
        luck.after().await?;
        Ok(done)
    }
}

impl Store for Connection {
    fn kind(&self) -> &'static str {
        "a model"
    }

    fn insert(&self, batch: Vec<NewDelivery>) -> Answer<'_, Vec<Stored>> {
        Box::pin(self.transact(|tables, now| tables.insert(batch, now)))
    }

    fn claim<'a>(&'a self, wants: &'a mut [Want], total: usize, lease: Duration) -> Answer<'a, Claimed> {
        Box::pin(self.transact(move |tables, now| tables.claim(wants, total, lease, now)))
    }

    fn renew<'a>(&'a self, held: &'a [Held], lease: Duration) -> Answer<'a, Vec<Held>> {
        Box::pin(self.transact(move |tables, now| tables.renew(held, lease, now)))
    }

    fn complete<'a>(&'a self, attempts: &'a [Completion]) -> Answer<'a, ()> {
        Box::pin(self.transact(|tables, now| drop(tables.end(attempts, false, now))))
    }

    fn release<'a>(&'a self, held: &'a [Held]) -> Answer<'a, ()> {
        Box::pin(self.transact(|tables, now| tables.release(held, now)))
    }

    fn effects(&self, held: Held) -> Arc<dyn Effects> {
        Arc::new(Transaction::new(self.clone(), held))
    }

    fn adopt<'a>(&'a self, router: &'a dyn Adopt, max_age: Duration) -> Answer<'a, usize> {
        Box::pin(self.transact(move |tables, now| tables.adopt(router, max_age, now)))
    }

    fn prune<'a>(&'a self, retention: &'a Retention) -> Answer<'a, PruneStep> {
        Box::pin(self.transact(|tables, now| tables.prune(retention, now)))
    }

    fn tidy(&self) -> Answer<'_, ()> {
        Box::pin(self.transact(|_, _| ()))
    }

    #[cfg(feature = "testing")]
    fn limit_pages(&self, _: u32) -> Answer<'_, ()> {
        Box::pin(self.transact(|_, _| ()))
    }

    fn counts(&self) -> Answer<'_, Vec<Count>> {
        Box::pin(self.transact(|tables, now| tables.counts(now)))
    }

    fn list<'a>(&'a self, filter: &'a Filter, after: Option<Cursor>, limit: usize) -> Answer<'a, Vec<Entry>> {
        Box::pin(self.transact(move |tables, _| tables.list(filter, after, limit)))
    }

    fn find(&self, id: DeliveryId) -> Answer<'_, Option<Record>> {
        Box::pin(self.transact(move |tables, _| tables.find(id)))
    }

    fn select<'a>(&'a self, filter: &'a Filter, which: Selectable) -> Answer<'a, Selection> {
        Box::pin(self.transact(move |tables, _| tables.select(filter, which)))
    }

    fn replay<'a>(&'a self, selection: &'a Selection) -> Answer<'a, u64> {
        Box::pin(self.transact(|tables, now| {
            assert!(tables.bug != Some(Bug::ReplayPanics), "put in by hand");
            tables.requeue(&selection.work, now) + tables.want(&selection.unrouted)
        }))
    }

    fn discard<'a>(&'a self, selection: &'a Selection) -> Answer<'a, u64> {
        Box::pin(self.transact(|tables, now| tables.discard(selection, now)))
    }

    fn quarantine(&self, refused: Vec<Refusal>, rows: u64, bytes: u64) -> Answer<'_, ()> {
        Box::pin(self.transact(move |tables, _| tables.quarantine(refused, rows, bytes)))
    }

    fn quarantined<'a>(
        &'a self,
        endpoint: &'a str,
        after: i64,
        limit: usize,
    ) -> Answer<'a, Vec<(i64, Refusal)>> {
        Box::pin(self.transact(move |tables, _| tables.quarantined(endpoint, after, limit)))
    }

    fn readmit(&self, passed: Vec<(i64, Option<NewDelivery>)>) -> Answer<'_, u64> {
        Box::pin(self.transact(|tables, now| tables.readmit(passed, now)))
    }
}
