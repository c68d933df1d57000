//! The subscriptions that there are, and what Argyle takes as one.

use std::collections::BTreeMap;

use reqwest::Url;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    page::{Query, page},
    time::{Time, Times},
};
use crate::provider::argyle::ARGYLE;

const MOST_ITEMS: usize = 30;

/// Subscriptions by the number that each was given for good.
#[derive(Default)]
pub(super) struct Subscriptions {
    all: BTreeMap<u64, Subscription>,
    numbers: u64,
    times: Times,
}

/// One subscription. It has no `Debug`, which would show its secret.
pub(super) struct Subscription {
    pub(super) id: String,
    pub(super) wanted: Wanted,
    created_at: Time,
    updated_at: Time,
    last_sent_at: Option<Time>,
}

/// What a subscription was asked to be.
pub(super) struct Wanted {
    pub(super) name: String,
    pub(super) events: Vec<String>,
    pub(super) config: Map<String, Value>,
    pub(super) secret: Option<String>,
    pub(super) url: Url,
}

impl Subscriptions {
    pub(super) fn create(&mut self, body: &Value) -> Result<Value, String> {
        let wanted = Wanted::read(body)?;
        let (created_at, updated_at) = (self.times.next(), self.times.next());
        let id = Uuid::now_v7().to_string();
        let subscription = Subscription { id, wanted, created_at, updated_at, last_sent_at: None };
        let shown = subscription.show();
        self.numbers += 1;
        self.all.insert(self.numbers, subscription);
        Ok(shown)
    }

    pub(super) fn delete(&mut self, id: &str) -> bool {
        let before = self.all.len();
        self.all.retain(|_, subscription| subscription.id != id);
        self.all.len() < before
    }

    pub(super) fn get(&self, id: &str) -> Option<Value> {
        self.iter().find(|subscription| subscription.id == id).map(Subscription::show)
    }

    pub(super) fn page(&self, list: &str, query: &Query) -> Result<Value, String> {
        page(list, query, &self.all, |_| true, Subscription::show)
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

impl Wanted {
    /// Reads what `POST /v2/webhooks` was sent, or says in a sentence what is wrong with it.
    fn read(body: &Value) -> Result<Self, String> {
        let Some(body) = body.as_object() else { return Err("The body must be an object.".to_owned()) };
        let events = events(body.get("events"))?;
        let name = text(body, "name")?.to_owned();
        let url = Url::parse(text(body, "url")?).ok();
        let url = url.filter(|url| matches!(url.scheme(), "http" | "https"));
        let url = url.ok_or("`url` must be an address with `http` or `https`.")?;
        let secret = secret(body.get("secret"))?;
        let config = config(body.get("config"), &events)?;
        Ok(Self { name, events, config, secret, url })
    }
}

fn text<'a>(body: &'a Map<String, Value>, key: &str) -> Result<&'a str, String> {
    let text = body.get(key).and_then(Value::as_str).filter(|text| !text.trim().is_empty());
    text.ok_or_else(|| format!("`{key}` is required and must be a text."))
}

fn events(events: Option<&Value>) -> Result<Vec<String>, String> {
    let names: Option<Vec<_>> = match events {
        Some(Value::String(name)) if name == "*" => Some(vec![name.clone()]),
        Some(Value::Array(names)) => names.iter().map(|name| name.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    let names = names.filter(|names| !names.is_empty());
    let names = names.ok_or("`events` is required and must be a list of names, or `*`.")?;
    if names != ["*"] {
        for name in &names {
            match name.as_str() {
                "*" => return Err("`*` must be the only one of `events`.".to_owned()),
                name if ARGYLE.contains(name) => {}
                name => return Err(format!("`{name}` is not an event.")),
            }
        }
    }
    Ok(names)
}

fn secret(secret: Option<&Value>) -> Result<Option<String>, String> {
    match secret {
        None | Some(Value::Null) => Ok(None),
        // An HMAC's key of zeros alone is no key. What Argyle makes of an empty secret is not known.
        Some(Value::String(secret)) if secret.bytes().any(|byte| byte != 0) => Ok(Some(secret.clone())),
        Some(_) => Err("`secret` must be a text that is not empty, or null.".to_owned()),
    }
}

fn config(config: Option<&Value>, events: &[String]) -> Result<Map<String, Value>, String> {
    let config = match config {
        None | Some(Value::Null) => Map::new(),
        Some(Value::Object(config)) => config.clone(),
        Some(_) => return Err("`config` must be an object.".to_owned()),
    };
    for (key, value) in &config {
        let (has_form, form, takes, which): (bool, &str, fn(&str) -> bool, &str) = match key.as_str() {
            "include_resource" => (
                value.is_boolean(),
                "true or false",
                takes_resource,
                "accounts, deposit switches and verifications",
            ),
            "days_synced" => {
                let is_number = value.as_u64().is_some_and(|days| days > 0);
                (is_number, "a number of days", takes_days, "`*.partially_synced`")
            }
            "items" => (is_items(value), "a list of 1 to 30 Item ids", takes_items, "`items.*`"),
            key => return Err(format!("`config` has no `{key}`.")),
        };
        if !has_form {
            return Err(format!("`config.{key}` must be {form}."));
        }
        if events == ["*"] {
            return Err(format!("`*` takes no `config.{key}`; subscribe to the events by their names."));
        }
        if !events.iter().any(|event| takes(event)) {
            return Err(format!("`config.{key}` is only for events of {which}."));
        }
    }
    if events.iter().any(|event| takes_items(event)) && !config.contains_key("items") {
        return Err("`items.*` needs `config.items`, a list of 1 to 30 Item ids.".to_owned());
    }
    Ok(config)
}

fn is_items(value: &Value) -> bool {
    let items = value.as_array().is_some_and(|items| items.iter().all(Value::is_string));
    items && value.as_array().is_some_and(|items| (1..=MOST_ITEMS).contains(&items.len()))
}

/// Tells whether `include_resource` decides over the `resource` of this event.
///
/// Source: <https://docs.argyle.com/api-reference/accounts-webhooks>.
pub(super) fn takes_resource(event: &str) -> bool {
    matches!(
        event,
        "accounts.added"
            | "accounts.updated"
            | "accounts.connected"
            | "accounts.failed"
            | "direct_deposit_switches.completed"
            | "direct_deposit_switches.failed"
            | "verifications.updated"
    )
}

pub(super) fn takes_days(event: &str) -> bool {
    event.ends_with(".partially_synced")
}

pub(super) fn takes_items(event: &str) -> bool {
    event.starts_with("items.")
}
