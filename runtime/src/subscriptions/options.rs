//! What more the subscriptions of one endpoint ask for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

/// What more the subscriptions of one endpoint ask for than its handlers tell.
///
/// What one subscription cannot say becomes several. `build()` refuses what Argyle does not offer, and what no handler
/// takes.
///
/// Source: <https://docs.argyle.com/api-guide/webhooks>.
///
/// # Examples
///
/// ```
/// use switchhook::subscriptions::SubscriptionOptions;
///
/// let options = SubscriptionOptions::new()
///     .include_resource(["accounts.updated"])
///     .days_synced("paystubs.partially_synced", [90, 182]) // two subscriptions
///     .items(["item_000012345"]);
/// ```
#[derive(Clone, Default)]
#[must_use]
pub struct SubscriptionOptions {
    pub(super) name: Option<String>,
    pub(super) url: Option<String>,
    pub(super) include_resource: BTreeSet<String>,
    pub(super) days_synced: BTreeMap<String, BTreeSet<u32>>,
    pub(super) items: BTreeSet<String>,
    pub(super) except: BTreeSet<String>,
}

impl SubscriptionOptions {
    /// Asks for nothing more.
    ///
    /// # Examples
    ///
    /// See [`SubscriptionOptions`].
    pub fn new() -> Self {
        Self::default()
    }

    /// Names the endpoint's subscriptions, instead of by the application's name.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = switchhook::subscriptions::SubscriptionOptions::new().named("payroll-audit");
    /// ```
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// The endpoint's whole public address, where it is not the application's with the endpoint's name behind it.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = switchhook::subscriptions::SubscriptionOptions::new().at("https://your-webhook-backend.com");
    /// ```
    pub fn at(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// Has deliveries of these events carry the object itself, as `data.resource`.
    ///
    /// Argyle offers it for `accounts.added`, `.updated`, `.connected` and `.failed`, `direct_deposit_switches.*` and
    /// `verifications.updated`.
    ///
    /// # Examples
    ///
    /// See [`SubscriptionOptions`].
    pub fn include_resource<E: Into<String>>(mut self, events: impl IntoIterator<Item = E>) -> Self {
        self.include_resource.extend(events.into_iter().map(Into::into));
        self
    }

    /// Has an event, one of `*.partially_synced`, sent after this many days of history, 30 unless set; several times with
    /// several numbers. The delivery tells how many days there really are: at least as many, often more.
    ///
    /// # Examples
    ///
    /// See [`SubscriptionOptions`].
    pub fn days_synced(mut self, event: impl Into<String>, days: impl IntoIterator<Item = u32>) -> Self {
        self.days_synced.entry(event.into()).or_default().extend(days);
        self
    }

    /// The Items that `items.*` is about: Argyle does not send it for others. Each subscription names 30 at the most, so
    /// that more become several.
    ///
    /// # Examples
    ///
    /// See [`SubscriptionOptions`].
    pub fn items<I: Into<String>>(mut self, items: impl IntoIterator<Item = I>) -> Self {
        self.items.extend(items.into_iter().map(Into::into));
        self
    }

    /// Leaves events out although a handler takes them, such as those that Argyle refuses in your environment. The plan
    /// says that nothing subscribes them.
    ///
    /// # Examples
    ///
    /// ```
    /// let options = switchhook::subscriptions::SubscriptionOptions::new().except(["payroll_documents.removed"]);
    /// ```
    pub fn except<E: Into<String>>(mut self, events: impl IntoIterator<Item = E>) -> Self {
        self.except.extend(events.into_iter().map(Into::into));
        self
    }
}

/// Prints no address: it can hold a password before it is checked.
impl fmt::Debug for SubscriptionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SubscriptionOptions")
            .field("name", &self.name)
            .field("include_resource", &self.include_resource)
            .field("days_synced", &self.days_synced)
            .field("items", &self.items)
            .field("except", &self.except)
            .finish_non_exhaustive()
    }
}
