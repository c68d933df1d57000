//! What the application says of its subscriptions, checked.

use std::{collections::BTreeMap, fmt, sync::Arc};

use reqwest::Url;
use secrecy::SecretString;

use super::{
    SubscriptionFault, SubscriptionOptions, Subscriptions, SubscriptionsError,
    compare::{Owned, is_same_url},
    derive::{Place, derive},
};
use crate::{
    endpoint::mounted::Mounted,
    provider::argyle::{Argyle, api::shown},
};

/// Collects what handlers do not tell of their subscriptions: a name for them, and where Argyle reaches the endpoints.
///
/// # Examples
///
/// See [`Subscriptions`].
#[must_use]
pub struct SubscriptionsBuilder {
    /// The endpoints of Argyle.
    endpoints: Vec<Receiver>,
    name: Option<String>,
    former: Vec<String>,
    url: Option<String>,
    options: BTreeMap<String, SubscriptionOptions>,
    without: Vec<String>,
}

/// An endpoint of Argyle, and the secret that its deliveries are to be signed with.
struct Receiver {
    mounted: Arc<Mounted>,
    secret: Option<SecretString>,
}

impl SubscriptionsBuilder {
    pub(super) fn new(endpoints: &[Arc<Mounted>]) -> Self {
        let endpoints = endpoints.iter().filter(|endpoint| endpoint.source.is_of::<Argyle>());
        let endpoints = endpoints.map(|mounted| Receiver {
            mounted: Arc::clone(mounted),
            secret: mounted.source.read(Argyle::current_secret).flatten(),
        });
        Self {
            endpoints: endpoints.collect(),
            name: None,
            former: Vec::new(),
            url: None,
            options: BTreeMap::new(),
            without: Vec::new(),
        }
    }

    /// Names the subscriptions. All that bear this name belong to this application, whatever their address: those that no
    /// handler asks for are deleted, so give each deployment a name of its own.
    ///
    /// # Examples
    ///
    /// See [`Subscriptions`].
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// A name that the subscriptions had before. Those that still bear it belong to this application too.
    ///
    /// # Examples
    ///
    /// ```
    /// fn build(webhooks: &switchhook::Webhooks) {
    ///     let builder = webhooks.subscriptions().named("payroll-production").formerly("payroll");
    /// }
    /// ```
    pub fn formerly(mut self, name: impl Into<String>) -> Self {
        self.former.push(name.into());
        self
    }

    /// The public address under which [`router`](crate::Webhooks::router) is reached. Argyle encodes what is not encoded.
    ///
    /// # Examples
    ///
    /// See [`Subscriptions`].
    pub fn at(mut self, url: impl Into<String>) -> Self {
        self.url = Some(url.into());
        self
    }

    /// What more the subscriptions of one endpoint ask for. The last call for an endpoint counts.
    ///
    /// # Examples
    ///
    /// ```
    /// use switchhook::subscriptions::SubscriptionOptions;
    ///
    /// fn build(webhooks: &switchhook::Webhooks) {
    ///     let options = SubscriptionOptions::new().include_resource(["accounts.updated"]);
    ///     let builder = webhooks.subscriptions().endpoint("argyle", options);
    /// }
    /// ```
    pub fn endpoint(mut self, endpoint: impl Into<String>, options: SubscriptionOptions) -> Self {
        self.options.insert(endpoint.into(), options);
        self
    }

    /// Leaves an endpoint out, such as one whose subscriptions somebody else looks after: those at its address are not
    /// touched, whatever their name.
    ///
    /// # Examples
    ///
    /// ```
    /// fn build(webhooks: &switchhook::Webhooks) {
    ///     let builder = webhooks.subscriptions().without("tenants");
    /// }
    /// ```
    pub fn without(mut self, endpoint: impl Into<String>) -> Self {
        self.without.push(endpoint.into());
        self
    }

