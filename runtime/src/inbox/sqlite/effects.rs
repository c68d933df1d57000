//! A handler's transaction, which also marks its work done.

use std::{any::Any, sync::Arc, time::Duration};

use sqlx::Sqlite;

use super::{SqliteStore, complete, connection::HandlersTurn};
use crate::{
    HandlerError, Outcome, fault,
    inbox::{
        InboxError,
        effects::{Boxed, Effects, Settled},
        model::Held,
        slot::{Begun, Slot},
    },
};

pub(super) struct SqliteEffects {
    store: SqliteStore,
    held: Held,
    slot: Arc<Slot<Sqlite>>,
}

impl SqliteEffects {
    pub(super) fn new(store: SqliteStore, held: Held) -> Self {
        let slot = Arc::new(Slot::new(store.0.tx_limit, {
            let store = store.clone();
            move || Box::pin(begin(store.clone()))
        }));
        Self { store, held, slot }
    }

    /// Marks the work done and commits both.
    async fn commit(&self, mut begun: Begun<Sqlite>, duration: Duration) -> Result<(), HandlerError> {
        if !complete::end_done(&mut begun.tx, self.held, duration, self.store.now()).await? {
            return Err("the lease ran out while the handler ran; its effects are rolled back".into());
        }
        fault::at(fault::Point::BeforeTxCommit);
        begun.tx.commit().await?;
        fault::at(fault::Point::AfterTxCommit);
        Ok(())
    }
}

/// Waits for its turn at the one connection that writes.
async fn begin(store: SqliteStore) -> Result<Begun<Sqlite>, InboxError> {
    let turn = Arc::clone(&store.0.turn).acquire_owned().await.ok();
    let database = store.database().await?;
    let HandlersTurn { tx, lock } = database.writer.begin_for_handler().await?;
    Ok(Begun { tx, held: Box::new((lock, turn)) })
}

impl Effects for SqliteEffects {
    fn lend(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        Arc::clone(&self.slot) as Arc<dyn Any + Send + Sync>
    }

    fn overdue(&self) -> Boxed<'_, Outcome> {
        Box::pin(self.slot.overdue())
    }

    fn settle(&self, outcome: Outcome, duration: Duration) -> Boxed<'_, Settled> {
        Box::pin(self.slot.settle(outcome, move |begun| Box::pin(self.commit(begun, duration))))
    }
}
