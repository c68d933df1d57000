//! What `build()` refuses, all at once.

use std::{error::Error, fmt};

use http::StatusCode;

/// Everything that is wrong with the webhooks of an application. `Debug` prints the same as `Display`: it is what `main`
/// prints.
///
/// # Examples
///
/// ```
/// use switchhook::Webhooks;
///
/// let error = Webhooks::builder().build().unwrap_err();
/// assert_eq!(error.to_string(), "1 fault in the webhooks:\n- there is no endpoint; add one with `.endpoint(…)`");
/// ```
pub struct BuildError {
    faults: Vec<BuildFault>,
}

/// One thing that is wrong with the webhooks of an application. Handlers are named with file and line.
///
/// # Examples
///
/// ```
/// use switchhook::{BuildFault, Webhooks};
///
/// let error = Webhooks::builder().build().unwrap_err();
/// assert!(matches!(error.faults(), [BuildFault::NoEndpoint]));
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BuildFault {
    /// The application has no endpoint.
    #[error("there is no endpoint; add one with `.endpoint(…)`")]
    NoEndpoint,
    /// A name that could not stand in a path.
    #[error("endpoint `{endpoint}`: names consist of letters, digits, `_` and `-`, as they are paths too")]
    EndpointName {
        /// The endpoint.
        endpoint: String,
    },
    /// Two endpoints share a name.
    #[error("endpoint `{endpoint}`: two endpoints have this name; give one another with `.named(…)`")]
    DuplicateEndpoint {
        /// The endpoint.
        endpoint: String,
    },
    /// Two consumers of an endpoint share a name.
    #[error("endpoint `{endpoint}`: two consumers are named `{consumer}`")]
    DuplicateConsumer {
        /// The endpoint.
        endpoint: String,
        /// The consumer.
        consumer: String,
    },
    /// A consumer without a handler.
    #[error("endpoint `{endpoint}`: the consumer `{consumer}` has no handlers")]
    NoHandlers {
        /// The endpoint.
        endpoint: String,
        /// The consumer.
        consumer: String,
    },
    /// Two lists of a consumer have a handler each for one pattern.
    #[error(
        "endpoint `{endpoint}`, consumer `{consumer}`: two handlers take `{pattern}`: {first} and {second}"
    )]
    DuplicateHandler {
        /// The endpoint.
        endpoint: String,
        /// The consumer.
        consumer: String,
        /// The pattern.
        pattern: &'static str,
        /// The handler listed first, with file and line.
        first: String,
        /// The other, with file and line.
        second: String,
    },
    /// A handler for an event that this provider does not send.
    #[error("endpoint `{endpoint}`, handler {handler}: {sentence}")]
    UnknownEvent {
        /// The endpoint.
        endpoint: String,
        /// The handler, with file and line.
        handler: String,
        /// What is wrong, and what may have been meant.
        sentence: String,
    },
    /// An option or an extractor that works only with an inbox.
    #[error("endpoint `{endpoint}`, handler {handler}: {needed} needs an inbox; add one with `.inbox(…)`")]
    NeedsInbox {
        /// The endpoint.
        endpoint: String,
        /// The handler, with file and line.
        handler: String,
        /// What needs it.
        needed: &'static str,
    },
    /// An extractor that works only with an inbox in another database.
    #[error(
        "endpoint `{endpoint}`, handler {handler}: {needed} needs an inbox in {kind}, and this one is in {found}"
    )]
    NeedsOtherInbox {
        /// The endpoint.
        endpoint: String,
        /// The handler, with file and line.
        handler: String,
        /// What needs it.
        needed: &'static str,
        /// The database that it needs.
        kind: &'static str,
        /// The database that the inbox is in.
        found: &'static str,
    },
    /// A setting of an endpoint that works only with an inbox.
    #[error(
        "endpoint `{endpoint}`: `.{setting}(…)` needs an inbox; add one with `.inbox(…)`, or leave it out"
    )]
    SettingNeedsInbox {
        /// The endpoint.
        endpoint: String,
        /// The setting.
        setting: &'static str,
    },
    /// A status that acknowledges nothing.
    #[error("endpoint `{endpoint}`: `success_status` must be a 2xx status, and {status} is not")]
    SuccessStatus {
        /// The endpoint.
        endpoint: String,
        /// The status.
        status: StatusCode,
    },
    /// What the provider says of its own configuration, such as a bad secret.
    #[error("endpoint `{endpoint}`: {fault}")]
    Configuration {
        /// The endpoint.
        endpoint: String,
        /// What is wrong.
        fault: String,
    },
}

impl BuildError {
    pub(crate) fn new(faults: Vec<BuildFault>) -> Self {
        Self { faults }
    }

    /// The faults, in the order of the builder's calls.
    ///
    /// # Examples
    ///
    /// ```
    /// assert_eq!(switchhook::Webhooks::builder().build().unwrap_err().faults().len(), 1);
    /// ```
    pub fn faults(&self) -> &[BuildFault] {
        &self.faults
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_faults(f, "webhooks", &self.faults)
    }
}

/// Writes how many faults there are in what, and each on a line of its own.
pub(crate) fn write_faults(
    f: &mut fmt::Formatter<'_>,
    what: &str,
    faults: &[impl fmt::Display],
) -> fmt::Result {
    let plural = if faults.len() == 1 { "" } else { "s" };
    write!(f, "{} fault{plural} in the {what}:", faults.len())?;
    faults.iter().try_for_each(|fault| write!(f, "\n- {fault}"))
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Error for BuildError {}
