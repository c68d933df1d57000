//! How long what is done is kept.

use std::time::Duration;

/// How long the inbox keeps what is done. What is dead is kept until somebody replays or discards it.
///
/// The bytes of a delivery go first, then its rows; by its key a repetition is recognised for longest. A delivery
/// whose bytes are gone cannot be replayed.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use switchhook::inbox::Retention;
///
/// let week = Retention::default().bodies(Duration::from_hours(24)).rows(Duration::from_hours(24 * 7));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub(crate) bodies: Duration,
    pub(crate) rows: Duration,
    pub(crate) keys: Duration,
    pub(crate) unrouted: Duration,
}

impl Default for Retention {
    /// Bodies 7 days, rows and keys 30 days, deliveries without a handler 24 hours.
    fn default() -> Self {
        let days = |days: u64| Duration::from_hours(24 * days);
        Self { bodies: days(7), rows: days(30), keys: days(30), unrouted: days(1) }
    }
}

impl Retention {
    /// How long after its receipt the bytes of a delivery that is done are kept, 7 days unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let retention = switchhook::inbox::Retention::default().bodies(Duration::from_hours(24));
    /// ```
    #[must_use]
    pub fn bodies(mut self, time: Duration) -> Self {
        self.bodies = time;
        self
    }

    /// How long after its receipt what is known of a delivery that is done is kept, 30 days unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let retention = switchhook::inbox::Retention::default().rows(Duration::from_hours(24 * 90));
    /// ```
    #[must_use]
    pub fn rows(mut self, time: Duration) -> Self {
        self.rows = time;
        self
    }

    /// How long a repeated delivery is recognised, 30 days unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let retention = switchhook::inbox::Retention::default().keys(Duration::from_hours(24 * 90));
    /// ```
    #[must_use]
    pub fn keys(mut self, time: Duration) -> Self {
        self.keys = time;
        self
    }

    /// How long a delivery without a handler is kept, 24 hours unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let retention = switchhook::inbox::Retention::default().unrouted(Duration::from_hours(48));
    /// ```
    #[must_use]
    pub fn unrouted(mut self, time: Duration) -> Self {
        self.unrouted = time;
        self
    }
}

/// How much was removed.
///
/// # Examples
///
/// ```
/// assert_eq!(switchhook::inbox::Pruned::default().bodies, 0);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Pruned {
    /// Deliveries whose bytes were removed.
    pub bodies: u64,
    /// Deliveries that were removed.
    pub deliveries: u64,
    /// Keys that were forgotten.
    pub keys: u64,
}

/// One step of removing what is old.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct PruneStep {
    pub(crate) pruned: Pruned,
    /// There is more to look at.
    pub(crate) more: bool,
}

impl Pruned {
    pub(crate) fn is_nothing(self) -> bool {
        self == Self::default()
    }

    pub(crate) fn add(&mut self, more: Self) {
        self.bodies += more.bodies;
        self.deliveries += more.deliveries;
        self.keys += more.keys;
    }
}
