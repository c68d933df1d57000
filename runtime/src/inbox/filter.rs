//! Which work is meant.

use std::time::SystemTime;

use super::WorkState;
use crate::{DeliveryId, ProviderId, Tenant};

/// Says which work is meant: everything, less what each call excludes.
///
/// # Examples
///
/// ```
/// use switchhook::inbox::{Filter, WorkState};
///
/// let filter = Filter::default().endpoint("argyle").event("identities.updated").state(WorkState::Dead);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    pub(crate) delivery: Option<DeliveryId>,
    pub(crate) provider_id: Option<String>,
    pub(crate) endpoint: Option<String>,
    pub(crate) tenant: Option<Tenant>,
    pub(crate) consumer: Option<String>,
    pub(crate) event: Option<String>,
    pub(crate) state: Option<WorkState>,
    pub(crate) key: Option<(String, String)>,
    pub(crate) since: Option<SystemTime>,
    pub(crate) until: Option<SystemTime>,
}

impl Filter {
    /// Only this delivery.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{DeliveryId, inbox::Filter};
    /// fn one(id: DeliveryId) -> Filter {
    ///     Filter::default().delivery(id)
    /// }
    /// ```
    #[must_use]
    pub fn delivery(mut self, id: DeliveryId) -> Self {
        self.delivery = Some(id);
        self
    }

    /// Only deliveries that the sender calls this.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{ProviderId, inbox::Filter};
    /// fn one(id: &ProviderId) -> Filter {
    ///     Filter::default().provider_id(id)
    /// }
    /// ```
    #[must_use]
    pub fn provider_id(mut self, id: &ProviderId) -> Self {
        self.provider_id = Some(id.as_str().to_owned());
        self
    }

    /// Only this endpoint.
    ///
    /// # Examples
    ///
    /// ```
    /// let filter = switchhook::inbox::Filter::default().endpoint("argyle");
    /// ```
    #[must_use]
    pub fn endpoint(mut self, name: impl Into<String>) -> Self {
        self.endpoint = Some(name.into());
        self
    }

    /// Only deliveries of this tenant.
    ///
    /// # Examples
    ///
    /// ```
    /// # use switchhook::{Tenant, inbox::Filter};
    /// fn of(tenant: &Tenant) -> Filter {
    ///     Filter::default().endpoint("stripe").tenant(tenant)
    /// }
    /// ```
    #[must_use]
    pub fn tenant(mut self, tenant: &Tenant) -> Self {
        self.tenant = Some(tenant.clone());
        self
    }

    /// Only consumers of this name.
    ///
    /// # Examples
    ///
    /// ```
    /// let filter = switchhook::inbox::Filter::default().consumer("audit");
    /// ```
    #[must_use]
    pub fn consumer(mut self, name: impl Into<String>) -> Self {
        self.consumer = Some(name.into());
        self
    }

    /// Only this event.
    ///
    /// # Examples
    ///
    /// ```
    /// let filter = switchhook::inbox::Filter::default().event("identities.updated");
    /// ```
    #[must_use]
    pub fn event(mut self, name: impl Into<String>) -> Self {
        self.event = Some(name.into());
        self
    }

    /// Only what is in this state.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::inbox::{Filter, WorkState};
    ///
    /// let filter = Filter::default().state(WorkState::Dead);
    /// ```
    #[must_use]
    pub fn state(mut self, state: WorkState) -> Self {
        self.state = Some(state);
        self
    }

    /// Only the lane of this key: the field of `data` that `ordered_by` names, and its value. On an endpoint with tenants,
    /// say whose lane with [`tenant`](Self::tenant).
    ///
    /// # Examples
    ///
    /// ```
    /// let filter = switchhook::inbox::Filter::default().key("account", "0187c66e");
    /// ```
    #[must_use]
    pub fn key(mut self, field: &str, value: &str) -> Self {
        self.key = Some((field.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn lane(&self) -> Option<String> {
        let (field, value) = self.key.as_ref()?;
        Some(super::lane::name(self.tenant.as_ref(), field, value))
    }

    /// Only what was received at this time or later.
    ///
    /// # Examples
    ///
    /// ```
    /// let filter = switchhook::inbox::Filter::default().since(std::time::UNIX_EPOCH);
    /// ```
    #[must_use]
    pub fn since(mut self, time: SystemTime) -> Self {
        self.since = Some(time);
        self
    }

    /// Only what was received before this time.
    ///
    /// # Examples
    ///
    /// ```
    /// let filter = switchhook::inbox::Filter::default().until(std::time::UNIX_EPOCH);
    /// ```
    #[must_use]
    pub fn until(mut self, time: SystemTime) -> Self {
        self.until = Some(time);
        self
    }
}
