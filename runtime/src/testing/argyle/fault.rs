//! What can go wrong between a client and the API.

use std::time::Duration;

use super::LocalArgyle;

/// A call of the API, for [`LocalArgyle::fail`](super::LocalArgyle::fail).
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use switchhook::testing::{Call, Fault, LocalArgyle};
///
/// let argyle = LocalArgyle::start().await?;
/// argyle.fail(Call::List, Fault::Status(503));
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Call {
    /// `GET /v2/webhooks`.
    List,
    /// `GET /v2/webhooks/{id}`.
    Get,
    /// `POST /v2/webhooks`.
    Create,
    /// `DELETE /v2/webhooks/{id}`.
    Delete,
    /// `GET /v2/identities/{id}`.
    Identity,
    /// `GET /v2/identities`.
    Identities,
}

/// How a call goes wrong. With a name that ends in `After`, it is carried out first, and only the client does not know.
///
/// A request without the right key is answered with 401, and leaves the fault for the next one.
///
/// # Examples
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// use std::time::Duration;
/// use switchhook::testing::{Call, Fault, LocalArgyle};
///
/// let argyle = LocalArgyle::start().await?;
/// argyle.fail(Call::Create, Fault::RateLimited { retry_after: Some(Duration::from_secs(2)) });
/// argyle.fail(Call::Create, Fault::HangAfter); // the one after that
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fault {
    /// Answers with this status and a `detail`, or 500 where the number is no status. The call is not carried out.
    Status(u16),
    /// Answers 429. The call is not carried out.
    RateLimited {
        /// What `Retry-After` says, in whole seconds; `None` leaves the header out.
        retry_after: Option<Duration>,
    },
    /// Never answers. The call is not carried out.
    Hang,
    /// Carries the call out and never answers.
    HangAfter,
    /// Carries the call out and answers with this status and a `detail`.
    StatusAfter(u16),
    /// Carries the call out and closes the connection after half of the body; where there is none, after half of `{}`.
    TruncatedAfter,
    /// Carries the call out and answers 200 with a page of HTML.
    NotJsonAfter,
    /// Carries the call out and answers as usual, but only after this time.
    Slow(Duration),
    /// Answers 200 with a body that does not end: white space, in chunks. The call is not carried out.
    Huge,
    /// Answers [`Call::List`] as it was before the last creation or deletion: a list that lags behind.
    ///
    /// Only that one change is hidden, whoever made it; without any change the list is as usual, and so is every other
    /// call. It is for clients that must bear eventual consistency: Argyle's pages do not say that a list shows a change
    /// at once.
    Stale,
}

impl Fault {
    pub(super) fn is_carried_out(&self) -> bool {
        match self {
            Self::Status(_) | Self::RateLimited { .. } | Self::Hang | Self::Huge => false,
            Self::HangAfter
            | Self::StatusAfter(_)
            | Self::TruncatedAfter
            | Self::NotJsonAfter
            | Self::Slow(_)
            | Self::Stale => true,
        }
    }
}

impl LocalArgyle {
    /// Makes the next request of this call go wrong. Faults of one call queue up, one for each request.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use switchhook::testing::{Call, Fault, LocalArgyle};
    ///
    /// let argyle = LocalArgyle::start().await?;
    /// argyle.fail(Call::Create, Fault::Status(500));
    /// argyle.fail(Call::Create, Fault::TruncatedAfter); // the request after that
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail(&self, call: Call, fault: Fault) {
        self.shared.state().faults.push_back((call, fault));
    }

    /// Makes several requests go wrong, as [`fail`](Self::fail) does.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use switchhook::testing::{Call, Fault, LocalArgyle};
    ///
    /// let argyle = LocalArgyle::start().await?;
    /// argyle.fail_each(vec![(Call::List, Fault::Status(503)); 5]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn fail_each(&self, faults: impl IntoIterator<Item = (Call, Fault)>) {
        self.shared.state().faults.extend(faults);
    }
}
