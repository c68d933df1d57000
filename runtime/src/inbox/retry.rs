//! When a failed attempt is repeated, and how often.

use std::time::Duration;

/// How often a delivery is tried, and when.
///
/// Before the second attempt a random time passes, of at most [`first`](Self::first); the bound grows threefold
/// from attempt to attempt, up to [`at_most`](Self::at_most). The time is random over all of its range (*full
/// jitter*), so that what failed together does not come back together.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use switchhook::inbox::Retry;
///
/// let patient = Retry::default(); // 12 attempts over about a day
/// let quick = Retry::default().attempts(3).first(Duration::from_secs(1));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retry {
    attempts: u32,
    first: Duration,
    at_most: Duration,
}

impl Default for Retry {
    /// 12 attempts over about a day: within 17 hours on the average, within 34 at the longest.
    fn default() -> Self {
        Self { attempts: 12, first: Duration::from_secs(10), at_most: Duration::from_hours(8) }
    }
}

impl Retry {
    /// How many attempts there are before a delivery is dead, at least one; `attempts = …` on a handler overrides it.
    ///
    /// # Examples
    ///
    /// ```
    /// let retry = switchhook::inbox::Retry::default().attempts(3);
    /// ```
    #[must_use]
    pub fn attempts(mut self, attempts: u32) -> Self {
        self.attempts = attempts.max(1);
        self
    }

    /// The longest wait before the second attempt, 10 s unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let retry = switchhook::inbox::Retry::default().first(Duration::from_secs(1));
    /// ```
    #[must_use]
    pub fn first(mut self, wait: Duration) -> Self {
        self.first = wait;
        self
    }

    /// The longest wait before any attempt, 8 hours unless set.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let retry = switchhook::inbox::Retry::default().at_most(Duration::from_secs(600));
    /// ```
    #[must_use]
    pub fn at_most(mut self, wait: Duration) -> Self {
        self.at_most = wait;
        self
    }

    pub(crate) fn max_attempts(&self) -> u32 {
        self.attempts
    }

    /// The longest wait after this attempt.
    fn bound(&self, attempt: u32) -> Duration {
        3_u32
            .checked_pow(attempt.saturating_sub(1))
            .and_then(|factor| self.first.checked_mul(factor))
            .map_or(self.at_most, |bound| bound.min(self.at_most))
    }

    /// The wait after this attempt.
    pub(crate) fn wait(&self, attempt: u32) -> Duration {
        self.bound(attempt).mul_f64(fastrand::f64())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_takes_about_a_day() {
        let retry = Retry::default();
        let longest: Duration = (1..retry.max_attempts()).map(|attempt| retry.bound(attempt)).sum();
        assert!(longest < Duration::from_hours(34), "{longest:?}");
        assert!(longest / 2 > Duration::from_hours(16), "{longest:?}");
    }

    #[test]
    fn waits_are_random_over_their_whole_range_and_bounded() {
        let retry = Retry::default().first(Duration::from_secs(1)).at_most(Duration::from_secs(5));
        for (attempt, bound) in [(1, 1), (2, 3), (3, 5), (50, 5), (u32::MAX, 5)] {
            let bound = Duration::from_secs(bound);
            assert_eq!(retry.bound(attempt), bound);
            let waits: Vec<_> = (0..200).map(|_| retry.wait(attempt)).collect();
            assert!(waits.iter().all(|wait| *wait <= bound));
            assert!(
                waits.iter().any(|wait| *wait < bound / 4) && waits.iter().any(|wait| *wait > bound * 3 / 4)
            );
        }
    }

    #[test]
    fn there_is_always_one_attempt() {
        assert_eq!(Retry::default().attempts(0).max_attempts(), 1);
    }
}
