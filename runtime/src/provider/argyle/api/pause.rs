//! How long to wait before a call is repeated.

use std::time::{Duration, SystemTime};

use http::{HeaderMap, header::RETRY_AFTER};

/// The pause after this attempt, of which the first is 1: random over a range that doubles, so that what failed together
/// does not come back together.
pub(crate) fn after(attempt: u32) -> Duration {
    let bound = Duration::from_millis(500) * 2_u32.saturating_pow(attempt - 1).min(32);
    bound.mul_f64(fastrand::f64())
}

/// The pause that Argyle asks for, in seconds or until a date.
pub(super) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use http::HeaderValue;

    use super::*;

    #[test]
    fn pauses_grow_are_random_and_bounded() {
        for (attempt, bound) in [(1, 500), (2, 1_000), (4, 4_000), (9, 16_000), (u32::MAX, 16_000)] {
            let pauses: Vec<_> = (0..200).map(|_| after(attempt).as_millis()).collect();
            assert!(pauses.iter().all(|pause| *pause <= bound), "{attempt}");
            assert!(pauses.iter().any(|pause| *pause > bound / 2), "{attempt}");
            assert!(pauses.iter().any(|pause| *pause < bound / 2), "{attempt}");
        }
    }

    #[test]
    fn a_pause_is_asked_for_in_seconds_or_until_a_date() {
        let now = UNIX_EPOCH + Duration::from_secs(784_111_770);
        for (text, seconds) in [
            ("7", Some(7)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(7)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("-1", None),
            ("soon", None),
            ("", None),
            ("99999999999999999999999999", None),
        ] {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, HeaderValue::from_static(text))]);
            assert_eq!(asked(&headers, now), seconds.map(Duration::from_secs), "{text}");
        }
        assert_eq!(asked(&HeaderMap::new(), now), None);
    }
}
