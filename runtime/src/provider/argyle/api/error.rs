//! Why a call of the API failed.

use std::{error::Error, fmt, time::Duration};

use http::StatusCode;

use super::{answer::Facts, call::Call};
use crate::chain::Causes;

/// Whoever is asked to wait longer is told this.
const LONGEST_ASKED: Duration = Duration::from_hours(24);

/// A call of Argyle's API that failed: what happened, and what to do. `{:#}` prints the causes too, and so does `Debug`, which
/// is what `main` prints.
///
/// # Examples
///
/// ```no_run
/// # async fn show(argyle: &switchhook::provider::argyle::Client) {
/// match argyle.identity("0153b145-7ab9-bea2-cc16-a8b71328942f").await {
///     Ok(identity) => println!("{:?}", identity.employment_status),
///     Err(error) if error.is_not_found() => println!("it is gone"),
///     Err(error) => println!("{error:#}"),
/// }
/// # }
/// ```
pub struct ApiError(Box<Inner>);

struct Inner {
    /// Method and path.
    call: String,
    creates: bool,
    fault: ApiFault,
    facts: Facts,
    detail: Option<String>,
    /// Whether an attempt before may have been carried out.
    is_unsure: bool,
}

/// What was wrong in a call of Argyle's API.
///
/// # Examples
///
/// ```
/// use switchhook::provider::argyle::ApiFault;
///
/// assert_eq!(ApiFault::NotFound.to_string(), "there is no such object");
/// ```
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ApiFault {
    /// What should be an id is none. Nothing was sent.
    #[error("`{id}` is no id: an id is not empty, `.` or `..`, and holds no white space")]
    NoId {
        /// What should be one, escaped, and of 64 characters at the most.
        id: String,
    },
    /// 401.
    #[error("the API key is not one of `{base_url}`; sandbox and production have keys of their own")]
    UnknownKey {
        /// Where the key was not known.
        base_url: String,
    },
    /// 404.
    #[error("there is no such object")]
    NotFound,
    /// Another 4xx.
    #[error("Argyle refuses the request; see what it says")]
    Refused,
    /// 429.
    #[error("too many calls were made{}", Wait(*retry_after))]
    TooMany {
        /// How long Argyle asks to wait.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("Argyle failed{}", Wait(*retry_after))]
    Failed {
        /// How long Argyle asks to wait.
        retry_after: Option<Duration>,
    },
    /// No connection was made, so that nothing was carried out.
    #[error("Argyle cannot be reached at `{base_url}`; see whether this machine may connect to it")]
    Unreachable {
        /// Where it was looked for.
        base_url: String,
        /// Why there was no connection.
        source: reqwest::Error,
    },
    /// There was no answer, or not its end.
    #[error("there was no answer within {limit:.1?}")]
    TimedOut {
        /// How long the attempt could take.
        limit: Duration,
    },
    /// The connection broke.
    #[error("the connection broke before the answer's end")]
    BrokenOff(#[source] reqwest::Error),
    /// The answer's end is missing.
    #[error("the answer's end is missing")]
    Incomplete,
    /// The answer is not from the API.
    #[error(
        "the answer is not JSON, and is said to be {}; something else may answer in Argyle's place: see whether the address \
         is right",
        content_type.as_deref().unwrap_or("of no type")
    )]
    NotJson {
        /// What it is by its own words.
        content_type: Option<String>,
    },
    /// The answer is JSON that says something else than the documentation.
    #[error("the answer is not what the documentation says: {0}; please report it to Switchhook")]
    Misfit(String),
    /// 3xx.
    #[error(
        "Argyle leads to another address, which is not followed, since the key would go there; see whether the address \
         is right"
    )]
    Redirected,
    /// The answer has more than 8 MiB.
    #[error("the answer has more than 8 MiB")]
    TooLong,
    /// The list has more than 1,000 pages or 64 MiB, lasts longer than 5 minutes, or has a page that is its own next one.
    #[error("the list does not end: 1,000 pages are read, of 64 MiB, for 5 minutes")]
    Endless,
}

impl ApiFault {
    pub(super) fn no_id(id: &str) -> Self {
        Self::NoId { id: id.chars().take(64).collect::<String>().escape_debug().to_string() }
    }
}

struct Wait(Option<Duration>);

impl fmt::Display for Wait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .iter()
            .try_for_each(|after| write!(f, "; Argyle asks to wait {:.0?}", after.min(&LONGEST_ASKED)))
    }
}

impl ApiError {
    pub(super) fn new(call: &Call<'_>, fault: ApiFault) -> Self {
        Self(Box::new(Inner {
            call: call.shown(),
            creates: call.method == http::Method::POST,
            fault,
            facts: Facts::default(),
            detail: None,
            is_unsure: false,
        }))
    }

    pub(super) fn answered(mut self, facts: Facts) -> Self {
        self.0.facts = facts;
        self
    }

    pub(super) fn detailed(mut self, detail: Option<String>) -> Self {
        self.0.detail = detail;
        self
    }

    pub(super) fn after(mut self, attempts: u32, is_unsure: bool) -> Self {
        self.0.facts.attempts = attempts;
        self.0.is_unsure = is_unsure;
        self
    }

    /// Tells whether an attempt before this one may have been carried out.
    pub(super) fn is_unsure(&self) -> bool {
        self.0.is_unsure
    }

