//! The subscriptions that there are.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{
    LocalArgyle,
    id::id,
    page::{Query, page},
    time::{Time, Times},
    wanted::Wanted,
};

/// Subscriptions by their numbers, which are given for good.
#[derive(Default)]
pub(super) struct Subscriptions {
    all: BTreeMap<u64, Subscription>,
    numbers: u64,
    times: Times,
    last_change: Option<Change>,
}

/// A creation or a deletion, of the subscription with this number.
enum Change {
    Created(u64),
    Deleted(u64, Box<Subscription>),
}

/// One subscription. It has no `Debug`, which would show its secret.
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) wanted: Wanted,
    created_at: Time,
    updated_at: Time,
    last_sent_at: Option<Time>,
}

impl LocalArgyle {
    /// The subscriptions that there are, oldest first, as the API shows them: with their secrets in clear.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// // … the application starts …
    /// assert_eq!(argyle.subscriptions().len(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn subscriptions(&self) -> Vec<Value> {
        self.shared.state().subscriptions.iter().map(Subscription::show).collect()
    }

    /// Adds a subscription, as another application might have, and returns it. This does not count as a request.
    ///
    /// # Errors
    ///
    /// The sentence with which the API would refuse it.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use serde_json::json;
    ///
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// let subscription = json!({ "name": "crm", "url": "https://crm.example.test", "events": "identities" });
    /// let refused = argyle.subscribe(subscription).unwrap_err();
    /// assert_eq!(refused, "`events` is required and must be a list of names, or `*`.");
    /// # Ok(())
    /// # }
    /// ```
    #[expect(clippy::needless_pass_by_value, reason = "it is mostly made with `json!`")]
    pub fn subscribe(&self, subscription: Value) -> Result<Value, String> {
        self.shared.state().subscriptions.create(&subscription)
    }
}

impl Subscriptions {
    pub(super) fn create(&mut self, body: &Value) -> Result<Value, String> {
        let wanted = Wanted::read(body)?;
        let (created_at, updated_at) = (self.times.next(), self.times.next());
        let subscription = Subscription { id: id(), wanted, created_at, updated_at, last_sent_at: None };
        let shown = subscription.show();
        self.numbers += 1;
        self.all.insert(self.numbers, subscription);
        self.last_change = Some(Change::Created(self.numbers));
        Ok(shown)
    }

    pub(super) fn delete(&mut self, id: &str) -> bool {
        let number = self.all.iter().find(|(_, one)| one.id == id).map(|(number, _)| *number);
        let Some((number, deleted)) = number.and_then(|number| self.all.remove_entry(&number)) else {
            return false;
        };
        self.last_change = Some(Change::Deleted(number, Box::new(deleted)));
        true
    }

    pub(super) fn get(&self, id: &str) -> Option<Value> {
        self.iter().find(|subscription| subscription.id == id).map(Subscription::show)
    }

    pub(super) fn page(&self, list: &str, query: &Query) -> Result<Value, String> {
        page(list, query, &self.all, |_| true, Subscription::show)
    }

    /// The page as it was before the last change.
    pub(super) fn stale_page(&self, list: &str, query: &Query) -> Result<Value, String> {
        let mut before: BTreeMap<u64, &Subscription> =
            self.all.iter().map(|(number, subscription)| (*number, subscription)).collect();
        match &self.last_change {
            Some(Change::Created(number)) => before.remove(number),
            Some(Change::Deleted(number, deleted)) => before.insert(*number, deleted),
            None => None,
        };
        page(list, query, &before, |_| true, |subscription| subscription.show())
    }

    /// All of them, the oldest first.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.all.values()
    }

    /// Notes that something was sent.
    pub(super) fn sent(&mut self, id: &str) {
        let now = self.times.next();
        if let Some(subscription) = self.all.values_mut().find(|subscription| subscription.id == id) {
            subscription.updated_at = now;
            subscription.last_sent_at = Some(now);
        }
    }
}

impl Subscription {
    /// The subscription as the API shows it: with its secret in clear.
    pub(super) fn show(&self) -> Value {
        let Wanted { name, events, config, secret, url } = &self.wanted;
        json!({
            "id": self.id,
            "name": name,
            "events": events,
            "config": config,
            "secret": secret,
            "url": url.as_str(),
            "created_at": self.created_at.to_string(),
            "updated_at": self.updated_at.to_string(),
            "last_sent_at": self.last_sent_at.map(|at| at.to_string()),
        })
    }
}
