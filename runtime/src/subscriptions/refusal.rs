//! What the builder of subscriptions refuses, all at once.

use std::{error::Error, fmt};

use crate::build_error::write_faults;

/// All faults in what was asked of the subscriptions. `Debug` prints the same as `Display`: it is what `main` prints.
///
/// # Examples
///
/// ```
/// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
/// use switchhook::provider::argyle::Argyle;
///
/// #[webhook_handler("items.updated")]
/// async fn item_updated() {}
///
/// let endpoint = Endpoint::new(Argyle::new("optional-secret"), handlers![item_updated]);
/// let webhooks = Webhooks::builder().endpoint(endpoint).build()?;
/// let error = webhooks.subscriptions().named("payroll").at("https://hooks.example.com").build().unwrap_err();
/// assert!(error.to_string().contains("which Argyle sends only for Items that the subscription names"));
/// # Ok::<(), switchhook::BuildError>(())
/// ```
pub struct SubscriptionsError {
    faults: Vec<SubscriptionFault>,
}

/// One fault in what was asked of the subscriptions.
///
/// # Examples
///
/// ```
/// use switchhook::subscriptions::SubscriptionFault;
///
/// let fault = SubscriptionFault::NoEndpoint;
/// assert_eq!(fault.to_string(), "there is no endpoint of Argyle to subscribe");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SubscriptionFault {
    /// No endpoint receives Argyle's deliveries.
    #[error("there is no endpoint of Argyle to subscribe")]
    NoEndpoint,
    /// A setting for an endpoint that is not there, or not Argyle's.
    #[error("there is no endpoint `{endpoint}` of Argyle; there is {}", List(present))]
    UnknownEndpoint {
        /// The endpoint.
        endpoint: String,
        /// The endpoints of Argyle.
        present: Vec<String>,
    },
    /// Each tenant has an account of its own at Argyle.
    #[error(
        "endpoint `{endpoint}`: it has tenants, each with an account of its own at Argyle; leave it out with \
         `.without(\"{endpoint}\")` and subscribe for each tenant with a `Client` of its key"
    )]
    Tenants {
        /// The endpoint.
        endpoint: String,
    },
    /// The subscriptions have no name.
    #[error(
        "endpoint `{endpoint}`: its subscriptions have no name to be known by; give one with `.named(…)`, such as \
         `payroll-production`"
    )]
    NoName {
        /// The endpoint.
        endpoint: String,
    },
    /// A former name is blank, so that it would be that of every subscription without a name.
    #[error(
        "a former name cannot be blank, since it would claim every subscription without a name; leave `.formerly(…)` out"
    )]
    BlankFormerName,
    /// A name that Argyle might store otherwise, so that it would not be known again.
    #[error(
        "endpoint `{endpoint}`: the name {name:?} begins or ends with white space, or holds a control character"
    )]
    Name {
        /// The endpoint.
        endpoint: String,
        /// The name.
        name: String,
    },
    /// The endpoint's public address is not known.
    #[error(
        "endpoint `{endpoint}`: it is not known where Argyle reaches it; say so with `.at(\"https://…\")`"
    )]
    NoUrl {
        /// The endpoint.
        endpoint: String,
    },
    /// The endpoint's public address is not valid.
    #[error("endpoint `{endpoint}`: its address `{url}` {fault}")]
    Url {
        /// The endpoint.
        endpoint: String,
        /// The address, without what may be secret in it.
        url: String,
        /// What is wrong with it.
        fault: &'static str,
    },
    /// Two endpoints have one public address, so that one gets what the other one's secret signed.
    #[error("endpoint `{endpoint}`: it has the address of endpoint `{other}`, `{url}`")]
    SameUrl {
        /// The endpoint.
        endpoint: String,
        /// The one before.
        other: String,
        /// The address.
        url: String,
    },
    /// An option about an event that is none, or that no handler takes.
    #[error("endpoint `{endpoint}`: `.{option}(…)` names `{event}`: {fault}")]
    Event {
        /// The endpoint.
        endpoint: String,
        /// The option.
        option: &'static str,
        /// The event.
        event: String,
        /// What is wrong with it.
        fault: String,
    },
    /// Nothing is left to subscribe.
    #[error(
        "endpoint `{endpoint}`: nothing of what its handlers take is to be subscribed; leave the endpoint out with \
         `.without(\"{endpoint}\")`"
    )]
    NothingWanted {
        /// The endpoint.
        endpoint: String,
    },
    /// A handler of `items.*`, and no Items.
    #[error(
        "endpoint `{endpoint}`, handler {handler}: it takes `{event}`, which Argyle sends only for Items that the \
         subscription names; name them with `.items([…])`, or leave it out with `.except([\"{event}\"])`"
    )]
    NoItems {
        /// The endpoint.
        endpoint: String,
        /// The handler, with file and line.
        handler: String,
        /// The event.
        event: String,
    },
    /// Items, and no handler of `items.*`.
    #[error(
        "endpoint `{endpoint}`: `.items(…)` names Items, and no handler takes `items.updated` or `items.removed`, or `.except(…)` leaves them out"
    )]
    ItemsUnhandled {
        /// The endpoint.
        endpoint: String,
    },
    /// An Item's id is blank.
    #[error("endpoint `{endpoint}`: `.items(…)` names an Item with a blank id")]
    BlankItem {
        /// The endpoint.
        endpoint: String,
    },
    /// Less than a day of history.
    #[error(
        "endpoint `{endpoint}`: `.days_synced(\"{event}\", …)` needs one or more numbers of days, each at least 1"
    )]
    NoDays {
        /// The endpoint.
        endpoint: String,
        /// The event.
        event: String,
    },
    /// A prefix that no known event has, so that it cannot be spelled out.
    #[error(
        "endpoint `{endpoint}`, handler {handler}: no known event of Argyle begins as `{pattern}` does, so that there is \
         nothing to subscribe; name the events"
    )]
    Unknown {
        /// The endpoint.
        endpoint: String,
        /// The handler, with file and line.
        handler: String,
        /// The pattern.
        pattern: &'static str,
    },
}

/// Names as a sentence has them.
struct List<'a>(&'a [String]);

impl fmt::Display for List<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            [] => f.write_str("none"),
            names => {
                f.write_str(&names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", "))
            }
        }
    }
}

impl SubscriptionsError {
    pub(super) fn new(faults: Vec<SubscriptionFault>) -> Self {
        Self { faults }
    }

    /// The faults, in the order of the endpoints.
    ///
    /// # Examples
    ///
    /// ```
    /// fn count(error: &switchhook::subscriptions::SubscriptionsError) -> usize {
    ///     error.faults().len()
    /// }
    /// ```
    pub fn faults(&self) -> &[SubscriptionFault] {
        &self.faults
    }
}

impl fmt::Display for SubscriptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write_faults(f, "subscriptions", &self.faults)
    }
}

impl fmt::Debug for SubscriptionsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Error for SubscriptionsError {}
