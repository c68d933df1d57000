//! What the inbox tells of what it holds.

use std::{
    fmt,
    str::FromStr,
    sync::Arc,
    time::{Duration, SystemTime},
};

use crate::{Delivery, DeliveryId, EventName, ProviderId, Tenant};

/// Where a consumer's work on a delivery stands.
///
/// # Examples
///
/// ```
/// assert_eq!(switchhook::inbox::WorkState::Dead.to_string(), "dead");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum WorkState {
    /// It waits: for a free worker, for its next attempt, or for its turn in its lane.
    Pending,
    /// A handler runs.
    Running,
    /// It is handled.
    Done,
    /// No attempt is left, or the handler said that none can succeed.
    Dead,
    /// Somebody gave it up.
    Discarded,
    /// No consumer had a handler for the event.
    Unrouted,
}

impl fmt::Display for WorkState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Running => "running",
            Self::Done => "done",
            Self::Dead => "dead",
            Self::Discarded => "discarded",
            Self::Unrouted => "unrouted",
        })
    }
}

/// How much work of one consumer is in one state.
///
/// # Examples
///
/// ```
/// use switchhook::inbox::{Count, WorkState};
///
/// fn dead(counts: &[Count]) -> u64 {
///     counts.iter().filter(|count| count.state == WorkState::Dead).map(|count| count.count).sum()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Count {
    /// The endpoint.
    pub endpoint: Arc<str>,
    /// The consumer; `None` for deliveries without a handler.
    pub consumer: Option<Arc<str>>,
    /// The state.
    pub state: WorkState,
    /// How many deliveries.
    pub count: u64,
    /// How long ago the oldest of them was received.
    pub oldest: Duration,
}

/// One line of a list: a delivery and one consumer's work on it.
///
/// # Examples
///
/// ```
/// fn line(entry: &switchhook::inbox::Entry) -> String {
///     format!("{} {} {} after {} attempts", entry.id, entry.event, entry.state, entry.attempts)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Entry {
    /// Our id of the delivery.
    pub id: DeliveryId,
    /// The sender's id of it.
    pub provider_id: Option<ProviderId>,
    /// The endpoint.
    pub endpoint: Arc<str>,
    /// Whose delivery it is, where the endpoint has tenants.
    pub tenant: Option<Tenant>,
    /// The consumer; `None` for a delivery without a handler.
    pub consumer: Option<Arc<str>>,
    /// The event.
    pub event: EventName,
    /// Where the work stands.
    pub state: WorkState,
    /// When the request was read to its end.
    pub received_at: SystemTime,
    /// How many attempts there were since it was received or replayed.
    pub attempts: u32,
    /// How often it was replayed.
    pub replays: u32,
    /// Its lane, as `field=value`; with a tenant, as `tenant/field=value`.
    pub lane: Option<String>,
    /// When the next attempt is due, for what is pending.
    pub due: Option<SystemTime>,
    pub(crate) cursor: Cursor,
}

/// A part of a list.
///
/// # Examples
///
/// See [`Inbox::list`](crate::Inbox::list).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page {
    /// What matches, newest first.
    pub entries: Vec<Entry>,
    /// Where the next page begins; `None` behind the last.
    pub next: Option<Cursor>,
}

/// A place in a list. It stays where it is while deliveries come and go; `Display` and `FromStr` are for links.
///
/// # Examples
///
/// ```
/// use switchhook::inbox::Cursor;
///
/// let cursor: Cursor = "1114113".parse()?;
/// assert_eq!(cursor.to_string(), "1114113");
/// # Ok::<(), switchhook::inbox::CursorError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor(pub(crate) i64);

/// A text that is no [`Cursor`].
///
/// # Examples
///
/// ```
/// let error = "first".parse::<switchhook::inbox::Cursor>().unwrap_err();
/// assert_eq!(error.to_string(), "a place in the inbox's list is a number");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a place in the inbox's list is a number")]
pub struct CursorError(());

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl FromStr for Cursor {
    type Err = CursorError;

    fn from_str(text: &str) -> Result<Self, CursorError> {
        text.parse().map(Self).or(Err(CursorError(())))
    }
}

/// A delivery with all that became of it.
///
/// # Examples
///
/// See [`Inbox::find`](crate::Inbox::find).
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Record {
    /// Our id of it.
    pub id: DeliveryId,
    /// The endpoint.
    pub endpoint: Arc<str>,
    /// The event.
    pub event: EventName,
    /// When the request was read to its end.
    pub received_at: SystemTime,
    /// What arrived; `None` when its bytes are no longer kept.
    pub delivery: Option<Delivery>,
    /// What each consumer did with it; empty when none had a handler.
    pub work: Vec<WorkRecord>,
}

/// What one consumer did with a delivery.
///
/// # Examples
///
/// ```
/// fn last_error(work: &switchhook::inbox::WorkRecord) -> Option<&str> {
///     work.attempts.last()?.error.as_deref()
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WorkRecord {
    /// The consumer.
    pub consumer: Arc<str>,
    /// Where the work stands.
    pub state: WorkState,
    /// Its lane, as `field=value`.
    pub lane: Option<String>,
    /// When the next attempt is due, for what is pending.
    pub due: Option<SystemTime>,
    /// The attempts that have ended, in their order.
    pub attempts: Vec<AttemptRecord>,
}

/// One attempt that has ended.
///
/// # Examples
///
/// ```
/// fn line(attempt: &switchhook::inbox::AttemptRecord) -> String {
///     format!("attempt {}: {} after {:?}", attempt.number, attempt.outcome, attempt.duration)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptRecord {
    /// Its number, from 1, and from 1 again after a replay.
    pub number: u32,
    /// Of which replay it is an attempt; 0 for those before any.
    pub replay: u32,
    /// When it began.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// `done`, `retry`, `dead`, or `lost` when the process that ran it ended.
    pub outcome: String,
    /// What went wrong.
    pub error: Option<String>,
}
