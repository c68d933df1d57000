//! Why a call of the API failed.

use std::{error::Error, fmt, time::Duration};

use http::StatusCode;

use super::call::Call;

/// A call of Argyle's API that failed: what happened, and what to do.
///
/// # Examples
///
/// ```no_run
/// # async fn show(argyle: &switchhook::provider::argyle::Client) {
/// match argyle.identity("0153b145-7ab9-bea2-cc16-a8b71328942f").await {
///     Ok(identity) => println!("{:?}", identity.employment_status),
///     Err(error) if error.is_not_found() => println!("it is gone"),
///     Err(error) => println!("{error}; trace id {:?}", error.trace_id()),
/// }
/// # }
/// ```
#[derive(Debug)]
pub struct ApiError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    call: String,
    creates: bool,
    fault: ApiFault,
    status: Option<StatusCode>,
    detail: Option<String>,
    trace_id: Option<String>,
    attempts: u32,
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
    /// 401.
    #[error("the API key is not one of `{base_url}`; sandbox and production have keys of their own")]
    UnknownKey {
        /// Where the key was not known.
        base_url: String,
    },
    /// What should be an id is empty, `.` or `..`. Nothing was sent.
    #[error("the id is empty, or no id")]
    NoId,
    /// 404.
    #[error("there is no such object")]
    NotFound,
    /// Another 4xx.
    #[error("Argyle refuses it")]
    Refused,
    /// 429.
    #[error("Argyle had too many calls{}", Later(*retry_after))]
    TooMany {
        /// When Argyle wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// 5xx.
    #[error("Argyle failed{}", Later(*retry_after))]
    Failed {
        /// When Argyle wants to be asked again.
        retry_after: Option<Duration>,
    },
    /// No connection was made, so that nothing was carried out.
    #[error("Argyle cannot be reached; see whether this machine may connect to it")]
    Unreachable(#[source] reqwest::Error),
    /// There was no answer, or not its end.
    #[error("there was no answer within {limit:?}; try again later, or set a longer `timeout`")]
    TimedOut {
        /// How long an attempt may take.
        limit: Duration,
    },
    /// The connection broke.
    #[error("the connection broke before the answer's end; try again later")]
    BrokenOff(#[source] reqwest::Error),
    /// The answer's end is missing.
    #[error("the answer's end is missing; try again later")]
    Incomplete,
    /// The answer is not from the API.
    #[error(
        "the answer is not JSON but {}; something else may answer in Argyle's place: see whether the address is right",
        content_type.as_deref().unwrap_or("of no stated type")
    )]
    NotJson {
        /// What it is by its own words.
        content_type: Option<String>,
    },
    /// The answer is JSON that says something else than the documentation.
    #[error("the answer is not what the documentation says: {0}; please report it to Switchhook")]
    Misfit(String),
    /// The answer, or a list's next page, leads elsewhere.
    #[error(
        "Argyle leads to another address, which is not followed, since the key would go there; see whether the address is right"
    )]
    OtherPlace,
    /// The answer has more than 8 MiB.
    #[error("the answer has more than 8 MiB")]
    TooLong,
    /// The list has more than 1,000 pages, or 64 MiB.
    #[error("the list has more than 1,000 pages or 64 MiB")]
    Endless,
}

struct Later(Option<Duration>);

impl fmt::Display for Later {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(after) => write!(f, "; it asks to try again in {after:?}"),
            None => f.write_str("; try again later"),
        }
    }
}

impl ApiError {
    pub(super) fn new(call: &Call<'_>, fault: ApiFault) -> Self {
        Self(Box::new(Inner {
            call: format!("{} {}", call.method, call.path()),
            creates: call.method == http::Method::POST,
            fault,
            status: None,
            detail: None,
            trace_id: None,
            attempts: 1,
        }))
    }

    pub(super) fn answered(mut self, status: StatusCode, trace_id: Option<String>) -> Self {
        (self.0.status, self.0.trace_id) = (Some(status), trace_id);
        self
    }

    pub(super) fn detailed(mut self, detail: Option<String>) -> Self {
        self.0.detail = detail;
        self
    }

    pub(super) fn after(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
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
        self.0.status
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
        self.0.trace_id.as_deref()
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
        self.0.attempts
    }

    /// When Argyle wants to be asked again.
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
            ApiFault::TooMany { retry_after } | ApiFault::Failed { retry_after } => retry_after,
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
            ApiFault::NoId
            | ApiFault::UnknownKey { .. }
            | ApiFault::NotFound
            | ApiFault::Refused
            | ApiFault::TooMany { .. }
            | ApiFault::Unreachable(_) => false,
            ApiFault::Failed { .. }
            | ApiFault::TimedOut { .. }
            | ApiFault::BrokenOff(_)
            | ApiFault::Incomplete
            | ApiFault::NotJson { .. }
            | ApiFault::Misfit(_)
            | ApiFault::OtherPlace
            | ApiFault::TooLong
            | ApiFault::Endless => true,
        }
    }

    /// Tells whether the next attempt may do better.
    pub(super) fn is_passing(&self) -> bool {
        matches!(
            self.0.fault,
            ApiFault::TooMany { .. }
                | ApiFault::Failed { .. }
                | ApiFault::Unreachable(_)
                | ApiFault::TimedOut { .. }
                | ApiFault::BrokenOff(_)
        )
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { call, creates, fault, status, detail, trace_id, attempts } = &*self.0;
        write!(f, "`{call}`: {fault}")?;
        if *creates && self.may_have_been_carried_out() {
            f.write_str("; it may have been carried out all the same: look before you repeat it")?;
        }
        let status = status.map(|status| format!("status {}", status.as_u16()));
        let detail = detail.as_ref().map(|detail| format!("Argyle says: {detail}"));
        let trace_id = trace_id.as_ref().map(|id| format!("trace id {id}"));
        let attempts = (*attempts > 1).then(|| format!("after {attempts} attempts"));
        let facts: Vec<String> = [status, detail, trace_id, attempts].into_iter().flatten().collect();
        if facts.is_empty() { Ok(()) } else { write!(f, " ({})", facts.join("; ")) }
    }
}

impl Error for ApiError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.0.fault.source()
    }
}
