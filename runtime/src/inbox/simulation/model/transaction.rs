//! A handler's transaction: its effects are staged, and are there when its work is marked done.

use std::{any::Any, sync::Arc, time::Duration};

use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

use super::Connection;
use crate::{
    HandlerError, Outcome,
    inbox::{
        InboxError,
        effects::{Boxed, Effects, Settled},
        model::Held,
    },
};

/// How long it may be open.
const LIMIT: Duration = Duration::from_secs(2);

pub(in crate::inbox::simulation) struct Transaction {
    connection: Connection,
    held: Held,
    /// When the handler began it.
    begun: watch::Sender<Option<Instant>>,
}

impl Transaction {
    pub(super) fn new(connection: Connection, held: Held) -> Self {
        Self { connection, held, begun: watch::Sender::new(None) }
    }

    /// The work that it marks done.
    pub(in crate::inbox::simulation) fn held(&self) -> Held {
        self.held
    }

    /// Begins it and writes into it.
    pub(in crate::inbox::simulation) async fn begin(&self) -> Result<(), InboxError> {
        self.connection.faults.draw().before().await?;
        self.begun.send_replace(Some(Instant::now()));
        Ok(())
    }

    pub(in crate::inbox::simulation) fn is_begun(&self) -> bool {
        self.begun.borrow().is_some()
    }

    /// Marks the work done and commits both.
    async fn commit(&self, duration: Duration) -> Result<(), HandlerError> {
        let commit =
            self.connection.transact(|tables, now| tables.end_with_effects(self.held, duration, now));
        if !commit.await? {
            return Err("the lease ran out while the handler ran; its effects are rolled back".into());
        }
        Ok(())
    }
}

impl Effects for Transaction {
    fn lend(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }

    fn overdue(&self) -> Boxed<'_, Outcome> {
        Box::pin(async {
            let mut begun = self.begun.subscribe();
            match begun.wait_for(Option::is_some).await.map(|begun| *begun) {
                Ok(Some(begun)) => sleep_until(begun + LIMIT).await,
                _ => std::future::pending().await,
            }
            Outcome::Retry(HandlerError::from("the transaction was open for too long"))
        })
    }

    fn settle(&self, outcome: Outcome, duration: Duration) -> Boxed<'_, Settled> {
        Box::pin(async move {
            match outcome {
                Outcome::Done if self.is_begun() => match self.commit(duration).await {
                    Ok(()) => Settled { outcome: Outcome::Done, recorded: true },
                    Err(error) => Settled::unrecorded(Outcome::Retry(error)),
                },
                outcome => Settled::unrecorded(outcome),
            }
        })
    }
}
