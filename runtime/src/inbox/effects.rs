//! The transaction that one attempt may use.

use std::{any::Any, future::Future, pin::Pin, sync::Arc, time::Duration};

use crate::Outcome;

pub(crate) type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// A transaction that a handler may begin and that also marks its work done.
pub(crate) trait Effects: Send + Sync {
    /// What the extractor finds in the delivery.
    fn lend(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;

    /// Ends when the transaction has been open for longer than it may; never, when it is not begun.
    fn overdue(&self) -> Boxed<'_, Outcome>;

    /// Ends the transaction after the handler: it commits only what is done. The outcome is what the attempt comes
    /// to; whether it is recorded already is told with it.
    fn settle(&self, outcome: Outcome, duration: Duration) -> Boxed<'_, Settled>;
}

/// What an attempt comes to.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) outcome: Outcome,
    /// The work was marked done together with the handler's effects.
    pub(crate) recorded: bool,
}

impl Settled {
    pub(crate) fn unrecorded(outcome: Outcome) -> Self {
        Self { outcome, recorded: false }
    }
}
