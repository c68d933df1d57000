//! Signed timestamps: the unix time as a plain decimal number.

use std::time::{Duration, SystemTime};

use http::HeaderName;

use super::VerifyError;

/// How far a timestamp may be from now, unless set otherwise: five minutes, before as well as after.
pub(crate) const TOLERANCE: Duration = Duration::from_mins(5);

/// The most digits of a number that 64 bits hold for sure.
const DIGITS: usize = 19;

/// Takes a timestamp only as digits without a zero in front: what was signed is its text, and `01`, `+1` or `1.0` would
/// be other texts for the same time.
///
/// It calculates nothing: the signature is checked first.
#[inline]
pub(crate) fn digits<'a>(header: &HeaderName, text: &'a [u8]) -> Result<Timestamp<'a>, VerifyError> {
    let plain = match text {
        [b'0'] => true,
        [b'1'..=b'9', ..] => text.len() <= DIGITS && text.iter().all(u8::is_ascii_digit),
        _ => false,
    };
    if plain { Ok(Timestamp(text)) } else { Err(VerifyError::MalformedHeader(header.clone())) }
}

/// What a timestamp counts.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Unit {
    Seconds = 1,
    Milliseconds = 1_000,
}

/// The digits of a timestamp.
#[derive(Clone, Copy)]
pub(crate) struct Timestamp<'a>(pub(crate) &'a [u8]);

impl Timestamp<'_> {
    /// Fails unless the time is near enough to now.
    #[inline]
    pub(crate) fn near(self, now: SystemTime, tolerance: Duration, unit: Unit) -> Result<(), VerifyError> {
        let then = self.0.iter().fold(0_u64, |number, digit| number * 10 + u64::from(digit - b'0'));
        let then = then / unit as u64;
        let now = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let seconds = now.abs_diff(then);
        if seconds <= tolerance.as_secs() {
            return Ok(());
        }
        Err(VerifyError::Timestamp { seconds, is_past: then < now, tolerance })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: HeaderName = HeaderName::from_static("x-timestamp");

    #[test]
    fn only_plain_numbers_are_timestamps() {
        for good in ["0", "1", "1700000000", "9999999999999999999"] {
            assert!(digits(&HEADER, good.as_bytes()).is_ok(), "{good}");
        }
        for bad in ["", "+1", "-1", " 1", "1 ", "01", "00", "1.0", "1e9", "0x1", "١", "18446744073709551616"]
        {
            assert!(digits(&HEADER, bad.as_bytes()).is_err(), "{bad}");
        }
        assert!(digits(&HEADER, &[b'9'; 400]).is_err());
    }

    #[test]
    fn five_minutes_either_way() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_900);
        let near = |seconds: i64| {
            let text = (1_700_000_000 + seconds).to_string();
            digits(&HEADER, text.as_bytes()).unwrap().near(now, TOLERANCE, Unit::Seconds)
        };
        for seconds in [-300, -299, 0, 299, 300] {
            assert_eq!(near(seconds), Ok(()), "{seconds}");
        }
        assert_eq!(
            near(-301).unwrap_err().to_string(),
            "the signed timestamp lies 301 s before this machine's time, and 300 s are allowed"
        );
        assert_eq!(
            near(301).unwrap_err().to_string(),
            "the signed timestamp lies 301 s after this machine's time, and 300 s are allowed"
        );
        let last = digits(&HEADER, b"9999999999999999999").unwrap();
        assert!(last.near(now, TOLERANCE, Unit::Seconds).is_err());
        let millis = digits(&HEADER, b"1700000299999").unwrap();
        assert_eq!(millis.near(now, TOLERANCE, Unit::Milliseconds), Ok(()));
    }
}
