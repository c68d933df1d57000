//! What goes between the inbox's store and those who use it.

use std::{sync::Arc, time::Duration};

use super::effects::{Boxed, Effects};
use crate::Delivery;

/// A consumer's work on an endpoint, by their names.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Queue {
    pub(crate) endpoint: Arc<str>,
    pub(crate) consumer: Arc<str>,
}

/// A delivery to be stored.
#[derive(Debug, Clone)]
pub(crate) struct NewDelivery {
    pub(crate) endpoint: Arc<str>,
    pub(crate) delivery: Delivery,
    /// What each consumer that has a handler must do; empty when none has.
    pub(crate) work: Vec<NewWork>,
    pub(crate) key: Option<Key>,
    /// A hint may be left out when an identical one waits.
    pub(crate) hint: bool,
}

/// A consumer's work on a new delivery.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewWork {
    pub(crate) consumer: Arc<str>,
    pub(crate) lane: Option<String>,
}

/// By what a repeated delivery is recognised; it begins with the endpoint.
pub(crate) type Key = Vec<u8>;

/// What became of a delivery that was to be stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stored {
    New,
    /// It had been stored before.
    Duplicate,
    /// It had been stored before and was dead; it is tried again.
    Revived,
    /// An identical hint waits.
    Coalesced,
}

impl Stored {
    /// The word for it in logs and metrics.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::New => "new",
            Self::Duplicate => "duplicate",
            Self::Revived => "revived",
            Self::Coalesced => "coalesced",
        }
    }
}

/// A piece of work that this process holds by a lease; of two that hold it, only the later has the current token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Held {
    pub(crate) work: i64,
    pub(crate) token: i64,
}

/// A piece of work that was claimed.
#[derive(Debug)]
pub(crate) struct Work {
    pub(crate) held: Held,
    /// The place of its queue in the claim.
    pub(crate) queue: usize,
    /// With the number of this attempt.
    pub(crate) delivery: Delivery,
}

/// What a process would like to claim of one queue.
pub(crate) struct Want {
    pub(crate) of: WorkQueue,
    /// How many of its endpoint, at most: its queues share them, and those before take first.
    pub(crate) limit: usize,
    /// Events that were found waiting and that this process has no handler for; the store keeps it.
    pub(crate) skip: Vec<String>,
}

/// The answer to a claim.
#[derive(Debug, Default)]
pub(crate) struct Claimed {
    pub(crate) work: Vec<Work>,
    /// After how long the next work of these queues is due, if any waits.
    pub(crate) next_due: Option<Duration>,
}

/// How a piece of work ends, or goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    Done,
    Retry(Duration),
    Dead,
}

/// One attempt that has ended.
#[derive(Debug, Clone)]
pub(crate) struct Completion {
    pub(crate) held: Held,
    pub(crate) verdict: Verdict,
    pub(crate) error: Option<String>,
    pub(crate) duration: Duration,
}

/// Finds out what consumers must do with a delivery that was stored when nobody had a handler for it.
pub(crate) trait Adopt: Send + Sync {
    fn handles(&self, endpoint: &str, event: &str) -> bool;
    fn work(&self, endpoint: &str, delivery: &Delivery) -> Vec<NewWork>;
}

/// How an attempt went.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) verdict: Verdict,
    pub(crate) error: Option<String>,
    pub(crate) duration: Duration,
    /// The store knows it already, since it was committed together with the handler's effects.
    pub(crate) recorded: bool,
}

/// A queue that a process works off.
pub(crate) struct WorkQueue {
    pub(crate) queue: Queue,
    /// The number of its endpoint, from 0.
    pub(crate) endpoint: usize,
    /// How many handlers of its endpoint run at once.
    pub(crate) concurrency: usize,
    /// Tells whether this process has a handler for an event.
    pub(crate) handles: Arc<dyn Fn(&str) -> bool + Send + Sync>,
}

/// Runs handlers.
pub(crate) trait Runner: Adopt {
    fn queues(&self) -> Vec<WorkQueue>;

    /// Runs the handler that the queue has for a delivery.
    fn run(&self, queue: usize, delivery: Delivery, effects: Arc<dyn Effects>) -> Boxed<'static, Ran>;
}

/// A refused request, kept apart.
#[derive(Debug, Clone)]
pub(crate) struct Refusal {
    pub(crate) endpoint: Arc<str>,
    pub(crate) received_at: std::time::SystemTime,
    pub(crate) uri: String,
    pub(crate) headers: http::HeaderMap,
    pub(crate) body: bytes::Bytes,
}