    /// What was wrong.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::provider::argyle::{ApiError, ApiFault};
    ///
    /// fn is_slow(error: &ApiError) -> bool {
    ///     matches!(error.fault(), ApiFault::TimedOut { .. })
    /// }
    /// ```
    pub fn fault(&self) -> &ApiFault {
        &self.0.fault
    }

    /// The status of the answer, where there was one.
    ///
    /// # Examples
    ///
    /// ```
    /// fn is_refused(error: &switchhook::provider::argyle::ApiError) -> bool {
    ///     error.status().is_some_and(|status| status.is_client_error())
    /// }
    /// ```
    pub fn status(&self) -> Option<StatusCode> {
        self.0.facts.status
    }

    /// What Argyle says of it: the answer's `detail`, of 300 characters at most, without a secret.
    ///
    /// # Examples
    ///
    /// ```
    /// fn detail(error: &switchhook::provider::argyle::ApiError) -> &str {
    ///     error.detail().unwrap_or("Argyle does not say why")
    /// }
    /// ```
    pub fn detail(&self) -> Option<&str> {
        self.0.detail.as_deref()
    }

    /// Argyle's own id of the call, for its support.
    ///
    /// # Examples
    ///
    /// ```
    /// fn trace(error: &switchhook::provider::argyle::ApiError) -> Option<&str> {
    ///     error.trace_id()
    /// }
    /// ```
    pub fn trace_id(&self) -> Option<&str> {
        self.0.facts.trace_id()
    }

    /// How many attempts there were.
    ///
    /// # Examples
    ///
    /// ```
    /// fn was_repeated(error: &switchhook::provider::argyle::ApiError) -> bool {
    ///     error.attempts() > 1
    /// }
    /// ```
    pub fn attempts(&self) -> u32 {
        self.0.facts.attempts.max(1)
    }

    /// How long Argyle asks to wait, a day at the most.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::HandlerError;
    /// use switchhook::provider::argyle::ApiError;
    ///
    /// fn later(error: ApiError) -> HandlerError {
    ///     match error.retry_after() {
    ///         Some(after) => HandlerError::from(error).retry_after(after),
    ///         None => HandlerError::from(error),
    ///     }
    /// }
    /// ```
    pub fn retry_after(&self) -> Option<Duration> {
        match self.0.fault {
            ApiFault::TooMany { retry_after } | ApiFault::Failed { retry_after } => {
                retry_after.map(|after| after.min(LONGEST_ASKED))
            }
            _ => None,
        }
    }

    /// Tells whether there is no such object.
    ///
    /// # Examples
    ///
    /// ```
    /// fn is_gone(error: &switchhook::provider::argyle::ApiError) -> bool {
    ///     error.is_not_found()
    /// }
    /// ```
    pub fn is_not_found(&self) -> bool {
        matches!(self.0.fault, ApiFault::NotFound)
    }

    /// Tells whether Argyle may have done what was asked, although there was no answer that says so.
    ///
    /// # Examples
    ///
    /// ```
    /// fn must_look_first(error: &switchhook::provider::argyle::ApiError) -> bool {
    ///     error.may_have_been_carried_out()
    /// }
    /// ```
    pub fn may_have_been_carried_out(&self) -> bool {
        match self.0.fault {
            ApiFault::NoId { .. }
            | ApiFault::UnknownKey { .. }
            | ApiFault::NotFound
            | ApiFault::Refused
            | ApiFault::TooMany { .. }
            | ApiFault::Unreachable { .. } => false,
            ApiFault::Failed { .. }
            | ApiFault::TimedOut { .. }
            | ApiFault::BrokenOff(_)
            | ApiFault::Incomplete
            | ApiFault::NotJson { .. }
            | ApiFault::Misfit(_)
            | ApiFault::Redirected
            | ApiFault::TooLong
            | ApiFault::Endless => true,
        }
    }

    /// Tells whether the next attempt, or one a while later, may do better.
    pub(crate) fn is_passing(&self) -> bool {
        matches!(
            self.0.fault,
            ApiFault::TooMany { .. }
                | ApiFault::Failed { .. }
                | ApiFault::Unreachable { .. }
                | ApiFault::TimedOut { .. }
                | ApiFault::BrokenOff(_)
                | ApiFault::Incomplete
        )
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { call, creates, fault, facts, detail, .. } = &*self.0;
        write!(f, "`{call}`: {fault}")?;
        if *creates && self.may_have_been_carried_out() {
            f.write_str("; it may have made the subscription all the same: list the subscriptions before you try again")?;
        } else if self.is_passing() && self.retry_after().is_none() {
            f.write_str("; try again later")?;
        }
        let status = facts.status.map(|status| format!("status {}", status.as_u16()));
        let detail = detail.as_ref().map(|detail| format!("Argyle says \"{detail}\""));
        let trace_id = facts.trace_id().map(|id| format!("trace id {id}"));
        let attempts = (facts.attempts > 1).then(|| format!("after {} attempts", facts.attempts));
        let facts: Vec<String> = [status, detail, trace_id, attempts].into_iter().flatten().collect();
        if !facts.is_empty() {
            write!(f, " ({})", facts.join("; "))?;
        }
        if f.alternate() { Causes(self).fmt(f) } else { Ok(()) }
    }
}

impl fmt::Debug for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:#}")
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.fault.source()
    }
}
