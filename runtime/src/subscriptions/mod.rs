#![doc = include_str!("../../docs/subscriptions.md")]

mod apply;
mod builder;
mod compare;
mod derive;
mod options;
mod plan;
mod print;
mod refusal;
mod serialize;

use std::collections::{BTreeMap, BTreeSet};

pub use apply::{Applied, ApplyError, ApplyFault};
pub use builder::SubscriptionsBuilder;
pub use options::SubscriptionOptions;
pub use plan::{Change, Difference, Foreign, LeftOut, Plan};
pub use refusal::{SubscriptionFault, SubscriptionsError};

use compare::Owned;

use crate::{
    Webhooks,
    provider::argyle::{ApiError, Client, NewSubscription},
};

/// The webhook subscriptions that an application's handlers ask for, at Argyle.
///
/// # Examples
///
/// ```no_run
/// use switchhook::provider::argyle::{Argyle, Client};
/// use switchhook::{Endpoint, Webhooks, handlers, webhook_handler};
///
/// #[webhook_handler("identities.updated")]
/// async fn refresh() {}
///
/// # async fn subscribe(key_id: &str, key_secret: &str) -> Result<(), Box<dyn std::error::Error>> {
/// let endpoint = Endpoint::new(Argyle::new("optional-secret"), handlers![refresh]);
/// let webhooks = Webhooks::builder().endpoint(endpoint).build()?;
/// let subscriptions =
///     webhooks.subscriptions().named("payroll-production").at("https://hooks.example.com/webhooks").build()?;
///
/// let argyle = Client::production(key_id, key_secret).build()?;
/// println!("{}", subscriptions.plan(&argyle).await?); // what would be done
/// println!("{}", subscriptions.apply(&argyle).await?); // what was done
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone)]
pub struct Subscriptions {
    owned: Owned,
    wanted: Vec<Wanted>,
    left_out: Vec<LeftOut>,
}

impl Webhooks {
    /// Begins to derive Argyle's webhook subscriptions from the handlers of its endpoints.
    ///
    /// They are signed with the endpoint's first secret that has no end; an endpoint of
    /// [`Argyle::unsigned`](crate::provider::argyle::Argyle::unsigned) has subscriptions without a secret.
    ///
    /// # Examples
    ///
    /// See [`Subscriptions`].
    pub fn subscriptions(&self) -> SubscriptionsBuilder {
        SubscriptionsBuilder::new(&self.endpoints)
    }
}

impl Subscriptions {
    /// The subscriptions that there should be.
    ///
    /// # Examples
    ///
    /// ```
    /// fn print(subscriptions: &switchhook::subscriptions::Subscriptions) {
    ///     for wanted in subscriptions.wanted() {
    ///         println!("POST /v2/webhooks\n{}", wanted.request()); // its secret as `***`
    ///     }
    /// }
    /// ```
    pub fn wanted(&self) -> &[Wanted] {
        &self.wanted
    }

    /// The events that handlers take, and nothing is to subscribe.
    ///
    /// # Examples
    ///
    /// ```
    /// fn takes_all_it_can(subscriptions: &switchhook::subscriptions::Subscriptions) -> bool {
    ///     subscriptions.left_out().is_empty()
    /// }
    /// ```
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// Compares what there should be with what there is. Nothing is changed.
    ///
    /// # Errors
    ///
    /// [`ApiError`] when Argyle's list could not be read.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    ///
    /// # Examples
    ///
    /// See [`Plan`].
    pub async fn plan(&self, argyle: &Client) -> Result<Plan, ApiError> {
        self.look(argyle, &BTreeSet::new()).await
    }

    /// The same, passing over those of these ids.
    async fn look(&self, argyle: &Client, gone: &BTreeSet<String>) -> Result<Plan, ApiError> {
        let mut existing = argyle.subscriptions().await?;
        existing.retain(|one| !gone.contains(&one.id));
        let (changes, foreign) = compare::compare(&self.wanted, &self.owned, existing);
        let (base_url, left_out) = (argyle.base_url().to_owned(), self.left_out.clone());
        Ok(Plan { base_url, changes, foreign, left_out })
    }
}

/// A subscription that there should be, and for which handlers.
///
/// # Examples
///
/// See [`Subscriptions::wanted`].
#[derive(Debug, Clone)]
pub struct Wanted {
    endpoint: String,
    request: NewSubscription,
    /// By event.
    handlers: BTreeMap<String, Vec<String>>,
}

impl Wanted {
    /// The endpoint that receives its deliveries.
    ///
    /// # Examples
    ///
    /// ```
    /// fn is_payroll(wanted: &switchhook::subscriptions::Wanted) -> bool {
    ///     wanted.endpoint() == "payroll"
    /// }
    /// ```
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// The request that makes it. It prints its secret as `***`.
    ///
    /// # Examples
    ///
    /// See [`Subscriptions::wanted`].
    pub fn request(&self) -> &NewSubscription {
        &self.request
    }

    /// The handlers of one of its events, with files and lines; those of `*` for `*`.
    ///
    /// # Examples
    ///
    /// ```
    /// fn print(wanted: &switchhook::subscriptions::Wanted) {
    ///     println!("{}", wanted.handlers("identities.added").join(", "));
    /// }
    /// ```
    pub fn handlers(&self, event: &str) -> &[String] {
        self.handlers.get(event).map_or(&[], Vec::as_slice)
    }
}