    /// Derives the subscriptions from the handlers. Nothing is sent.
    ///
    /// # Errors
    ///
    /// [`SubscriptionsError`] lists everything that Argyle cannot do, or that is not known.
    ///
    /// # Examples
    ///
    /// See [`Subscriptions`].
    pub fn build(self) -> Result<Subscriptions, SubscriptionsError> {
        let mut faults = self.own_faults();
        let mut subscriptions =
            Subscriptions { owned: self.owned(), wanted: Vec::new(), left_out: Vec::new() };
        let mut places: Vec<(&str, Place)> = Vec::new();
        for receiver in self.subscribed().filter(|receiver| !receiver.mounted.source.has_tenants()) {
            let endpoint = &*receiver.mounted.name;
            let options = self.options_of(endpoint);
            let place = self.place(receiver, &options, &mut faults);
            faults.extend(same_url(&places, endpoint, &place.url));
            faults.extend(self.left_out_at(endpoint, &place.url));
            let before = faults.len();
            let derived = derive(&receiver.mounted, &options, &place, &mut faults);
            if derived.wanted.is_empty() && faults.len() == before {
                faults.push(SubscriptionFault::NothingWanted { endpoint: endpoint.to_owned() });
            }
            subscriptions.owned.names.push(place.name.clone());
            subscriptions.wanted.extend(derived.wanted);
            subscriptions.left_out.extend(derived.left_out);
            places.push((endpoint, place));
        }
        if faults.is_empty() { Ok(subscriptions) } else { Err(SubscriptionsError::new(faults)) }
    }

    /// The endpoints that are not left out.
    fn subscribed(&self) -> impl Iterator<Item = &Receiver> {
        self.endpoints
            .iter()
            .filter(|receiver| !self.without.iter().any(|name| **name == *receiver.mounted.name))
    }

    fn options_of(&self, endpoint: &str) -> SubscriptionOptions {
        self.options.get(endpoint).cloned().unwrap_or_default()
    }

    /// That an endpoint has the address of one that is left out, whose subscriptions would be taken for its own.
    fn left_out_at(&self, endpoint: &str, url: &str) -> Option<SubscriptionFault> {
        let at = |name: &&String| {
            self.url(name, &self.options_of(name)).is_ok_and(|other| is_same_url(&other, url))
        };
        let other = self.without.iter().find(at)?.clone();
        Some(SubscriptionFault::SameUrl { endpoint: endpoint.to_owned(), other, url: shown::address(url) })
    }

    /// What is wrong whatever the handlers are.
    fn own_faults(&self) -> Vec<SubscriptionFault> {
        let present: Vec<String> = self.endpoints.iter().map(|one| one.mounted.name.to_string()).collect();
        let named = self.options.keys().chain(&self.without).filter(|name| !present.contains(name));
        let unknown = named.map(|endpoint| {
            let (endpoint, present) = (endpoint.clone(), present.clone());
            SubscriptionFault::UnknownEndpoint { endpoint, present }
        });
        let blank = self.former.iter().find(|name| name.trim().is_empty());
        let blank = blank.map(|_| SubscriptionFault::BlankFormerName);
        let none = self.subscribed().next().is_none().then_some(SubscriptionFault::NoEndpoint);
        let tenants = self.subscribed().filter(|receiver| receiver.mounted.source.has_tenants());
        let tenants = tenants
            .map(|receiver| SubscriptionFault::Tenants { endpoint: receiver.mounted.name.to_string() });
        // What is at an address that is not known cannot be left alone.
        let left_out = self.without.iter().filter(|name| present.contains(name));
        let nowhere = left_out.filter_map(|name| self.url(name, &self.options_of(name)).err());
        unknown.chain(blank).chain(none).chain(tenants).chain(nowhere).collect()
    }

