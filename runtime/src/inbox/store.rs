//! What the inbox asks of a store.

use std::{future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::sync::Notify;

use super::{
    Count, Cursor, Entry, Filter, InboxError, Record, Retention,
    effects::{Boxed, Effects},
    model::{Adopt, Claimed, Completion, Held, NewDelivery, Refusal, Stored, Want},
    retention::PruneStep,
};
use crate::DeliveryId;

pub(crate) type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<T, InboxError>> + Send + 'a>>;

/// A durable store of deliveries and of each consumer's work on them.
///
/// What a method reports as done is durable. A method that fails has changed nothing, or, where the connection was
/// lost during the commit, all. Time is the store's own: no caller says what time it is.
pub(crate) trait Store: Send + Sync {
    /// The name of its database.
    fn kind(&self) -> &'static str;

    /// Stores deliveries, all or none, in their order.
    fn insert(&self, batch: Vec<NewDelivery>) -> Answer<'_, Vec<Stored>>;

    /// Takes work that is due, at most `total` pieces, under leases of this length; takes back what others held
    /// beyond theirs.
    fn claim<'a>(&'a self, wants: &'a mut [Want], total: usize, lease: Duration) -> Answer<'a, Claimed>;

    /// Extends leases; gives those that nobody else has taken: what is still held, and what a handler's transaction has
    /// marked done meanwhile.
    fn renew<'a>(&'a self, held: &'a [Held], lease: Duration) -> Answer<'a, Vec<Held>>;

    /// Ends attempts. One whose lease is lost changes nothing.
    fn complete<'a>(&'a self, attempts: &'a [Completion]) -> Answer<'a, ()>;

    /// Gives work back that was not finished; the attempt does not count.
    fn release<'a>(&'a self, held: &'a [Held]) -> Answer<'a, ()>;

    /// A transaction for one attempt, that the handler may begin.
    fn effects(&self, held: Held) -> Arc<dyn Effects>;

    /// Makes work for some of the unrouted deliveries of at most this age that have a handler now, and of those whose
    /// replay was asked for; gives their number, 0 when there are no more.
    fn adopt<'a>(&'a self, router: &'a dyn Adopt, max_age: Duration) -> Answer<'a, usize>;

    /// Removes some of what is past its time.
    fn prune<'a>(&'a self, retention: &'a Retention) -> Answer<'a, PruneStep>;

    /// Puts everything in its place, when the process is about to end.
    fn tidy(&self) -> Answer<'_, ()>;

    /// Wakes this process whenever another has stored something, as long as this is polled; `None` where no other can.
    fn listen(&self, wake: Arc<Notify>) -> Option<Boxed<'static, ()>> {
        drop(wake);
        None
    }

    /// Lets the store grow to so many pages and no further, as a full disk would.
    #[cfg(feature = "testing")]
    fn limit_pages(&self, pages: u32) -> Answer<'_, ()>;

    /// How much work there is, by queue and state.
    fn counts(&self) -> Answer<'_, Vec<Count>>;

    /// What matches, newest first, behind the cursor.
    fn list<'a>(&'a self, filter: &'a Filter, after: Option<Cursor>, limit: usize) -> Answer<'a, Vec<Entry>>;

    /// One delivery with all that happened to it.
    fn find(&self, id: DeliveryId) -> Answer<'_, Option<Record>>;

    /// The work that matches and that could be replayed or discarded.
    fn select<'a>(&'a self, filter: &'a Filter, which: Selectable) -> Answer<'a, Selection>;

    /// Lets what was selected run again, where it is at its end; gives how much it was.
    fn replay<'a>(&'a self, selection: &'a Selection) -> Answer<'a, u64>;

    /// Gives up what was selected, where it does not run and is not done; gives how much it was.
    fn discard<'a>(&'a self, selection: &'a Selection) -> Answer<'a, u64>;

    /// Keeps refused requests apart, and forgets the oldest beyond the bounds.
    fn quarantine(&self, refused: Vec<Refusal>, rows: u64, bytes: u64) -> Answer<'_, ()>;

    /// The refused requests of an endpoint behind this number, oldest first, with their numbers.
    fn quarantined<'a>(
        &'a self,
        endpoint: &'a str,
        after: i64,
        limit: usize,
    ) -> Answer<'a, Vec<(i64, Refusal)>>;

    /// Takes refused requests out of the quarantine and stores what they turned out to be, in one; those that somebody
    /// else has taken out are left alone. Gives the number taken.
    fn readmit(&self, passed: Vec<(i64, Option<NewDelivery>)>) -> Answer<'_, u64>;
}

/// Which work of all that matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selectable {
    /// What is at its end and still has its bytes, and deliveries without a handler.
    Ended,
    /// What waits or is dead.
    NotDone,
}

/// Work by its numbers, and deliveries without a handler by theirs.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Selection {
    pub(crate) work: Vec<i64>,
    pub(crate) unrouted: Vec<i64>,
}
