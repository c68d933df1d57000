//! The identities that there are.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{
    LocalArgyle,
    id::id,
    page::{Query, page},
};

/// Identities by the number that each was given for good.
#[derive(Default)]
pub(super) struct Identities {
    all: BTreeMap<u64, Identity>,
    numbers: u64,
}

struct Identity {
    id: String,
    /// Whose it is. Argyle lists by it, and does not show it.
    user: Option<Value>,
    shown: Map<String, Value>,
}

impl LocalArgyle {
    /// Adds an identity, or replaces the one with its `id`; returns the id, which is made up where there is none.
    ///
    /// The filter `user` looks at a field `user` in it, which is not shown: Argyle's identities have no such field.
    /// Anything but an object counts as an empty one. For the fields see
    /// <https://docs.argyle.com/api-reference/identities>.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// use serde_json::json;
    ///
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// let ada = json!({ "id": "5c0ffee0", "account": "0190aaaa", "employment_status": "active" });
    /// assert_eq!(argyle.put_identity(ada), "5c0ffee0");
    /// # Ok(())
    /// # }
    /// ```
    pub fn put_identity(&self, identity: Value) -> String {
        self.shared.state().identities.put(identity)
    }

    /// Removes an identity, as happens when its account is removed; returns whether it was there.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> std::io::Result<()> {
    /// let argyle = switchhook::testing::LocalArgyle::start().await?;
    /// assert!(!argyle.remove_identity("5c0ffee0"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn remove_identity(&self, id: &str) -> bool {
        self.shared.state().identities.remove(id)
    }
}

impl Identities {
    pub(super) fn put(&mut self, identity: Value) -> String {
        let mut shown = match identity {
            Value::Object(fields) => fields,
            _ => Map::new(),
        };
        let id = match shown.get("id") {
            Some(Value::String(id)) => id.clone(),
            _ => id(),
        };
        shown.insert("id".to_owned(), id.clone().into());
        let user = shown.remove("user");
        let number = self.number(&id).unwrap_or_else(|| {
            self.numbers += 1;
            self.numbers
        });
        self.all.insert(number, Identity { id: id.clone(), user, shown });
        id
    }

    pub(super) fn remove(&mut self, id: &str) -> bool {
        self.number(id).is_some_and(|number| self.all.remove(&number).is_some())
    }

    pub(super) fn get(&self, id: &str) -> Option<Value> {
        let number = self.number(id)?;
        self.all.get(&number).map(Identity::show)
    }

    pub(super) fn page(&self, list: &str, query: &Query) -> Result<Value, String> {
        page(list, query, &self.all, |identity| identity.is_of(query), Identity::show)
    }

    fn number(&self, id: &str) -> Option<u64> {
        self.all.iter().find(|(_, identity)| identity.id == id).map(|(number, _)| *number)
    }
}

impl Identity {
    fn is_of(&self, query: &Query) -> bool {
        [
            ("account", self.shown.get("account")),
            ("employment", self.shown.get("employment")),
            ("user", self.user.as_ref()),
        ]
        .into_iter()
        .all(|(filter, has)| {
            query.get(filter).is_none_or(|wanted| has.and_then(Value::as_str) == Some(wanted))
        })
    }

    fn show(&self) -> Value {
        Value::Object(self.shown.clone())
    }
}
