//! Why an argument could not be made.

use std::{error::Error, fmt};

use crate::{HandlerError, Outcome};

/// Why an extractor could not make its argument.
///
/// Absent and malformed things stay so: the delivery is dead. What could not be had this time is tried again.
///
/// # Examples
///
/// ```
/// use switchhook::Rejection;
///
/// let rejection = Rejection::absent("the header `x-trace-id`");
/// assert!(rejection.is_absent());
/// assert_eq!(rejection.to_string(), "the delivery lacks the header `x-trace-id`");
/// ```
#[derive(Debug)]
pub struct Rejection(Reason);

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("the delivery lacks {0}")]
    Absent(&'static str),
    #[error("{0}")]
    Malformed(String),
    #[error("an extractor failed")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

impl Rejection {
    /// The delivery has no such thing; `Option<E>` then gives `None`.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(switchhook::Rejection::absent("a trace id").is_absent());
    /// ```
    pub fn absent(what: &'static str) -> Self {
        Self(Reason::Absent(what))
    }

    /// The thing is there and cannot be read. Put no part of the payload into the text: it is logged.
    ///
    /// # Examples
    ///
    /// ```
    /// let rejection = switchhook::Rejection::malformed("`x-trace-id` is not text");
    /// assert_eq!(rejection.to_string(), "`x-trace-id` is not text");
    /// ```
    pub fn malformed(why: impl Into<String>) -> Self {
        Self(Reason::Malformed(why.into()))
    }

    /// The thing could not be had this time, for instance because a database is away.
    ///
    /// # Examples
    ///
    /// ```
    /// let rejection = switchhook::Rejection::unavailable("the tenant database is away");
    /// assert!(!rejection.is_absent());
    /// ```
    pub fn unavailable(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self(Reason::Unavailable(error.into()))
    }

    /// What it means to the delivery.
    pub(crate) fn into_outcome(self) -> Outcome {
        Self::judge(Outcome::Retry(HandlerError::from(self)))
    }

    /// Lets a rejection that a handler passed on with `?` mean what it means when the runtime meets it: by itself
    /// every error is one to retry, and what is absent or malformed stays so.
    pub(crate) fn judge(outcome: Outcome) -> Outcome {
        match outcome {
            Outcome::Retry(error) if error.delay().is_none() && is_lasting(error.source()) => {
                Outcome::Dead(error.made_permanent())
            }
            other => other,
        }
    }

    /// Tells whether the thing is absent.
    ///
    /// # Examples
    ///
    /// ```
    /// assert!(!switchhook::Rejection::malformed("not text").is_absent());
    /// ```
    pub fn is_absent(&self) -> bool {
        matches!(self.0, Reason::Absent(_))
    }
}

fn is_lasting(error: &(dyn Error + Send + Sync + 'static)) -> bool {
    error.downcast_ref::<Rejection>().is_some_and(|rejection| match rejection.0 {
        Reason::Absent(_) | Reason::Malformed(_) => true,
        Reason::Unavailable(_) => false,
    })
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl Error for Rejection {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.source()
    }
}
