//! A clock that tests set.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime},
};

use crate::Clock;

/// A clock that stands still until it is told otherwise. Copies show the same time.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use switchhook::{Clock, Webhooks, testing::TestClock};
///
/// let clock = TestClock::at(SystemTime::UNIX_EPOCH);
/// let builder = Webhooks::builder::<()>().clock(clock.clone());
/// clock.advance(Duration::from_secs(60));
/// assert_eq!(clock.now(), SystemTime::UNIX_EPOCH + Duration::from_secs(60));
/// ```
#[derive(Debug, Clone)]
pub struct TestClock(Arc<Mutex<SystemTime>>);

impl TestClock {
    /// A clock that shows this time.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use switchhook::{Clock, testing::TestClock};
    ///
    /// let clock = TestClock::at(UNIX_EPOCH);
    /// assert_eq!(clock.now(), UNIX_EPOCH);
    /// ```
    pub fn at(time: SystemTime) -> Self {
        Self(Arc::new(Mutex::new(time)))
    }

    /// Shows another time.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use switchhook::{Clock, testing::TestClock};
    ///
    /// let clock = TestClock::at(UNIX_EPOCH);
    /// clock.set(UNIX_EPOCH + Duration::from_secs(9));
    /// assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_secs(9));
    /// ```
    pub fn set(&self, time: SystemTime) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = time;
    }

    /// Lets time pass.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::{Duration, UNIX_EPOCH};
    /// use switchhook::{Clock, testing::TestClock};
    ///
    /// let clock = TestClock::at(UNIX_EPOCH);
    /// clock.advance(Duration::from_secs(9));
    /// assert_eq!(clock.now(), UNIX_EPOCH + Duration::from_secs(9));
    /// ```
    pub fn advance(&self, duration: Duration) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += duration;
    }
}

impl Clock for TestClock {
    fn now(&self) -> SystemTime {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
