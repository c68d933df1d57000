//! A handler's transaction, which also marks its work done.

use std::{any::Any, sync::Arc, time::Duration};

use sqlx::Postgres;

use super::{PostgresStore, complete, settings::OF_TRANSACTION};
use crate::{
    HandlerError, Outcome, fault,
    inbox::{
        effects::{Boxed, Effects, Settled},
        model::Held,
        slot::{Begun, Slot},
    },
};

pub(super) struct PostgresEffects {
    store: PostgresStore,
    held: Held,
    slot: Arc<Slot<Postgres>>,
}

impl PostgresEffects {
    pub(super) fn new(store: PostgresStore, held: Held) -> Self {
        let limit = store.0.tx_limit;
        let slot = Arc::new(Slot::new(limit, {
            let store = store.clone();
            move || {
                let store = store.clone();
                Box::pin(async move {
                    let tx = store.database().begin_for_handler(limit).await?;
                    Ok(Begun { tx, held: Box::new(()) })
                })
            }
        }));
        Self { store, held, slot }
    }

    /// Marks the work done and commits both.
    async fn commit(&self, mut begun: Begun<Postgres>, duration: Duration) -> Result<(), HandlerError> {
        sqlx::raw_sql(OF_TRANSACTION).execute(&mut *begun.tx).await?;
        if !complete::end_done(&mut begun.tx, &self.store, self.held, duration).await? {
            return Err("the lease ran out while the handler ran; its effects are rolled back".into());
        }
        fault::at(fault::Point::BeforeTxCommit);
        begun.tx.commit().await?;
        fault::at(fault::Point::AfterTxCommit);
        Ok(())
    }
}

impl Effects for PostgresEffects {
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
