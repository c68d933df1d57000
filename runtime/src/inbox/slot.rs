//! Where the transaction of an attempt lies: between the handler, which may begin it, and the inbox, which ends it.

use std::{
    any::Any,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use sqlx::{Database, Transaction};
use tokio::{
    sync::{Mutex, OwnedMappedMutexGuard, OwnedMutexGuard, watch},
    time::Instant,
};

use super::{
    InboxError,
    effects::{Boxed, Settled},
};
use crate::{HandlerError, Outcome};

/// The place of one attempt's transaction.
pub(crate) struct Slot<DB: Database> {
    limit: Duration,
    begin: Box<dyn Fn() -> Boxed<'static, Result<Begun<DB>, InboxError>> + Send + Sync>,
    state: Arc<Mutex<State<DB>>>,
    begun_at: watch::Sender<Option<Instant>>,
    /// How many `Tx` the handler has.
    lent: AtomicUsize,
}

pub(crate) enum State<DB: Database> {
    NotBegun,
    Begun(Begun<DB>),
    /// The attempt is over.
    Ended,
}

/// A transaction that was begun.
pub(crate) struct Begun<DB: Database> {
    pub(crate) tx: Transaction<'static, DB>,
    /// What is given back behind the transaction.
    #[expect(dead_code, reason = "it is held, not read")]
    pub(crate) held: Box<dyn Any + Send + Sync>,
}

/// What was in the slot at the end of an attempt.
enum Taken<DB: Database> {
    Nothing,
    Begun(Begun<DB>),
    /// The handler has returned and something of it still uses the transaction.
    Kept,
}

impl<DB: Database> Slot<DB> {
    pub(crate) fn new(
        limit: Duration,
        begin: impl Fn() -> Boxed<'static, Result<Begun<DB>, InboxError>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            limit,
            begin: Box::new(begin),
            state: Arc::new(Mutex::new(State::NotBegun)),
            begun_at: watch::Sender::new(None),
            lent: AtomicUsize::new(0),
        }
    }

    pub(crate) fn lend(&self) {
        self.lent.fetch_add(1, Ordering::AcqRel);
    }

    pub(crate) fn give_back(&self) {
        self.lent.fetch_sub(1, Ordering::AcqRel);
    }

    /// The transaction, begun if it is not yet; `None` when the attempt is over.
    pub(crate) async fn begin(
        &self,
    ) -> Result<Option<OwnedMappedMutexGuard<State<DB>, Transaction<'static, DB>>>, InboxError> {
        let mut state = Arc::clone(&self.state).lock_owned().await;
        if matches!(*state, State::NotBegun) {
            *state = State::Begun((self.begin)().await?);
            self.begun_at.send_replace(Some(Instant::now()));
        }
        Ok(OwnedMutexGuard::try_map(state, |state| match state {
            State::Begun(begun) => Some(&mut begun.tx),
            State::NotBegun | State::Ended => None,
        })
        .ok())
    }

    /// Ends when the transaction has been open for too long; never, when it is not begun.
    pub(crate) async fn overdue(&self) -> Outcome {
        let mut begun_at = self.begun_at.subscribe();
        match begun_at.wait_for(Option::is_some).await.map(|begun_at| *begun_at) {
            Ok(Some(begun_at)) => tokio::time::sleep_until(begun_at + self.limit).await,
            _ => std::future::pending().await,
        }
        Outcome::Retry(HandlerError::from(format!(
            "the transaction was open for longer than {:?}; its effects are rolled back",
            self.limit
        )))
    }

    /// Ends the attempt: what the handler wrote is committed when it is done, together with the mark that this adds.
    pub(crate) async fn settle<'a>(
        &self,
        outcome: Outcome,
        mark_and_commit: impl FnOnce(Begun<DB>) -> Boxed<'a, Result<(), HandlerError>> + Send,
    ) -> Settled {
        match (self.take(), outcome) {
            (Taken::Kept, Outcome::Done) => Settled::unrecorded(Outcome::Retry(HandlerError::from(
                "a `Tx` was kept past the handler's return; its effects are rolled back",
            ))),
            (Taken::Begun(begun), Outcome::Done) => match mark_and_commit(begun).await {
                Ok(()) => Settled { outcome: Outcome::Done, recorded: true },
                Err(error) => Settled::unrecorded(Outcome::Retry(error)),
            },
            (Taken::Nothing | Taken::Kept, outcome) => Settled::unrecorded(outcome),
            (Taken::Begun(begun), outcome) => {
                // Where this fails, the connection is closed, which ends the transaction too.
                if let Err(error) = begun.tx.rollback().await {
                    tracing::warn!(%error, "a transaction could not be rolled back");
                }
                Settled::unrecorded(outcome)
            }
        }
    }

    fn take(&self) -> Taken<DB> {
        let kept = self.lent.load(Ordering::Acquire) > 0;
        // Where somebody still uses it, it is rolled back when that ends.
        let Ok(mut state) = self.state.try_lock() else { return Taken::Kept };
        match std::mem::replace(&mut *state, State::Ended) {
            _ if kept => Taken::Kept,
            State::Begun(begun) => Taken::Begun(begun),
            State::NotBegun | State::Ended => Taken::Nothing,
        }
    }
}
