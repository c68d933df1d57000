//! What became of one run of a handler.

use std::{error::Error, fmt, time::Duration};

use crate::chain::Chain;

type BoxError = Box<dyn Error + Send + Sync>;

/// What became of one run of a handler.
///
/// Handlers rarely name it: they return `()` or a `Result`, see [`IntoOutcome`]. Layers see it as the response of
/// the handler they wrap.
///
/// # Examples
///
/// ```
/// use switchhook::{HandlerError, IntoOutcome, Outcome};
///
/// assert!(matches!(().into_outcome(), Outcome::Done));
/// let failed: Result<(), HandlerError> = Err("the database is away".into());
/// assert!(matches!(failed.into_outcome(), Outcome::Retry(_)));
/// ```
#[derive(Debug)]
pub enum Outcome {
    /// The delivery is handled.
    Done,
    /// The run failed, another one may succeed; the error may carry a delay.
    Retry(HandlerError),
    /// No further run can succeed.
    Dead(HandlerError),
}

impl Outcome {
    /// The word for it in logs and metrics: `done`, `retry` or `dead`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::Outcome::Done.as_str(), "done");
    /// ```
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Retry(_) => "retry",
            Self::Dead(_) => "dead",
        }
    }

    /// The error of a run that failed.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(switchhook::Outcome::Done.error().is_none());
    /// ```
    pub fn error(&self) -> Option<&HandlerError> {
        match self {
            Self::Done => None,
            Self::Retry(error) | Self::Dead(error) => Some(error),
        }
    }
}

/// Why a handler failed, and whether another run may succeed.
///
/// `?` makes one of any error, of `anyhow::Error` and of a text; it then means *retry*. [`permanent`] says that no
/// run can succeed, [`retry_after`] asks for a delay.
///
/// It is not itself a [`std::error::Error`], so that `?` can take every one.
///
/// [`permanent`]: HandlerError::permanent
/// [`retry_after`]: HandlerError::retry_after
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use switchhook::HandlerError;
///
/// fn amount(text: &str) -> Result<u64, HandlerError> {
///     text.parse().map_err(HandlerError::permanent)
/// }
///
/// assert!(amount("ten").unwrap_err().is_permanent());
/// let busy = HandlerError::from("the bank is busy").retry_after(Duration::from_secs(30));
/// assert_eq!(busy.delay(), Some(Duration::from_secs(30)));
/// ```
pub struct HandlerError {
    source: BoxError,
    verdict: Verdict,
}

#[derive(Debug, Clone, Copy)]
enum Verdict {
    Retry { after: Option<Duration> },
    Permanent,
}

impl HandlerError {
    /// An error that no further run can mend: the delivery is dead at once.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(switchhook::HandlerError::permanent("no such account").is_permanent());
    /// ```
    pub fn permanent(error: impl Into<BoxError>) -> Self {
        Self { source: error.into(), verdict: Verdict::Permanent }
    }

    /// Asks that the next run comes no sooner than this. A permanent error becomes one to retry.
    ///
    /// # Examples
    ///
    /// ```
    /// # use std::time::Duration;
    /// let error = switchhook::HandlerError::from("busy").retry_after(Duration::from_secs(5));
    /// assert!(!error.is_permanent());
    /// ```
    #[must_use]
    pub fn retry_after(self, delay: Duration) -> Self {
        Self { verdict: Verdict::Retry { after: Some(delay) }, ..self }
    }

    /// The same error, as one that no further run can mend.
    pub(crate) fn made_permanent(self) -> Self {
        Self { verdict: Verdict::Permanent, ..self }
    }

    /// Tells whether the delivery is dead.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!switchhook::HandlerError::from("busy").is_permanent());
    /// ```
    pub fn is_permanent(&self) -> bool {
        matches!(self.verdict, Verdict::Permanent)
    }

    /// The delay that the handler asked for.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::HandlerError::from("busy").delay(), None);
    /// ```
    pub fn delay(&self) -> Option<Duration> {
        match self.verdict {
            Verdict::Retry { after } => after,
            Verdict::Permanent => None,
        }
    }

    /// The error that the handler gave.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::HandlerError::from("busy").source().to_string(), "busy");
    /// ```
    pub fn source(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.source
    }
}

impl<E: Into<BoxError>> From<E> for HandlerError {
    fn from(error: E) -> Self {
        Self { source: error.into(), verdict: Verdict::Retry { after: None } }
    }
}

impl fmt::Debug for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HandlerError").field("source", &self.source).field("verdict", &self.verdict).finish()
    }
}

/// Prints the error and the errors behind it, separated by `: `.
impl fmt::Display for HandlerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Chain(&*self.source).fmt(f)
    }
}

/// What a handler may return: `()`, [`Outcome`], and `Result` of those with any error that makes a [`HandlerError`].
///
/// # Examples
///
/// ```
/// use switchhook::{IntoOutcome, Outcome};
///
/// fn refresh() -> Result<(), std::io::Error> {
///     Ok(())
/// }
///
/// assert!(matches!(refresh().into_outcome(), Outcome::Done));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an outcome of a webhook handler",
    label = "not an outcome",
    note = "webhook handlers return `()`, `Outcome`, or `Result<(), E>` where `E: Into<HandlerError>`"
)]
pub trait IntoOutcome {
    /// Makes the outcome.
    fn into_outcome(self) -> Outcome;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Outcome {
        Outcome::Done
    }
}

impl IntoOutcome for Outcome {
    fn into_outcome(self) -> Outcome {
        self
    }
}

impl<T: IntoOutcome, E: Into<HandlerError>> IntoOutcome for Result<T, E> {
    fn into_outcome(self) -> Outcome {
        match self.map_err(Into::into) {
            Ok(value) => value.into_outcome(),
            Err(error) if error.is_permanent() => Outcome::Dead(error),
            Err(error) => Outcome::Retry(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn display_prints_the_chain() {
        #[derive(Debug, thiserror::Error)]
        #[error("no refresh")]
        struct NoRefresh(#[source] std::num::ParseIntError);
        let error = HandlerError::from(NoRefresh("x".parse::<u8>().unwrap_err()));
        assert_eq!(error.to_string(), "no refresh: invalid digit found in string");
    }

    #[test]
    fn a_permanent_error_is_dead_and_a_delay_makes_it_retry() {
        let dead: Result<(), HandlerError> = Err(HandlerError::permanent("gone"));
        assert!(matches!(dead.into_outcome(), Outcome::Dead(_)));
        let later: Result<(), HandlerError> =
            Err(HandlerError::permanent("gone").retry_after(Duration::ZERO));
        assert!(matches!(later.into_outcome(), Outcome::Retry(_)));
    }
}
