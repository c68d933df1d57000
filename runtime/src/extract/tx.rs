//! A handler's own transaction, which commits together with the mark that its work is done.

use std::{
    fmt,
    ops::{Deref, DerefMut},
    sync::Arc,
};

use sqlx::{Database, Transaction};
use tokio::sync::OwnedMappedMutexGuard;

use super::{FromDelivery, Need, Rejection};
use crate::{
    Delivery, InboxError,
    inbox::slot::{Slot, State},
};

/// A transaction in the inbox's database, as an extractor: what a handler writes in it and the mark that the
/// delivery is done commit together, or neither does.
///
/// *Deliveries are handled at least once; effects in `Tx` commit once per delivery and consumer.* It commits when the
/// handler is done, and only then: a failed, panicked, timed out or dead run leaves nothing. It must not be kept past
/// the handler's return: that is a failed run.
///
/// The transaction begins with the first [`begin`](Self::begin). Call others before that, since it has a time limit (2 s
/// unless set by [`tx_limit`](crate::inbox::OpenInbox::tx_limit)), beyond which the run has failed: in SQLite it holds the
/// database's only write lock, in PostgreSQL one of the connections for handlers, and the oldest snapshot.
///
/// # Examples
///
/// ```
/// # #[cfg(feature = "sqlite")]
/// # mod example {
/// use sqlx::Sqlite; // or `sqlx::Postgres`, for an inbox in PostgreSQL
/// use switchhook::provider::argyle::IdentityIds;
/// use switchhook::{Data, HandlerError, Tx, webhook_handler};
///
/// #[webhook_handler("identities.added")]
/// async fn added(Data(ids): Data<IdentityIds>, mut tx: Tx<Sqlite>) -> Result<(), HandlerError> {
///     let mut tx = tx.begin().await?;
///     sqlx::query("INSERT INTO identity (id) VALUES (?)").bind(ids.identity).execute(&mut *tx).await?;
///     Ok(())
/// }
/// # }
/// ```
pub struct Tx<DB: Database> {
    slot: Arc<Slot<DB>>,
}

/// A [`Tx`] that has begun: it is the database's connection.
///
/// # Examples
///
/// See [`Tx`].
pub struct TxGuard<'a, DB: Database> {
    transaction: OwnedMappedMutexGuard<State<DB>, Transaction<'static, DB>>,
    // Through this the handler cannot begin it a second time while it has it.
    _tx: &'a mut Tx<DB>,
}

/// Why a transaction could not be begun.
///
/// # Examples
///
/// ```
/// assert_eq!(switchhook::TxError::Ended.to_string(), "the run that this transaction belongs to has ended");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TxError {
    /// The handler has returned.
    #[error("the run that this transaction belongs to has ended")]
    Ended,
    /// The database could not begin it.
    #[error("the transaction could not be begun")]
    Inbox(#[from] InboxError),
}

impl<DB: Database> Tx<DB> {
    fn new(slot: Arc<Slot<DB>>) -> Self {
        slot.lend();
        Self { slot }
    }

    /// The transaction that was lent to the handlers of a delivery.
    fn of(delivery: &Delivery) -> Option<Self> {
        delivery.lent()?.downcast::<Slot<DB>>().ok().map(Self::new)
    }

    /// Begins the transaction, or goes on with it where this run has begun it.
    ///
    /// # Errors
    ///
    /// [`TxError`], when the database cannot, or the run has ended.
    ///
    /// # Cancel safety
    ///
    /// Dropping the future leaves the transaction unbegun.
    ///
    /// # Examples
    ///
    /// See [`Tx`].
    pub async fn begin(&mut self) -> Result<TxGuard<'_, DB>, TxError> {
        let transaction = self.slot.begin().await?.ok_or(TxError::Ended)?;
        Ok(TxGuard { transaction, _tx: self })
    }
}

impl<DB: Database> Drop for Tx<DB> {
    fn drop(&mut self) {
        self.slot.give_back();
    }
}

impl<DB: Database> fmt::Debug for Tx<DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Tx<{}>", DB::NAME)
    }
}

impl<DB: Database> Deref for TxGuard<'_, DB> {
    type Target = DB::Connection;

    fn deref(&self) -> &DB::Connection {
        &self.transaction
    }
}

impl<DB: Database> DerefMut for TxGuard<'_, DB> {
    fn deref_mut(&mut self) -> &mut DB::Connection {
        &mut self.transaction
    }
}

impl<DB: Database> fmt::Debug for TxGuard<'_, DB> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TxGuard<{}>", DB::NAME)
    }
}

#[cfg(feature = "sqlite")]
impl<S: Sync> FromDelivery<S> for Tx<sqlx::Sqlite> {
    const NEEDS: &'static [Need] = &[Need::Sqlite];

    async fn from_delivery(delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
        Self::of(delivery).ok_or(Rejection::absent("a transaction: it was not taken from an inbox in SQLite"))
    }
}

#[cfg(feature = "postgres")]
impl<S: Sync> FromDelivery<S> for Tx<sqlx::Postgres> {
    const NEEDS: &'static [Need] = &[Need::Postgres];

    async fn from_delivery(delivery: &Delivery, _: &S) -> Result<Self, Rejection> {
        Self::of(delivery)
            .ok_or(Rejection::absent("a transaction: it was not taken from an inbox in PostgreSQL"))
    }
}
