//! What the application knows: the identities it has heard of.

use std::{collections::BTreeMap, sync::Arc};

use tokio::sync::watch;

use crate::fetch::Fetched;

/// The identities by their ids. Copies share them.
#[derive(Debug, Clone, Default)]
pub(crate) struct People(Arc<watch::Sender<BTreeMap<String, Person>>>);

/// An identity, as far as webhooks tell of it, and Argyle where it was asked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Person {
    /// The id of the account it comes from.
    pub(crate) account: String,
    /// How many times an update was announced.
    pub(crate) updates: u32,
    /// What was fetched last.
    pub(crate) fetched: Option<Fetched>,
}

impl People {
    /// Takes in an identity; the count of one that is known stays as it is, since senders repeat themselves.
    pub(crate) fn add(&self, identity: String, account: String, fetched: Option<Fetched>) {
        self.change(identity, account, |person| person.fetched = fetched);
    }

    /// Notes that an identity has changed, also when its addition was never heard of.
    pub(crate) fn update(&self, identity: String, account: String, fetched: Option<Fetched>) {
        self.change(identity, account, |person| {
            person.fetched = fetched;
            person.updates += 1;
        });
    }

    fn change(&self, identity: String, account: String, change: impl FnOnce(&mut Person)) {
        self.0.send_modify(|people| {
            change(people.entry(identity).or_insert(Person { account, ..Person::default() }));
        });
    }

    /// What is known of an identity.
    pub(crate) fn find(&self, identity: &str) -> Option<Person> {
        self.0.borrow().get(identity).cloned()
    }

    /// Waits until something else is known of an identity.
    pub(crate) async fn changed(&self, identity: &str, before: Option<&Person>) {
        let mut people = self.0.subscribe();
        // It cannot end: `self` holds the sender.
        drop(people.wait_for(|people| people.get(identity) != before).await);
    }
}
