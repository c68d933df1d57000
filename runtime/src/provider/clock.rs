//! Where the time comes from.

use std::{fmt, time::SystemTime};

/// Tells the time, for receipt times and signed timestamps.
///
/// # Examples
///
/// ```
/// use switchhook::{Clock, SystemClock};
///
/// assert!(SystemClock.now() > std::time::UNIX_EPOCH);
/// ```
pub trait Clock: fmt::Debug + Send + Sync + 'static {
    /// The time now.
    fn now(&self) -> SystemTime;
}

/// The machine's clock.
///
/// # Examples
///
/// ```
/// use switchhook::{SystemClock, Webhooks};
///
/// let builder = Webhooks::builder::<()>().clock(SystemClock);
/// ```
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> SystemTime {
        #[expect(clippy::disallowed_methods, reason = "this is the clock")]
        SystemTime::now()
    }
}