    /// What the subscriptions of an endpoint have in common; blank where that is a fault.
    fn place(
        &self,
        Receiver { mounted, secret }: &Receiver,
        options: &SubscriptionOptions,
        faults: &mut Vec<SubscriptionFault>,
    ) -> Place {
        let name = options.name.as_ref().or(self.name.as_ref()).filter(|name| !name.trim().is_empty());
        faults.extend(name_fault(&mounted.name, name));
        let url = self.url(&mounted.name, options);
        let url = url.map_err(|fault| faults.push(fault)).unwrap_or_default();
        Place { name: name.cloned().unwrap_or_default(), url, secret: secret.clone() }
    }

    /// What belongs to this application, but for the names that single endpoints' have.
    fn owned(&self) -> Owned {
        let left_out = self.without.iter().map(|endpoint| self.url(endpoint, &self.options_of(endpoint)));
        // `own_faults` tells of those whose address is not known.
        Owned {
            // A blank one would be that of every subscription without a name.
            names: self
                .former
                .iter()
                .chain(&self.name)
                .filter(|name| !name.trim().is_empty())
                .cloned()
                .collect(),
            except_at: left_out.filter_map(Result::ok).collect(),
        }
    }

    /// Where Argyle reaches the endpoint.
    fn url(&self, endpoint: &str, options: &SubscriptionOptions) -> Result<String, SubscriptionFault> {
        let fault = |text: &str, fault| {
            let (endpoint, url) = (endpoint.to_owned(), shown::address(text));
            SubscriptionFault::Url { endpoint, url, fault }
        };
        let text = match (&options.url, &self.url) {
            (Some(url), _) => url.clone(),
            (None, Some(base)) if base.contains(['?', '#']) => {
                return Err(fault(
                    base,
                    "has a `?` or `#`, so that no path can follow; give the endpoint its whole address",
                ));
            }
            (None, Some(base)) => format!("{}/{endpoint}", base.trim_end_matches('/')),
            (None, None) => return Err(SubscriptionFault::NoUrl { endpoint: endpoint.to_owned() }),
        };
        if text.contains(|c: char| c.is_control()) || text.trim() != text {
            return Err(fault(&text, "begins or ends with white space, or holds a control character"));
        }
        // Parsing mends what is half an address.
        let host = ["https://", "http://"].iter().find_map(|scheme| text.strip_prefix(scheme));
        if host.is_none_or(|host| host.starts_with('/')) {
            return Err(fault(&text, "does not begin with `https://` or `http://` and a host"));
        }
        let url = Url::parse(&text).map_err(|_error| fault(&text, "is no URL"))?;
        if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
            return Err(fault(&text, "has a user, a password or a `#`, which do not belong there"));
        }
        Ok(text)
    }
}

/// Prints which endpoints there are; an address can hold a password before it is checked.
impl fmt::Debug for SubscriptionsBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let endpoints: Vec<_> = self.endpoints.iter().map(|endpoint| &*endpoint.mounted.name).collect();
        f.debug_struct("SubscriptionsBuilder")
            .field("endpoints", &endpoints)
            .field("name", &self.name)
            .field("without", &self.without)
            .finish_non_exhaustive()
    }
}

fn name_fault(endpoint: &str, name: Option<&String>) -> Option<SubscriptionFault> {
    let endpoint = endpoint.to_owned();
    match name {
        None => Some(SubscriptionFault::NoName { endpoint }),
        Some(name) if name.trim() != name || name.contains(char::is_control) => {
            Some(SubscriptionFault::Name { endpoint, name: name.clone() })
        }
        Some(_) => None,
    }
}

fn same_url(places: &[(&str, Place)], endpoint: &str, url: &str) -> Option<SubscriptionFault> {
    let (other, _) = places.iter().find(|(_, place)| !url.is_empty() && is_same_url(&place.url, url))?;
    let (endpoint, other, url) = (endpoint.to_owned(), (*other).to_owned(), url.to_owned());
    Some(SubscriptionFault::SameUrl { endpoint, other, url: shown::address(&url) })
}
