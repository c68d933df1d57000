//! What people and tools ask of the inbox.

use super::{
    Count, Cursor, Filter, Inbox, InboxError, Page, Pruned, Record,
    store::{Selectable, Selection},
};
use crate::DeliveryId;

impl Inbox {
    /// How much work there is, by endpoint, consumer and state.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// let inbox = switchhook::Inbox::memory().await?;
    /// for count in inbox.counts().await? {
    ///     println!("{} {}: the oldest is {:?} old", count.count, count.state, count.oldest);
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    pub async fn counts(&self) -> Result<Vec<Count>, InboxError> {
        self.core.store.counts().await
    }

    /// What matches, newest first: at most `limit` entries (1 to 1,000) behind the place where the page before ended.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// use switchhook::{Inbox, inbox::{Filter, WorkState}};
    ///
    /// let inbox = Inbox::memory().await?;
    /// let dead = Filter::default().state(WorkState::Dead);
    /// let mut page = inbox.list(&dead, None, 100).await?;
    /// while let Some(next) = page.next {
    ///     page = inbox.list(&dead, Some(next), 100).await?;
    /// }
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    pub async fn list(
        &self,
        filter: &Filter,
        after: Option<Cursor>,
        limit: usize,
    ) -> Result<Page, InboxError> {
        let limit = limit.clamp(1, 1_000);
        let mut entries = self.core.store.list(filter, after, limit + 1).await?;
        let more = entries.len() > limit;
        entries.truncate(limit);
        let next = entries.last().filter(|_| more).map(|last| last.cursor);
        Ok(Page { entries, next })
    }

    /// One delivery, with its attempts.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{DeliveryId, Inbox, InboxError};
    /// async fn print(inbox: &Inbox, id: DeliveryId) -> Result<(), InboxError> {
    ///     let Some(record) = inbox.find(id).await? else { return Ok(()) };
    ///     for work in &record.work {
    ///         println!("{}: {}, {} attempts", work.consumer, work.state, work.attempts.len());
    ///     }
    ///     Ok(())
    /// }
    /// ```
    pub async fn find(&self, id: DeliveryId) -> Result<Option<Record>, InboxError> {
        self.core.store.find(id).await
    }

    /// Runs a delivery once more: whatever of it is done, dead or discarded, and what had no handler. Gives how much
    /// that is.
    ///
    /// The same handlers get the same bytes; the attempts are recorded as those of a replay.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{DeliveryId, Inbox, InboxError};
    /// async fn again(inbox: &Inbox, id: DeliveryId) -> Result<bool, InboxError> {
    ///     Ok(inbox.replay(id).await? > 0)
    /// }
    /// ```
    pub async fn replay(&self, id: DeliveryId) -> Result<u64, InboxError> {
        self.replay_all(&Filter::default().delivery(id)).await?.run().await
    }

    /// Finds everything that matches and could be replayed; [`Chosen::run`] then does it.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// use switchhook::{Inbox, inbox::{Filter, WorkState}};
    ///
    /// let inbox = Inbox::memory().await?;
    /// let dead = inbox.replay_all(&Filter::default().state(WorkState::Dead)).await?;
    /// println!("{} deliveries are about to run again", dead.count());
    /// dead.run().await?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    pub async fn replay_all(&self, filter: &Filter) -> Result<Chosen<'_>, InboxError> {
        self.choose(filter, Selectable::Ended).await
    }

    /// Gives up a delivery: whatever of it waits or is dead. Gives how much that is.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{DeliveryId, Inbox, InboxError};
    /// async fn give_up(inbox: &Inbox, id: DeliveryId) -> Result<bool, InboxError> {
    ///     Ok(inbox.discard(id).await? > 0)
    /// }
    /// ```
    pub async fn discard(&self, id: DeliveryId) -> Result<u64, InboxError> {
        self.discard_all(&Filter::default().delivery(id)).await?.run().await
    }

    /// Finds everything that matches and waits or is dead; [`Chosen::run`] then gives it up.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// use switchhook::{Inbox, inbox::Filter};
    ///
    /// let inbox = Inbox::memory().await?;
    /// let chosen = inbox.discard_all(&Filter::default().event("identities.updated")).await?;
    /// assert_eq!(chosen.count(), 0);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    pub async fn discard_all(&self, filter: &Filter) -> Result<Chosen<'_>, InboxError> {
        self.choose(filter, Selectable::NotDone).await
    }

    async fn choose(&self, filter: &Filter, which: Selectable) -> Result<Chosen<'_>, InboxError> {
        let selection = self.core.store.select(filter, which).await?;
        Ok(Chosen { inbox: self, which, selection })
    }

    /// Removes everything that is past its time now; workers do it bit by bit.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(feature = "sqlite")]
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), switchhook::InboxError> {
    /// let inbox = switchhook::Inbox::memory().await?;
    /// assert_eq!(inbox.prune().await?.deliveries, 0);
    /// # Ok(())
    /// # }
    /// # #[cfg(not(feature = "sqlite"))]
    /// # fn main() {}
    /// ```
    pub async fn prune(&self) -> Result<Pruned, InboxError> {
        let mut all = Pruned::default();
        loop {
            let step = self.core.store.prune(&self.core.settings.retention).await?;
            all.add(step.pruned);
            if !step.more {
                return Ok(all);
            }
        }
    }
}

/// What was found to be replayed or given up, before it is.
///
/// # Examples
///
/// See [`Inbox::replay_all`].
#[derive(Debug)]
#[must_use = "nothing happens until it is run"]
pub struct Chosen<'a> {
    inbox: &'a Inbox,
    which: Selectable,
    selection: Selection,
}

impl Chosen<'_> {
    /// How much was found: one for each consumer of a delivery.
    ///
    /// # Examples
    ///
    /// See [`Inbox::replay_all`].
    pub fn count(&self) -> u64 {
        (self.selection.work.len() + self.selection.unrouted.len()) as u64
    }

    /// Does it, to what was found and is still as it was; gives how much that is.
    ///
    /// # Errors
    ///
    /// [`InboxError`], when the store fails; a part of it may be done then.
    ///
    /// # Examples
    ///
    /// See [`Inbox::replay_all`].
    pub async fn run(self) -> Result<u64, InboxError> {
        let core = &self.inbox.core;
        let changed = match self.which {
            Selectable::Ended => core.store.replay(&self.selection).await?,
            Selectable::NotDone => core.store.discard(&self.selection).await?,
        };
        core.wake.notify_one();
        Ok(changed)
    }
}
