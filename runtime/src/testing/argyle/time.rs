//! Times as Argyle writes them, such as `2026-02-03T10:11:12.226533Z`.

use std::{fmt, time::UNIX_EPOCH};

use crate::{Clock, SystemClock};

/// Microseconds since 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(u64);

/// Tells times of which no two are the same: each is later than the one before.
#[derive(Default)]
pub(super) struct Times {
    last: u64,
}

impl Times {
    pub(super) fn next(&mut self) -> Time {
        let since = SystemClock.now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = u64::try_from(since.as_micros()).unwrap_or(u64::MAX);
        self.last = now.max(self.last.saturating_add(1));
        Time(self.last)
    }
}

/// RFC 3339, in UTC.
impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, micros) = (self.0 / 1_000_000, self.0 % 1_000_000);
        let (year, month, day) = date(seconds / 86_400);
        let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
        write!(f, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}.{micros:06}Z")
    }
}

/// The year, month and day that is this many days after 1 January 1970.
///
/// Years are counted from March here, so that the leap day is a year's last. The method is that of
/// <https://howardhinnant.github.io/date_algorithms.html#civil_from_days>.
fn date(days: u64) -> (u64, u64, u64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = (month_from_march + 2) % 12 + 1;
    (era * 400 + year_of_era + u64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc() {
        for (micros, text) in [
            (0, "1970-01-01T00:00:00.000000Z"),
            (951_782_400_000_000, "2000-02-29T00:00:00.000000Z"),
            (1_709_251_199_999_999, "2024-02-29T23:59:59.999999Z"),
            (1_770_113_472_226_533, "2026-02-03T10:11:12.226533Z"),
            (4_107_542_400_000_000, "2100-03-01T00:00:00.000000Z"),
        ] {
            assert_eq!(Time(micros).to_string(), text);
        }
    }

    #[test]
    fn no_two_times_are_the_same() {
        let mut times = Times::default();
        let all: Vec<_> = (0..1000).map(|_| times.next()).collect();
        assert!(all.is_sorted_by(|one, other| one < other));
    }
}
